//! The receiver's part of a referral's state, which only the receiver moves.

use budstikke_keys::time::{Date, Timestamp};
use serde::{Deserialize, Serialize};

use super::chain::Chain;
use super::codes::Outcome;
use super::event::{Redirection, Seen};
use super::fault::Fault;
use super::said::{Answer, Kind, Said};
use crate::limits::REOPENED_MAX;

/// What the receiver has said, as far as it moves anything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Receiver {
    pub(super) chain: Chain,
    phase: Phase,
    on_hold: bool,
    /// The number of its last question, unless a decision made it moot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wanted: Option<u32>,
    facts: Facts,
    /// What came to pass since the last reopening, and before each.
    rounds: Vec<Round>,
}

/// What the receiver's events say beside the phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Facts {
    /// When the request was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) received: Option<Timestamp>,
    /// When it was last reopened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reopened: Option<Timestamp>,
    /// When it ended, as far as the receiver has ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<Outcome>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seniority: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) appointment: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) redirected: Option<Redirection>,
}

/// How far the receiver has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Phase {
    #[default]
    New,
    Accepted,
    Scheduled,
    Started,
    Rejected,
    Refused,
    Completed,
    Redirected,
}

/// What matters to the referrer of how far the receiver had come at some number of its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    Open,
    Begun,
    Ended,
}

/// The numbers in the receiver's chain at which things happened between two reopenings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Round {
    from: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begun: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<u32>,
}

impl Phase {
    /// Whether the receiver has ended the referral.
    pub(super) const fn is_ended(self) -> bool {
        match self {
            Self::New | Self::Accepted | Self::Scheduled | Self::Started => false,
            Self::Rejected | Self::Refused | Self::Completed | Self::Redirected => true,
        }
    }

    /// The phase after an event of the receiver, every pair.
    pub(super) fn after(self, kind: Kind) -> Result<Self, Fault> {
        match kind {
            Kind::Requested | Kind::Supplemented | Kind::Withdrawn => Err(Fault::WrongParty),
            Kind::Acknowledged | Kind::Message => Ok(self),
            Kind::MoreInformationWanted => match self {
                Self::New | Self::Accepted | Self::Scheduled | Self::Started => Ok(self),
                Self::Rejected | Self::Refused | Self::Completed | Self::Redirected => {
                    Err(Fault::Ended)
                }
            },
            Kind::Accepted => match self {
                Self::New => Ok(Self::Accepted),
                Self::Accepted | Self::Scheduled | Self::Started => Err(Fault::Decided),
                Self::Rejected | Self::Refused | Self::Completed | Self::Redirected => {
                    Err(Fault::Ended)
                }
            },
            Kind::Rejected => self.ended_unbegun(Self::Rejected),
            Kind::Redirected => self.ended_unbegun(Self::Redirected),
            Kind::Scheduled => match self {
                Self::New => Err(Fault::Undecided),
                Self::Accepted | Self::Scheduled => Ok(Self::Scheduled),
                Self::Started => Ok(Self::Started),
                Self::Rejected | Self::Refused | Self::Completed | Self::Redirected => {
                    Err(Fault::Ended)
                }
            },
            Kind::Started => self.accepted_to(Self::Started),
            Kind::OnHold => self.accepted_to(self),
            Kind::Completed => self.accepted_to(Self::Completed),
            Kind::Reopened => match self {
                Self::Rejected | Self::Completed => Ok(Self::New),
                Self::New
                | Self::Accepted
                | Self::Scheduled
                | Self::Started
                | Self::Refused
                | Self::Redirected => Err(Fault::NotReopenable),
            },
        }
    }

    /// The end of a referral for which no care was given.
    fn ended_unbegun(self, end: Self) -> Result<Self, Fault> {
        match self {
            Self::New | Self::Accepted | Self::Scheduled => Ok(end),
            Self::Started => Err(Fault::Begun),
            Self::Rejected | Self::Refused | Self::Completed | Self::Redirected => {
                Err(Fault::Ended)
            }
        }
    }

    /// What follows only when the referral was accepted.
    fn accepted_to(self, next: Self) -> Result<Self, Fault> {
        match self {
            Self::New => Err(Fault::Undecided),
            Self::Accepted | Self::Scheduled | Self::Started => Ok(next),
            Self::Rejected | Self::Refused | Self::Completed | Self::Redirected => {
                Err(Fault::Ended)
            }
        }
    }
}

impl Receiver {
    /// The chain of its events.
    pub(super) fn chain(&self) -> &Chain {
        &self.chain
    }

    /// How far it has come.
    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether care, or waiting for it, pauses.
    pub(super) fn is_on_hold(&self) -> bool {
        self.on_hold
    }

    /// The number of the question that no decision has made moot.
    pub(super) fn wanted(&self) -> Option<u32> {
        self.wanted
    }

    pub(super) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// How often it was reopened.
    pub(super) fn reopened(&self) -> usize {
        self.rounds.len().saturating_sub(1)
    }

    /// How far it had come at `number` of its chain.
    pub(super) fn reached(&self, number: u32) -> Reached {
        let Some(round) = self.rounds.iter().rev().find(|round| round.from <= number) else {
            return Reached::Open;
        };
        if round.ended.is_some_and(|at| at <= number) {
            Reached::Ended
        } else if round.begun.is_some_and(|at| at <= number) {
            Reached::Begun
        } else {
            Reached::Open
        }
    }

    /// Whether the receiver may say it, having seen the referrer withdraw or not.
    pub(super) fn may(&self, kind: Kind, is_withdrawn: bool) -> Result<(), Fault> {
        if is_withdrawn {
            self.may_withdrawn(kind)?;
        }
        self.phase.after(kind)?;
        if kind == Kind::Reopened && self.reopened() >= REOPENED_MAX {
            return Err(Fault::ReopenedTooOften);
        }
        // On hold it may start again; else it has started already.
        if kind == Kind::Started && self.phase == Phase::Started && !self.on_hold {
            return Err(Fault::Begun);
        }
        Ok(())
    }

    /// What a withdrawal that was seen forbids: all that goes on with a referral for which no care had begun.
    fn may_withdrawn(&self, kind: Kind) -> Result<(), Fault> {
        match kind {
            // The first three are not for the receiver to say, whatever has happened.
            Kind::Requested
            | Kind::Supplemented
            | Kind::Withdrawn
            | Kind::Message
            | Kind::Acknowledged => Ok(()),
            Kind::Reopened if self.phase != Phase::Started => Err(Fault::Withdrawn),
            Kind::Reopened
            | Kind::Accepted
            | Kind::Rejected
            | Kind::Scheduled
            | Kind::MoreInformationWanted
            | Kind::Started
            | Kind::OnHold
            | Kind::Completed
            | Kind::Redirected => match self.phase {
                Phase::New | Phase::Accepted | Phase::Scheduled => Err(Fault::Withdrawn),
                // Care that had begun goes on: the withdrawal came too late. So it did when the referral had ended.
                Phase::Started
                | Phase::Rejected
                | Phase::Refused
                | Phase::Completed
                | Phase::Redirected => Ok(()),
            },
        }
    }

    /// The part after an event that it may say.
    pub(super) fn with(
        &self,
        said: &Said,
        seen: u32,
        is_withdrawn: bool,
        (head, time): (Seen, Timestamp),
    ) -> Result<Self, Fault> {
        let mut part = Self { chain: self.chain.with(head, said, seen), ..self.clone() };
        // An application that cannot use the request ends the referral, unless a person has decided already.
        let is_refusal = matches!(said, Said::Acknowledged { of: 1, answer: Answer::Refused(_) });
        part.phase = if is_refusal && self.phase == Phase::New && !is_withdrawn {
            Phase::Refused
        } else {
            self.phase.after(said.kind())?
        };
        part.keep(said, head.number, time);
        part.mark(said.kind(), head.number, time);
        Ok(part)
    }

    /// Keeps what the event says beside the phase.
    fn keep(&mut self, said: &Said, number: u32, time: Timestamp) {
        match said {
            Said::Acknowledged { answer: Answer::Stored, .. } => {
                self.facts.received = self.facts.received.or(Some(time));
            }
            Said::Accepted { outcome, seniority, .. } => {
                self.facts.outcome = Some(*outcome);
                self.facts.seniority = seniority.or(self.facts.seniority);
                self.wanted = None;
            }
            Said::Scheduled { at, .. } => {
                self.facts.appointment = Some(*at);
                self.on_hold = false;
            }
            Said::MoreInformationWanted { .. } => self.wanted = Some(number),
            Said::Started { .. } => self.on_hold = false,
            Said::OnHold { .. } => self.on_hold = true,
            Said::Redirected { to, referral, .. } => {
                self.facts.redirected = Some(Redirection { to: *to, referral: *referral });
            }
            Said::Reopened { .. } => {
                let seniority = self.facts.seniority;
                let received = self.facts.received;
                self.facts =
                    Facts { received, seniority, reopened: Some(time), ..Facts::default() };
            }
            Said::Rejected { .. }
            | Said::Completed { .. }
            | Said::Acknowledged { .. }
            | Said::Requested(_)
            | Said::Supplemented { .. }
            | Said::Withdrawn { .. }
            | Said::Message { .. } => {}
        }
    }

    /// Marks where care began and where the referral ended, for events that had not seen it.
    fn mark(&mut self, kind: Kind, number: u32, time: Timestamp) {
        if kind == Kind::Reopened || self.rounds.is_empty() {
            self.rounds.push(Round { from: number, ..Round::default() });
        }
        let Some(round) = self.rounds.last_mut() else { return };
        if self.phase == Phase::Started {
            round.begun = round.begun.or(Some(number));
        }
        if self.phase.is_ended() && round.ended.is_none() {
            round.ended = Some(number);
            self.facts.ended = Some(time);
            self.on_hold = false;
            self.wanted = None;
        }
    }
}
