//! The signed event: who says what in which referral, at which place of which chain, having seen what of the other side.

use budstikke_keys::jws::{Claimed, Statement, Verified};
use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::said::Said;
use crate::ids::{EventDigest, OrganisationNumber, ReferralId};
use crate::limits::ATTACHED_MAX;

pub use super::reference::{Attached, Continues, Heads, Person, Redirection, ReferralName, Seen};

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
