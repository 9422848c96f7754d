//! The referrer's part of a referral's state, which only the referrer moves.

use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::chain::Chain;
use super::event::Seen;
use super::fault::Fault;
use super::receiver::Reached;
use super::said::{Kind, Said};

/// What the referrer has said, as far as it moves anything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Referrer {
    pub(super) chain: Chain,
    /// Its withdrawal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withdrawn: Option<Withdrawal>,
    /// Up to which number of the receiver's chain its last supplement had seen: what was asked until there is answered.
    supplied: u32,
}

/// When the referrer took the referral back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Withdrawal {
    pub(super) number: u32,
    pub(super) time: Timestamp,
}

impl Referrer {
    /// The chain of its events.
    pub(super) fn chain(&self) -> &Chain {
        &self.chain
    }

    /// When it withdrew the referral.
    pub(super) fn withdrawn(&self) -> Option<Withdrawal> {
        self.withdrawn
    }

    /// Up to which number of the receiver's chain what was asked is answered.
    pub(super) fn supplied(&self) -> u32 {
        self.supplied
    }

    /// Whether the referrer may say it, having seen the receiver come to `reached`.
    pub(super) fn may(&self, kind: Kind, reached: Reached) -> Result<(), Fault> {
        match kind {
            Kind::Requested => Err(Fault::AlreadyRequested),
            Kind::Supplemented => match (reached, self.withdrawn) {
                (Reached::Ended, _) => Err(Fault::Ended),
                // The withdrawal came too late: care goes on, and what helps it is welcome.
                (Reached::Begun, _) | (Reached::Open, None) => Ok(()),
                (Reached::Open, Some(_)) => Err(Fault::Withdrawn),
            },
            Kind::Withdrawn => match (reached, self.withdrawn) {
                (_, Some(_)) => Err(Fault::Withdrawn),
                (Reached::Ended, None) => Err(Fault::Ended),
                (Reached::Begun, None) => Err(Fault::Begun),
                (Reached::Open, None) => Ok(()),
            },
            Kind::Acknowledged | Kind::Message => Ok(()),
            Kind::Accepted
            | Kind::Rejected
            | Kind::Scheduled
            | Kind::MoreInformationWanted
            | Kind::Started
            | Kind::OnHold
            | Kind::Completed
            | Kind::Redirected
            | Kind::Reopened => Err(Fault::WrongParty),
        }
    }

    /// The part after an event that it may say.
    pub(super) fn with(&self, head: Seen, said: &Said, seen: u32, time: Timestamp) -> Self {
        let mut part = Self { chain: self.chain.with(head, said, seen), ..self.clone() };
        match said.kind() {
            Kind::Supplemented => part.supplied = seen,
            Kind::Withdrawn => part.withdrawn = Some(Withdrawal { number: head.number, time }),
            Kind::Requested
            | Kind::Acknowledged
            | Kind::Accepted
            | Kind::Rejected
            | Kind::Scheduled
            | Kind::MoreInformationWanted
            | Kind::Started
            | Kind::OnHold
            | Kind::Completed
            | Kind::Redirected
            | Kind::Reopened
            | Kind::Message => {}
        }
        part
    }
}
