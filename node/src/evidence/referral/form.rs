//! What is fixed of a referral's evidence: the names of its members, and the form of its descriptor.

use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::{Fingerprint, OrganisationNumber, ReferralId};
use budstikke_protocol::referral::state::Side;
use serde::{Deserialize, Serialize};

/// The names of the members that stand first.
pub(super) const DESCRIPTOR: &str = "evidence.json";
pub(super) const ROSTERS: &str = "roster.json";

/// The name of the format.
pub(super) const FORMAT: &str = "budstikke-referral-evidence";

/// The version of the format.
pub(super) const VERSION: u32 = 1;

/// The most bytes of a file: all events that a referral can have, of ten times the usual size, with their receipts.
pub(super) const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// What `evidence.json` says. Nothing of it is proof; it tells a reader where to begin, and when an event is missing at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Descriptor {
    /// Always `budstikke-referral-evidence`.
    pub(super) format: String,
    /// [`VERSION`].
    pub(super) version: u32,
    /// When the evidence was made.
    pub(super) created: Timestamp,
    /// The federation whose rosters are in it.
    pub(super) federation: Fingerprint,
    /// Who refers.
    pub(super) referrer: OrganisationNumber,
    /// The referral.
    pub(super) referral: ReferralId,
    /// How many events of the referrer are in it.
    pub(super) referrer_events: u32,
    /// How many events of the receiver are in it.
    pub(super) receiver_events: u32,
}

/// The name of the member with an event.
pub(super) fn event(side: Side, number: u32) -> String {
    format!("{}-{number}.jws", name(side))
}

/// The name of the member with the receipt of an event.
pub(super) fn receipt(side: Side, number: u32) -> String {
    format!("{}-{number}.tlog-proof", name(side))
}

fn name(side: Side) -> &'static str {
    match side {
        Side::Referrer => "referrer",
        Side::Receiver => "receiver",
    }
}
