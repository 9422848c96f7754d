//! One side's chain: how long it is, what stands at its end, and what it has said of the other side's.

use serde::{Deserialize, Serialize};

use super::event::{Event, Seen};
use super::fault::Fault;
use super::said::{Answer, Kind, Said};
use crate::ids::EventDigest;
use crate::limits::{CHAIN_MAX, CHAIN_SPARE};

/// What is known of one side's chain.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Chain {
    /// The last event; absent while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    head: Option<Seen>,
    /// The last number that is no acknowledgement.
    spoken: u32,
    /// Up to which number of the other side's chain it has seen.
    seen: u32,
    /// Up to which number of the other side's chain it says it has stored.
    stored: u32,
    /// The last number of the other side's chain that its application has answered.
    answered: u32,
}

impl Chain {
    /// How many events it has.
    pub fn number(&self) -> u32 {
        self.head.map_or(0, |head| head.number)
    }

    /// The last event.
    pub fn head(&self) -> Option<Seen> {
        self.head
    }

    /// The last number that is no acknowledgement.
    pub fn spoken(&self) -> u32 {
        self.spoken
    }

    /// Up to which number of the other side's chain it says it has stored.
    pub fn stored(&self) -> u32 {
        self.stored
    }

    /// The last number of the other side's chain that its application has answered.
    pub fn answered(&self) -> u32 {
        self.answered
    }

    /// The number of the next event.
    pub(super) fn next_number(&self) -> u32 {
        self.number().saturating_add(1)
    }

    /// Whether `event` stands at the end of this chain, and has seen what is there: `known` is the event of the other side
    /// at the place that it has seen.
    pub(super) fn admits(
        &self,
        event: &Event,
        other: &Self,
        known: Option<EventDigest>,
    ) -> Result<(), Fault> {
        if event.number <= self.number() {
            return Err(Fault::Known);
        }
        if event.number > self.next_number() {
            return Err(Fault::Gap);
        }
        if event.previous != self.head.map(|head| head.event) {
            return Err(Fault::WrongPrevious);
        }
        let Some(seen) = event.seen else {
            return if self.seen == 0 { Ok(()) } else { Err(Fault::WrongSeen) };
        };
        if seen.number > other.number() {
            return Err(Fault::NotHeld);
        }
        let head = other.head.filter(|head| head.number == seen.number);
        let known = head.map(|head| head.event).or(known);
        if seen.number < self.seen || known != Some(seen.event) {
            return Err(Fault::WrongSeen);
        }
        Ok(())
    }

    /// Whether there is room for what is said, having seen up to `seen`, and whether an acknowledgement says something new.
    pub(super) fn may(&self, said: &Said, seen: u32) -> Result<(), Fault> {
        if self.next_number() > CHAIN_MAX.saturating_sub(spare(said.kind())) {
            return Err(Fault::Full);
        }
        let Said::Acknowledged { of, answer } = said else { return Ok(()) };
        let before = match answer {
            Answer::Stored => self.stored,
            Answer::Accepted | Answer::AcceptedInPart(_) | Answer::Refused(_) => self.answered,
        };
        if *of > before && *of <= seen { Ok(()) } else { Err(Fault::WrongAcknowledgement) }
    }

    /// The chain with one more event.
    pub(super) fn with(&self, head: Seen, said: &Said, seen: u32) -> Self {
        let mut chain = Self { head: Some(head), seen, ..self.clone() };
        match said {
            Said::Acknowledged { of, answer: Answer::Stored } => chain.stored = *of,
            Said::Acknowledged { of, .. } => chain.answered = *of,
            Said::Requested(_)
            | Said::Supplemented { .. }
            | Said::Withdrawn { .. }
            | Said::Accepted { .. }
            | Said::Rejected { .. }
            | Said::Scheduled { .. }
            | Said::MoreInformationWanted { .. }
            | Said::Started { .. }
            | Said::OnHold { .. }
            | Said::Completed { .. }
            | Said::Redirected { .. }
            | Said::Reopened { .. }
            | Said::Message { .. } => chain.spoken = head.number,
        }
        chain
    }
}

/// How much of the chain a kind of event must leave free, so that a full referral can still be ended.
fn spare(kind: Kind) -> u32 {
    match kind {
        Kind::Withdrawn | Kind::Rejected | Kind::Completed | Kind::Redirected => 0,
        Kind::Requested
        | Kind::Supplemented
        | Kind::Acknowledged
        | Kind::Accepted
        | Kind::Scheduled
        | Kind::MoreInformationWanted
        | Kind::Started
        | Kind::OnHold
        | Kind::Reopened
        | Kind::Message => CHAIN_SPARE,
    }
}
