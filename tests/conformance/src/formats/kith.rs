//! `kith`: messages of the message network, what their headers say, and whether they fit who signed and about whom.

mod cases;
mod messages;

use budstikke_protocol::ids::{Oid, OrganisationNumber};
use budstikke_protocol::kith::{Conversation, Header, PartyId, Scheme, recognise};
use budstikke_protocol::patient::Identifier;
use serde::{Deserialize, Serialize};

use super::log::note::Raw;
use crate::vector::{Format, refusal};

/// Messages.
pub struct Messages;

/// A document, who has signed its manifest, and whom that names.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The document.
    pub document: Raw,
    /// The organisation that signs.
    pub organisation: OrganisationNumber,
    /// The number of the patient whom the manifest names.
    pub patient: String,
}

/// What the header says.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// What it is; none when the document is no message.
    pub kind: Option<String>,
    /// Volven 8279.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub function: Option<String>,
    /// The sender's id.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// The numbers of the sender, each behind its register and its level.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sender: Vec<String>,
    /// The numbers of the receiver.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub receiver: Vec<String>,
    /// Volven 8304 or 8306.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub priority: Option<String>,
    /// The first message of the conversation, and the one that is answered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conversation: Option<(Option<String>, Option<String>)>,
}

impl Format for Messages {
    const NAME: &'static str = "kith";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let header = recognise(&input.document.bytes()).map_err(|error| refusal(&error))?;
        let Some(header) = header else { return Ok(Accepted::nothing()) };
        let system: Oid = "2.16.578.1.12.4.1.4.1".parse().unwrap();
        let patient = Identifier::parse(system, &input.patient).unwrap();
        header.check_sender(input.organisation).map_err(|error| refusal(&error))?;
        header.check_patient(&patient).map_err(|error| refusal(&error))?;
        Ok(Accepted::of(header))
    }
}

impl Accepted {
    fn nothing() -> Self {
        Self {
            kind: None,
            function: None,
            id: None,
            sender: Vec::new(),
            receiver: Vec::new(),
            priority: None,
            conversation: None,
        }
    }

    fn of(header: Header) -> Self {
        let numbers = |ids: Vec<PartyId>| ids.iter().map(number).collect();
        Self {
            kind: Some(header.kind.to_string()),
            function: header.function,
            id: header.id,
            sender: numbers(header.sender),
            receiver: numbers(header.receiver),
            priority: header.priority,
            conversation: header
                .conversation
                .map(|Conversation { conversation, parent }| (conversation, parent)),
        }
    }
}

fn number(id: &PartyId) -> String {
    let register = match id.scheme {
        Scheme::Organisation => "ENH",
        Scheme::Address => "HER",
        Scheme::Specialist => "RSH",
        Scheme::Other => "other",
    };
    format!("{register} {} at {}", id.value, id.level)
}
