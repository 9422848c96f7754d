//! The form in which a search and what it found are kept.

use std::fmt;

use budstikke_keys::note::Note;
use budstikke_protocol::ids::{FindId, OrganisationNumber};
use budstikke_protocol::index::outcome::{Fault, Outcome};
use budstikke_protocol::index::stated::Statement;
use budstikke_protocol::log::tree::TreeHash;
use budstikke_protocol::patient::Identifier;
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

/// What a search has found, or a part of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Found {
    /// Which search.
    pub find: FindId,
    /// Every identifier that the patient was sought under.
    pub patients: Vec<Identifier>,
    /// What each member said.
    pub members: Vec<FoundMember>,
}

/// What one member said, and what shows it.
#[derive(Clone, Serialize, Deserialize)]
pub struct FoundMember {
    /// Who.
    pub member: OrganisationNumber,
    /// What came of it.
    pub outcome: Outcome,
    /// What shows that; nothing when it said nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

/// Everything that a member said that is proof of something.
#[derive(Clone, Serialize, Deserialize)]
pub struct Proof {
    /// How its index stood.
    pub state: State,
    /// Its epoch at that time.
    pub epoch: u32,
    /// The labels of the identifiers there, in their order.
    pub labels: Vec<ByteArray<32>>,
    /// How each identifier was blinded.
    pub blindings: Vec<ByteArray<64>>,
    /// What the member has made of each.
    pub evaluated: Vec<ByteArray<32>>,
    /// That it was made with the key of the STATE.
    pub evaluation: ByteArray<64>,
    /// Its answers to the named questions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Answer>,
}

/// A head of a log with the STATE at its end.
#[derive(Clone, Serialize, Deserialize)]
pub struct State {
    /// The signed note.
    pub checkpoint: String,
    /// The STATE.
    pub state: ByteBuf,
    /// The hashes from it to the root.
    pub path: Vec<ByteArray<32>>,
}

/// An answer to a named question: a list, and what was shown of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Answer {
    /// Of which of the labels.
    pub label: u16,
    /// The signed head that the proof is of.
    pub checkpoint: String,
    /// The list proof.
    pub proof: ByteBuf,
    /// The records that were shown.
    pub shown: Vec<ShownRecord>,
    /// How many more were shown than are kept here.
    #[serde(default)]
    pub unkept: u64,
}

/// A record that was shown.
#[derive(Clone, Serialize, Deserialize)]
pub struct ShownRecord {
    /// Its place in the log.
    pub index: u64,
    /// The salt of its commitment.
    pub salt: ByteArray<32>,
    /// The manifest.
    pub manifest: String,
}

impl Found {
    /// How many bytes it takes in the journal, at most, before it is packed.
    pub(crate) fn bytes(&self) -> usize {
        let patients = self.patients.len().saturating_mul(128);
        self.members.iter().map(FoundMember::bytes).fold(patients, usize::saturating_add)
    }
}

impl FoundMember {
    /// How many bytes it takes in the journal, at most, before it is packed.
    pub fn bytes(&self) -> usize {
        self.proof.as_ref().map_or(0, Proof::bytes).saturating_add(256)
    }

    /// Whether it says of the patient what holds until it is asked again.
    pub(crate) fn is_answer(&self) -> bool {
        matches!(self.outcome, Outcome::Records { .. } | Outcome::None(_))
    }

    /// The epoch in which it claimed records and showed none.
    pub(crate) fn inflated_in(&self) -> Option<u32> {
        let proof = self.proof.as_ref()?;
        (self.outcome == Outcome::Fault(Fault::Inflated)).then_some(proof.epoch)
    }
}

impl State {
    /// A statement to be kept.
    pub fn of(statement: &Statement) -> Self {
        Self {
            checkpoint: statement.checkpoint.to_string(),
            state: ByteBuf::from(statement.state),
            path: statement.path.iter().map(|hash| ByteArray::new(*hash.as_bytes())).collect(),
        }
    }

    /// The statement, unchecked; nothing when it is none.
    pub fn statement(&self) -> Option<Statement> {
        Some(Statement {
            checkpoint: Note::parse(self.checkpoint.as_bytes()).ok()?,
            state: self.state.as_slice().try_into().ok()?,
            path: self.path.iter().map(|hash| TreeHash::from_bytes(hash.into_array())).collect(),
        })
    }
}

impl Proof {
    fn bytes(&self) -> usize {
        let state =
            self.state.checkpoint.len().saturating_add(self.state.path.len().saturating_mul(40));
        let elements = self.blindings.len().saturating_mul(256);
        let answers = self.answers.iter().map(Answer::bytes).fold(0, usize::saturating_add);
        [state, elements, answers, 512].into_iter().fold(0, usize::saturating_add)
    }
}

impl Answer {
    fn bytes(&self) -> usize {
        let shown = self.shown.iter().map(|record| record.manifest.len().saturating_add(128));
        let rest = [self.checkpoint.len(), self.proof.len(), 128];
        shown.chain(rest).fold(0, usize::saturating_add)
    }
}

/// None of them shows more than how much there is: what was found concerns a patient.
macro_rules! shows_nothing {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}

shows_nothing!(Found, FoundMember, Proof, State, Answer, ShownRecord);
