//! What is fixed of an evidence file: its members, their order, and the form of its descriptor.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::{DocumentId, Fingerprint, OrganisationNumber};
use serde::{Deserialize, Serialize};

/// The names of the members that every evidence file has, in the order in which they stand.
pub(super) const MEMBERS: [&str; 4] = ["evidence.json", "roster.json", "manifest.jws", "document"];

/// The name of the member that may stand before the document, from version 2 on.
pub(super) const RECEIPT: &str = "receipt.tlog-proof";

/// What `evidence.json` says. Nothing of it is proof; it tells a reader where to begin, and a changed manifest from a changed signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Descriptor {
    /// Always `budstikke-evidence`.
    pub(super) format: String,
    /// [`VERSION`], or [`VERSION_WITHOUT_RECEIPTS`].
    pub(super) version: u32,
    /// When the evidence was made.
    pub(super) created: Timestamp,
    /// The federation whose rosters are in it.
    pub(super) federation: Fingerprint,
    /// The custodian.
    pub(super) organisation: OrganisationNumber,
    /// The document.
    pub(super) document: DocumentId,
    /// SHA-256 of the manifest's signing input.
    pub(super) signing_input_sha256: Sha256Digest,
}

/// The name of the format.
pub(super) const FORMAT: &str = "budstikke-evidence";

/// The version of the format that is written.
pub(super) const VERSION: u32 = 2;

/// The version before it, which is still read.
pub(super) const VERSION_WITHOUT_RECEIPTS: u32 = 1;
