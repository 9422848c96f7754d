//! The access record: one permitted or denied look, written before the answer leaves.

use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::decide::POLICY;
use super::question::Caller;
use super::reason::Reason;
use crate::document::manifest::Manifest;
use crate::ids::{DocumentId, Nonce, OrganisationNumber};
use crate::patient::Identifier;
use crate::referral::event::ReferralName;
use crate::text::Text;

/// What is kept of one look at patient data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When it was decided.
    pub time: Timestamp,
    /// Who looked or wanted to; absent when a peer's question could not be read or was not its own, and when the node acts by
    /// itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<Caller>,
    /// The organisation at the other end: the peer that asked, or the custodian that was asked; absent for a local look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<OrganisationNumber>,
    /// What it was about to do.
    pub action: Action,
    /// Which documents were made available or asked for; every one, because a patient has the right to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<About>,
    /// Which referrals it was about, for the same reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub referrals: Vec<AboutReferral>,
    /// Which patients it was about by themselves, under which identifiers: with no document that was known before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patients: Vec<Identifier>,
    /// Why, in the words of whoever looked, when they said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<Text<256>>,
    /// Why it was denied; absent when it was permitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denied: Option<Reason>,
    /// The policy that decided.
    pub policy: String,
    /// The nonce of the peer's question, so that it stays used up across a restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Nonce>,
    /// The peer's signed question, as evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
}

/// A document that an access was about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Which.
    pub document: DocumentId,
    /// Its patient, when the document was here to tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<Identifier>,
}

/// A referral that an access was about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutReferral {
    /// Which.
    pub referral: ReferralName,
    /// Its patient.
    pub patient: Identifier,
}

/// What an access was about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Action {
    /// Publish a document.
    Publish,
    /// Change who may read a document.
    Share,
    /// Withdraw a document.
    Withdraw,
    /// Erase a document or a copy that is here.
    Erase,
    /// List documents here.
    List,
    /// Read a document here.
    Read,
    /// Ask another organisation for its list.
    Ask,
    /// Fetch a document from another organisation.
    Fetch,
    /// Keep a document that was fetched.
    Keep,
    /// Write an evidence file.
    Export,
    /// Say something in a referral.
    Refer,
    /// Take what another organisation has said in a referral.
    Receive,
    /// Note that what was said in a referral has reached the other organisation.
    Deliver,
    /// Look at a referral.
    Follow,
    /// Look for the records of a patient, here and at other organisations.
    Find,
    /// Say that two identifiers are one patient's.
    Link,
    /// Evaluate what another organisation has asked blindly: nobody here knows of whom.
    Evaluate,
    /// Take what another organisation has announced to this one.
    Announce,
    /// Open what was written of accesses.
    Audit,
    /// Ask this node something that it did not get as far as reading.
    Question,
}

impl Action {
    /// Its name in tables and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Share => "share",
            Self::Withdraw => "withdraw",
            Self::Erase => "erase",
            Self::List => "list",
            Self::Read => "read",
            Self::Ask => "ask",
            Self::Fetch => "fetch",
            Self::Keep => "keep",
            Self::Export => "export",
            Self::Refer => "refer",
            Self::Receive => "receive",
            Self::Deliver => "deliver",
            Self::Follow => "follow",
            Self::Find => "find",
            Self::Link => "link",
            Self::Evaluate => "evaluate",
            Self::Announce => "announce",
            Self::Audit => "audit",
            Self::Question => "question",
        }
    }
}

impl Record {
    /// A permitted look by `caller` at `time`; the other fields are added by the builder methods.
    pub fn permitted(action: Action, caller: &Caller, time: Timestamp) -> Self {
        Self { caller: Some(caller.clone()), action, ..Self::unread(time) }
    }

    /// A question at `time` that could not be read, was not the peer's own, or came too often.
    pub fn unread(time: Timestamp) -> Self {
        Self::by_node(Action::Question, time)
    }

    /// What the node does at `time` by itself, on nobody's order.
    pub fn by_node(action: Action, time: Timestamp) -> Self {
        Self {
            time,
            caller: None,
            peer: None,
            action,
            about: Vec::new(),
            referrals: Vec::new(),
            patients: Vec::new(),
            because: None,
            denied: None,
            policy: POLICY.to_owned(),
            nonce: None,
            question: None,
        }
    }

    /// A look that was denied for `reason`.
    #[must_use]
    pub fn denied(mut self, reason: Reason) -> Self {
        self.denied = Some(reason);
        self
    }

    /// The same, at or for another organisation.
    #[must_use]
    pub fn with_peer(mut self, peer: OrganisationNumber) -> Self {
        self.peer = Some(peer);
        self
    }

    /// The same, about a document of which nothing is known here.
    #[must_use]
    pub fn about(mut self, document: DocumentId) -> Self {
        self.about.push(About { document, patient: None });
        self
    }

    /// The same, about the document of a manifest and its patient.
    #[must_use]
    pub fn of(mut self, manifest: &Manifest) -> Self {
        self.about
            .push(About { document: manifest.document, patient: Some(manifest.patient.clone()) });
        self
    }

    /// The same, about a referral and its patient.
    #[must_use]
    pub fn of_referral(mut self, referral: ReferralName, patient: &Identifier) -> Self {
        self.referrals.push(AboutReferral { referral, patient: patient.clone() });
        self
    }

    /// The same, about a patient under this identifier.
    #[must_use]
    pub fn of_patient(mut self, patient: &Identifier) -> Self {
        self.patients.push(patient.clone());
        self
    }

    /// The same, for this reason.
    #[must_use]
    pub fn because(mut self, reason: &Text<256>) -> Self {
        self.because = Some(reason.clone());
        self
    }

    /// The same, asked by a signed question.
    #[must_use]
    pub fn asked_by(mut self, question: &str, nonce: Nonce) -> Self {
        self.question = Some(question.to_owned());
        self.nonce = Some(nonce);
        self
    }
}
