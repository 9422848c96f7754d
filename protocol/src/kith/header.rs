//! What the header of a message says. All of it is the sender's claim.

use std::fmt;

use super::kind::Kind;

/// The header of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What it is.
    pub kind: Kind,
    /// What it does: Volven 8279, such as `HENVISNING_NYTILSTAND`.
    pub function: Option<String>,
    /// The sender's id of the message.
    pub id: Option<String>,
    /// Who sent it.
    pub sender: Vec<PartyId>,
    /// Whom it was sent to.
    pub receiver: Vec<PartyId>,
    /// Whom it is about, as the header says.
    pub patient: Vec<PatientId>,
    /// Whom it is about, as the content says again.
    pub patient_in_content: Vec<PatientId>,
    /// How urgent it is: Volven 8304 or 8306.
    pub priority: Option<String>,
    /// What it is part of.
    pub conversation: Option<Conversation>,
}

/// One number of a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyId {
    /// Whose numbers they are.
    pub scheme: Scheme,
    /// The number.
    pub value: String,
    /// How far down it stands: the organisation is 0, a department of it 1.
    pub level: u8,
}

/// The registers that number organisations: Volven 9051.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `ENH`: organisation numbers of Enhetsregisteret.
    Organisation,
    /// `HER`: the numbers of Adresseregisteret, by which messages are addressed.
    Address,
    /// `RSH`: the register of units in the specialist health service.
    Specialist,
    /// Another.
    Other,
}

/// One number of a patient.
#[derive(Clone, PartialEq, Eq)]
pub struct PatientId {
    /// What kind of number it is: Volven 8116, such as `FNR`; the OID of the numbers in CDA.
    pub system: String,
    /// The number, for where it must be seen or compared; never for a log line.
    pub value: String,
}

/// Where a message stands among others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// The first message.
    pub conversation: Option<String>,
    /// The message that this one answers.
    pub parent: Option<String>,
}

impl Header {
    /// A header that says nothing but what the message is.
    pub(super) fn of(kind: Kind) -> Self {
        Self {
            kind,
            function: None,
            id: None,
            sender: Vec::new(),
            receiver: Vec::new(),
            patient: Vec::new(),
            patient_in_content: Vec::new(),
            priority: None,
            conversation: None,
        }
    }
}

impl Scheme {
    pub(super) fn of(code: &str) -> Self {
        match code {
            "ENH" => Self::Organisation,
            "HER" => Self::Address,
            "RSH" => Self::Specialist,
            _ => Self::Other,
        }
    }
}

impl PatientId {
    /// Whether the number is one of a person, not one that a sender has made for its own use.
    pub(super) fn is_national(&self) -> bool {
        const PERSON: &str = "2.16.578.1.12.4.1.4.";
        ["FNR", "DNR", "HNR", "FHN"].contains(&self.system.as_str())
            || self.system.strip_prefix(PERSON).is_some_and(|last| ["1", "2", "3"].contains(&last))
    }
}

impl fmt::Debug for PatientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PatientId({}, ..)", self.system)
    }
}
