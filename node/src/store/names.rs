//! What names things in this store: a document by whose it is and which, an event of a referral by chain and number.

use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::referral::event::{Event, ReferralName};
use budstikke_protocol::referral::state::Side;
use serde::{Deserialize, Serialize};

/// A document, by everything that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DocumentName {
    /// Who published it.
    pub(crate) custodian: OrganisationNumber,
    /// Its id, which the custodian chose.
    pub(crate) document: DocumentId,
}

/// Whether a document is this organisation's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Published here: served to those it is shared with.
    Own,
    /// Fetched from its custodian: never served onward.
    Copy,
}

/// An event of a referral, by everything that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventPlace {
    /// The referral.
    pub name: ReferralName,
    /// In whose chain.
    pub side: Side,
    /// Where in that.
    pub number: u32,
}

/// How an event of a referral came here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// This organisation has said it.
    Here,
    /// The other one has.
    There,
    /// This organisation has said it, before its home was put back from a copy; the other one had kept it.
    Back,
}

impl EventPlace {
    /// The place of an event.
    pub fn of(event: &Event) -> Self {
        let is_referrers = event.author == event.referrer;
        let side = if is_referrers { Side::Referrer } else { Side::Receiver };
        Self { name: event.name(), side, number: event.number }
    }
}

impl DocumentName {
    /// The name of the document of a manifest.
    pub(crate) fn of(manifest: &Manifest) -> Self {
        Self { custodian: manifest.organisation, document: manifest.document }
    }
}
