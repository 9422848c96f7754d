//! `/budstikke/referral/1`: the events of referrals, both ways in one round.
//!
//! Whoever has something to deliver asks; each side tells how much of the other's chain it holds on its disk, and sends what the
//! other lacks. The events are signed, so nothing else is: the connection says whose threads may be spoken of.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::codec::Message;
use super::refusal::Refusal;
use crate::ids::{OrganisationNumber, ReferralId};
use crate::limits::REFERRAL_BYTES_MAX;
use crate::referral::event::ReferralName;

/// The protocol's name.
pub const PROTOCOL: &str = "/budstikke/referral/1";

/// Delivers events of referrals between the two nodes; of more than
/// [`DELIVERY_THREADS_MAX`](crate::limits::DELIVERY_THREADS_MAX) the rest is passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralDelivery {
    /// One for each thread.
    pub parcels: Vec<Parcel>,
}

/// What the sender has to say of one thread.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// Who began the thread.
    pub referrer: OrganisationNumber,
    /// Its id.
    pub referral: ReferralId,
    /// How much of both chains the sender holds.
    pub held: Held,
    /// Events, each a compact JWS, in an order in which they can be taken: each behind those that it follows and has seen.
    pub events: Vec<String>,
}

/// How many events of a thread one side has on its disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Of its own chain. It holds all that it ever signed, unless its home was put back from a copy.
    pub own: u32,
    /// Of the other side's chain.
    pub theirs: u32,
}

/// Answers a [`ReferralDelivery`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReferralAnswer {
    /// What came of each parcel, in the same order.
    Taken(Vec<Taken>),
    /// Nothing was taken, because the disk is full or too much is under way.
    Full {
        /// After how many seconds to try again.
        retry_after: u32,
    },
    /// Nothing was taken.
    Refused(Refusal),
}

/// What came of one parcel.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// How much of both chains the answering side holds now, on its disk.
    pub held: Held,
    /// What the other side lacks, as in [`Parcel::events`]. The acknowledgement of what was just stored is among them.
    pub events: Vec<String>,
    /// Why an event was not taken, and so none behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

impl Message for ReferralDelivery {
    const BYTES_MAX: usize = REFERRAL_BYTES_MAX;
}

impl Message for ReferralAnswer {
    const BYTES_MAX: usize = REFERRAL_BYTES_MAX;
}

impl Parcel {
    /// Which thread it is about.
    pub fn name(&self) -> ReferralName {
        ReferralName { referrer: self.referrer, referral: self.referral }
    }
}

/// Shows which thread it is about, and nothing of what its events say.
impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel")
            .field("referral", &self.referral)
            .field("held", &self.held)
            .field("events", &self.events.len())
            .finish_non_exhaustive()
    }
}

/// Shows how much was taken, and nothing of what the events say.
impl fmt::Debug for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Taken")
            .field("held", &self.held)
            .field("events", &self.events.len())
            .field("fault", &self.fault)
            .finish()
    }
}
