//! What is fixed of a search's evidence: the names of its members, and the form of its descriptor.

use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::{FindId, Fingerprint, OrganisationNumber};
use budstikke_protocol::index::outcome::Outcome;
use budstikke_protocol::patient::Identifier;
use serde::{Deserialize, Serialize};

/// The names of the members that stand first.
pub(super) const DESCRIPTOR: &str = "evidence.json";
pub(super) const ROSTERS: &str = "roster.json";
pub(super) const MEMBERS: &str = "members.json";

/// The name of the format.
pub(super) const FORMAT: &str = "budstikke-find-evidence";

/// The version of the format.
pub(super) const VERSION: u32 = 1;

/// The most bytes of a file: the presence files of all of a country, twice.
pub(super) const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// The most bytes of `members.json`: a thousand members with some hundred pages each.
pub(super) const MEMBERS_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Bytes of a blinding, of an evaluated element, and of the proof, as a transcript has them.
pub(super) const BLINDING_BYTES: usize = 64;
pub(super) const ELEMENT_BYTES: usize = 32;
pub(super) const PROOF_BYTES: usize = 64;

/// What `evidence.json` says. Nothing of it is proof; that the identifiers are those that were sought follows from the labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Descriptor {
    /// Always `budstikke-find-evidence`.
    pub(super) format: String,
    /// [`VERSION`].
    pub(super) version: u32,
    /// When the evidence was made.
    pub(super) created: Timestamp,
    /// The federation whose rosters are in it.
    pub(super) federation: Fingerprint,
    /// Who searched.
    pub(super) organisation: OrganisationNumber,
    /// Which search.
    pub(super) find: FindId,
    /// When it ended.
    pub(super) time: Timestamp,
    /// Every identifier that the patient was sought under.
    pub(super) patients: Vec<Identifier>,
}

/// What `members.json` says of a member of the federation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// Who.
    pub(super) organisation: OrganisationNumber,
    /// What the searcher made of what it said.
    pub(super) outcome: Outcome,
    /// What shows it; absent when it said nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) proof: Option<Proof>,
}

/// Which files show what a member said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    /// Whether its presence file is there.
    pub(super) presence: bool,
    /// The pages of lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) lists: Vec<List>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    /// Of which identifier, from 0.
    pub(super) label: u16,
    /// The places in the log of the records that it shows.
    pub(super) shown: Vec<u64>,
    /// How many more it showed than are there.
    #[serde(default)]
    pub(super) unkept: u64,
}

/// The name of a file of a member.
pub(super) fn file(member: OrganisationNumber, name: &str) -> String {
    format!("{member}/{name}")
}

/// The name of a file of a page of a list.
pub(super) fn list(member: OrganisationNumber, page: usize, name: &str) -> String {
    format!("{member}/list-{page}.{name}")
}

/// The name of a file with a record.
pub(super) fn record(member: OrganisationNumber, page: usize, index: u64) -> String {
    format!("{member}/list-{page}-{index}.record")
}
