//! What is known from outside about one document: what was acknowledged, and what was only attempted.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::dice::Dice;

/// Who may read a document of ours besides us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nobody.
    Nobody,
    /// The other organisation, by name.
    Peer,
    /// Every member.
    Federation,
}

/// A document as its custodian's node shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is not listed.
    Gone,
    /// It is listed.
    Here {
        /// Who may read it.
        reach: Reach,
        /// Whether it is withdrawn.
        is_withdrawn: bool,
    },
}

/// A document, and what may be true of it. What was acknowledged is certain and stands alone; each attempt whose answer did
/// not come adds what it would have made true.
#[derive(Debug, Clone)]
pub struct Paper {
    /// Its number, which is its title, and what its bytes follow from.
    pub number: u64,
    /// How many bytes it has.
    pub size: usize,
    /// The site that published it.
    pub custodian: usize,
    /// Its id; unknown until somebody has seen it.
    pub id: Option<String>,
    /// How it may stand with its custodian.
    pub own: BTreeSet<State>,
    /// Whether the other site may have a copy.
    pub copy: BTreeSet<bool>,
    /// Whether an attempt to fetch it may still go on in a node that lives.
    pub is_fetching: bool,
    /// Whether anything was done to it since it was looked at last.
    pub is_touched: bool,
}

impl Reach {
    /// What a node shows.
    pub fn of(shown: &Value) -> Self {
        if *shown == json!("nobody") {
            Self::Nobody
        } else if *shown == json!("federation") {
            Self::Federation
        } else {
            Self::Peer
        }
    }

    /// What a command is told.
    pub fn args(self, peer: &str) -> [&str; 2] {
        match self {
            Self::Nobody => ["--share", "nobody"],
            Self::Peer => ["--to", peer],
            Self::Federation => ["--share", "federation"],
        }
    }
}

impl Paper {
    /// A document that is not published yet.
    pub fn new(number: u64, size: usize, custodian: usize) -> Self {
        Self {
            number,
            size,
            custodian,
            id: None,
            own: BTreeSet::from([State::Gone]),
            copy: BTreeSet::from([false]),
            is_fetching: false,
            is_touched: true,
        }
    }

    /// Its bytes, which follow from its number.
    pub fn bytes(&self) -> Vec<u8> {
        Dice::new(self.number.wrapping_mul(0x5851_f42d_4c95_7f2d)).bytes(self.size)
    }

    /// How it stands for certain, when it is published and not withdrawn.
    pub fn stands(&self) -> Option<Reach> {
        match (self.own.first(), self.own.len()) {
            (Some(State::Here { reach, is_withdrawn: false }), 1) => Some(*reach),
            _ => None,
        }
    }

    /// Whether there is a copy for certain.
    pub fn is_copied(&self) -> bool {
        self.copy == BTreeSet::from([true])
    }

    /// Notes what came of a change of how it stands with its custodian.
    pub fn now(&mut self, state: State, is_certain: bool) {
        note(&mut self.own, state, is_certain);
        self.is_touched = true;
    }

    /// Notes what came of a change of the copy.
    pub fn copy_now(&mut self, is_there: bool, is_certain: bool) {
        note(&mut self.copy, is_there, is_certain);
        self.is_touched = true;
    }
}

fn note<T: Ord>(possible: &mut BTreeSet<T>, fact: T, is_certain: bool) {
    if is_certain {
        possible.clear();
    }
    possible.insert(fact);
}
