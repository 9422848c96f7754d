//! The signed event: who says what in which referral, at which place of which chain, having seen what of the other side.

use std::fmt;

use budstikke_keys::jws::{Claimed, Statement, Verified};
use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::said::Said;
use crate::document::codes::Role;
use crate::ids::{
    DocumentId, EventDigest, HprNumber, ManifestDigest, OrganisationNumber, ReferralId,
};
use crate::limits::ATTACHED_MAX;

/// What a referral is called among all referrals of a federation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReferralName {
    /// The organisation that refers.
    pub referrer: OrganisationNumber,
    /// The id that it chose.
    pub referral: ReferralId,
}

/// The payload of a referral event, version 1 of its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The id of the referral, chosen by the referrer.
    pub referral: ReferralId,
    /// The organisation that refers.
    pub referrer: OrganisationNumber,
    /// The organisation that is referred to.
    pub receiver: OrganisationNumber,
    /// Which of the two says it.
    pub author: OrganisationNumber,
    /// The place in the author's chain, from 1.
    pub number: u32,
    /// The event before it in the author's chain; absent in number 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<EventDigest>,
    /// The last event of the other side that the author held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// When it was signed, as the author claims.
    pub time: Timestamp,
    /// The person who says it; absent in an acknowledgement, which a node or an application gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Person>,
    /// What is said.
    pub said: Said,
}

/// A place in a chain, and what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The place, from 1.
    pub number: u32,
    /// The event.
    pub event: EventDigest,
}

/// The person who says something for an organisation, which vouches for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Number in the register of health personnel.
    pub hpr: HprNumber,
    /// Volven 9060.
    pub role: Role,
}

/// A document that an event attaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Whose document it is.
    pub custodian: OrganisationNumber,
    /// Its id there.
    pub document: DocumentId,
    /// Its manifest, and so its bytes.
    pub manifest: ManifestDigest,
}

/// The referral that a redirected one continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continues {
    /// The earlier referral.
    pub referral: ReferralName,
    /// Who received it: the organisation that redirects, and so the referrer of this one.
    pub receiver: OrganisationNumber,
    /// Both chains as they stood when it was redirected.
    pub heads: Heads,
    /// The evidence file of the earlier referral, a document of the redirecting organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Attached>,
}

/// The ends of both chains of a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heads {
    /// The referrer's; it is never empty.
    pub referrer: Seen,
    /// The receiver's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<Seen>,
}

/// Where a referral was sent on to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirection {
    /// The organisation.
    pub to: OrganisationNumber,
    /// The new referral.
    pub referral: ReferralId,
}

/// An event with its digest: read back from where verified events are kept, or from evidence that is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What it says.
    pub event: Event,
    /// SHA-256 of its compact form.
    pub digest: EventDigest,
}

impl Statement for Event {
    const TYP: &'static str = "budstikke-referral-event-v1";

    fn check(&self) -> Result<(), &'static str> {
        if self.referrer == self.receiver {
            return Err("an organisation refers to another one");
        }
        if self.author != self.referrer && self.author != self.receiver {
            return Err("the author is neither referrer nor receiver");
        }
        if self.number == 0 || (self.number == 1) == self.previous.is_some() {
            return Err("the first event has number 1, and every other names the one before it");
        }
        if self.seen.is_some_and(|seen| seen.number == 0) {
            return Err("what was seen has a number from 1");
        }
        if self.person.is_some() == self.said.is_acknowledgement() {
            return Err("a person says it, unless it is an acknowledgement");
        }
        if self.said.attached().len() > ATTACHED_MAX {
            return Err("more documents than an event can attach");
        }
        self.said.check(self.referrer)
    }
}

impl Event {
    /// What the referral is called.
    pub fn name(&self) -> ReferralName {
        ReferralName { referrer: self.referrer, referral: self.referral }
    }

    /// The party that is not the author.
    pub fn other(&self) -> OrganisationNumber {
        if self.author == self.referrer { self.receiver } else { self.referrer }
    }

    /// The attached documents that this event opens to the other side: the author's own. Somebody else's document is only
    /// named by it, else anyone could open what they know the name of.
    pub fn offered(&self) -> impl Iterator<Item = &Attached> {
        self.said.attached().iter().filter(|attached| attached.custodian == self.author)
    }
}

impl fmt::Display for ReferralName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.referrer, self.referral)
    }
}

impl From<&Verified<Event>> for Kept {
    fn from(event: &Verified<Event>) -> Self {
        Self { event: event.statement().clone(), digest: EventDigest::new(event.digest()) }
    }
}

/// For events whose signature is checked elsewhere: they were verified before they were kept, or a judge looks at them.
impl From<&Claimed<Event>> for Kept {
    fn from(event: &Claimed<Event>) -> Self {
        Self { event: event.claimed().clone(), digest: EventDigest::new(event.digest()) }
    }
}

impl From<&Kept> for Seen {
    fn from(kept: &Kept) -> Self {
        Self { number: kept.event.number, event: kept.digest }
    }
}
