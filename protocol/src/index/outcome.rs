//! What comes of looking for a patient's records: of each member one answer, and of all of them together no more than they bear out.

use std::fmt;

use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What is known of one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It has records, and these are all open ones.
    Records {
        /// How many stand in the list.
        listed: u64,
        /// How many of them the asker was not shown.
        withheld: u64,
        /// On what it rests.
        basis: Basis,
    },
    /// It has none among its open records.
    None(Basis),
    /// It gives no answer to this asker.
    Refused(Refused),
    /// Nothing is known of it.
    Unknown(Unknown),
    /// What it said cannot be true.
    Fault(Fault),
}

/// On what an answer rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// When it was so.
    pub as_of: Timestamp,
    /// Whether a quorum of the log's witnesses vouches for it, and not the member alone.
    pub is_witnessed: bool,
}

/// Why a member gives no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refused {
    /// It does not permit the question.
    NotPermitted,
    /// It gets too many questions from here.
    Rate,
    /// It cannot, for now.
    Technical,
}

/// Why nothing is known of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unknown {
    /// It could not be reached, or not before the deadline.
    NotReached,
    /// What it gives out is too old to say anything of now.
    Old,
    /// It was not asked, and was not asked for this patient in the epoch that it is in.
    NotAsked,
    /// Something has changed there since it was asked.
    Changed,
    /// It has claimed records before for which it showed nothing, and is not told of whom anybody asks.
    NotTrusted,
}

/// What of a member's answer cannot be true. It is kept as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Its head is none of its log, or the STATE does not stand there.
    Statement,
    /// Its log does not continue what it was before.
    History,
    /// Its presence file is not the one that its log commits to.
    Presence,
    /// The answer to the blind question was not made with the key that its log announces.
    Evaluation,
    /// Its presence file names the patient, and it shows no record.
    Inflated,
    /// The list that it shows is not the one that its log commits to.
    List,
    /// A record that it shows is not the one in the list.
    Record,
}

impl Outcome {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Records { .. } => "records",
            Self::None(_) => "none",
            Self::Refused(_) => "refused",
            Self::Unknown(_) => "unknown",
            Self::Fault(_) => "fault",
        }
    }

    /// On what it rests; nothing when it says nothing.
    pub fn basis(&self) -> Option<Basis> {
        match self {
            Self::Records { basis, .. } | Self::None(basis) => Some(*basis),
            Self::Refused(_) | Self::Unknown(_) | Self::Fault(_) => None,
        }
    }
}

/// What all outcomes of a search come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Whole {
    /// How many open records there are at all who have answered.
    pub records: u64,
    /// How many of them the asker was not shown.
    pub withheld: u64,
    /// How many members have answered.
    pub answered: u64,
    /// Of how many members nothing is known: whoever did not answer, or not with the truth, may have records.
    pub open: u64,
}

impl Whole {
    /// Puts outcomes together.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        outcomes.into_iter().fold(Self::default(), Self::with)
    }

    /// Whether every member has answered. Only then may anybody say that there are no records.
    pub fn is_complete(&self) -> bool {
        self.open == 0
    }

    fn with(mut self, outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Records { listed, withheld, .. } => {
                self.records = self.records.saturating_add(*listed);
                self.withheld = self.withheld.saturating_add(*withheld);
                self.answered = self.answered.saturating_add(1);
            }
            Outcome::None(_) => self.answered = self.answered.saturating_add(1),
            Outcome::Refused(_) | Outcome::Unknown(_) | Outcome::Fault(_) => {
                self.open = self.open.saturating_add(1);
            }
        }
        self
    }
}

/// One line. That there is nothing is only said when everybody has answered.
impl fmt::Display for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { records, withheld, answered, open } = self;
        let members = match open {
            1 => "1 member it is not known whether it has".to_owned(),
            open => format!("{open} members it is not known whether they have"),
        };
        let found = if *records == 1 { "record" } else { "records" };
        match (records, open) {
            (0, 0) => write!(f, "none among the open records of all {answered} members"),
            (_, 0) => write!(f, "{records} open {found}, of {answered} members all that they have"),
            (0, _) => write!(f, "of {members} records"),
            (_, _) => write!(f, "{records} open {found} so far; of {members} records"),
        }?;
        if *withheld > 0 { write!(f, "; {withheld} withheld") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
