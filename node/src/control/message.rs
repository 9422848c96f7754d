//! What a command says to the node, and what the node says back.

use budstikke_keys::time::Date;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::referral::status::Status;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Failure;
use crate::service::caller::{Which, Who};
use crate::service::find;
use crate::service::publish::Form;
use crate::service::referral::find::ReferralRef;
use crate::service::referral::say::What;
use crate::service::referral::send::SendForm;

/// A command. Those that take a body (publishing, `RosterImport`) are followed by it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// How the node is.
    Status,
    /// What is in order and what is not, as far as the node and the members can tell.
    Checkup,
    /// Every member and how it is reached.
    PeerList,
    /// One member.
    PeerShow {
        /// Which.
        organisation: OrganisationNumber,
    },
    /// Reaches a member and measures the way.
    PeerPing {
        /// Which.
        organisation: OrganisationNumber,
    },
    /// Does something with documents, as somebody.
    Document {
        /// What.
        order: Order,
        /// Who.
        who: Who,
    },
    /// Looks for the records of a patient, as somebody; what comes of each member is told meanwhile.
    Find {
        /// Where, and whose.
        order: FindOrder,
        /// Who.
        who: Who,
    },
    /// Links two identifiers of one patient, as somebody.
    PatientLink {
        /// Both.
        numbers: [String; 2],
        /// Who.
        who: Who,
    },
    /// Does something with referrals, as somebody.
    Referral {
        /// What.
        order: ReferralOrder,
        /// Who.
        who: Who,
    },
    /// Does something with what waits for other organisations.
    Outbox {
        /// What.
        order: OutboxOrder,
        /// Who.
        who: Who,
    },
    /// Asks for something of this organisation's log.
    Index {
        /// What.
        order: IndexOrder,
    },
    /// Asks who has looked at what.
    Access {
        /// What.
        order: AccessOrder,
    },
    /// Takes the rosters in the body.
    RosterImport,
    /// Settles a fork.
    RosterSettle {
        /// Of which version.
        version: u64,
        /// The payload digest of the roster that stays.
        keep: String,
    },
}

/// What to do with documents.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Publish the document in the command's body.
    Publish(Box<Form>),
    /// List the documents here, or those that another organisation has shared with this one by name.
    List(Option<OrganisationNumber>),
    /// Show one document that is here.
    Show(Which),
    /// Change who may read a document.
    Share {
        /// Which.
        document: DocumentId,
        /// What holds from now on.
        sharing: Sharing,
    },
    /// Withdraw a document.
    Withdraw {
        /// Which.
        document: DocumentId,
        /// Why.
        reason: Option<String>,
    },
    /// Erase a document of this organisation, or the copy of another's.
    Erase(Which),
    /// Read a document, fetching it first when it is not here; it comes as the answer's body.
    Get(Which),
    /// Make evidence of a document that is here; it comes as the answer's body.
    Evidence(Which),
}

/// Where to look for the records of a patient.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindOrder {
    /// At every member.
    Network(find::outcomes::Order),
    /// In what was verified before.
    Local(find::outcomes::Order),
}

/// What to do with referrals.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReferralOrder {
    /// Refer a patient; how far it has come is told meanwhile.
    Send(Box<SendForm>),
    /// Say something in a referral.
    Say {
        /// In which.
        which: ReferralRef,
        /// What.
        what: Box<What>,
    },
    /// List the referrals that are here.
    List {
        /// Of one patient only.
        patient: Option<String>,
        /// In one status only.
        status: Option<Status>,
    },
    /// Show one referral.
    Show(ReferralRef),
    /// Tell every event as it comes; ends with the connection.
    Watch,
}

/// What is wanted of the looks at patient data.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessOrder {
    /// List accesses, newest first.
    List {
        /// Of one patient only.
        patient: Option<String>,
        /// How many.
        limit: usize,
    },
    /// Open the tickets of the searches of a day, as somebody.
    Audit {
        /// The day in UTC.
        day: Date,
        /// Who.
        who: Who,
    },
}

/// What to do with what waits.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutboxOrder {
    /// List it.
    List,
    /// Try it once more, for one organisation or for all.
    Retry(Option<OrganisationNumber>),
}

/// What is wanted of the log.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndexOrder {
    /// How it is.
    Status,
    /// Everything that it holds of a document, and proofs of that.
    Prove(DocumentId),
    /// The receipt of a document; it comes as the answer's body.
    Receipt(DocumentId),
    /// What is known of the logs of the other members.
    Peers,
    /// The fork proof against the log of a member, or the accusation; it comes as the answer's body.
    Against(OrganisationNumber),
    /// Everything that is behind a head, by size and root, or everything; the files come as the parts of the answer's body.
    Export(Option<(u64, String)>),
}

/// What the node says while a command runs and when it is done.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// So many of so many are done: bytes, or members that were asked.
    Progress {
        /// Done.
        done: u64,
        /// Of.
        total: u64,
    },
    /// Something has happened that the command watches for.
    News(Value),
    /// The command is done, with this result.
    Done(Value),
    /// The command failed.
    Failed(Failure),
}
