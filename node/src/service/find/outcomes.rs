//! What a search is told, and what comes of it.

use std::collections::BTreeSet;

use budstikke_keys::jws::Verified;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::{FindId, OrganisationNumber};
use budstikke_protocol::text::Text;
use serde::{Deserialize, Serialize};

use super::said::Said;
use crate::failure::Failure;
use crate::store::Entry;

/// Whom to look for, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The patient's person number.
    pub patient: String,
    /// Organisations that are asked by name for documents that stand in no list.
    #[serde(default)]
    pub ask: BTreeSet<OrganisationNumber>,
    /// Why, in the words of whoever looks; it stays in the access log here.
    #[serde(default)]
    pub reason: Option<Text<256>>,
    /// How long to wait, in milliseconds.
    pub deadline_ms: u64,
}

/// What a search has found.
#[derive(Debug)]
pub struct Outcomes {
    /// Which search.
    pub find: FindId,
    /// When it ended.
    pub time: Timestamp,
    /// This organisation's own records.
    pub own: Vec<Entry>,
    /// What came of each other member, by organisation number.
    pub said: Vec<Said>,
}

/// What was asked for by name, of one organisation.
#[derive(Debug)]
pub struct ByName {
    /// Who.
    pub member: OrganisationNumber,
    /// The documents of the patient that it has shared with this organisation by name; or why that is not known.
    pub documents: Result<Vec<Verified<Manifest>>, Failure>,
}
