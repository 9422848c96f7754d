//! The signed question: who asks for what, for which purpose, of whom, and when.
//!
//! The asking organisation vouches for the person. The question is evidence: it is stored with the record of its access.

use budstikke_keys::jws::{Claimed, Statement, Verified};
use budstikke_keys::public::PublicKey;
use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::base64url;
use super::reason::Reason;
use crate::document::codes::{Purpose, Role};
use crate::ids::{DocumentId, HprNumber, Nonce, OrganisationNumber};
use crate::index::label::Label;
use crate::limits::QUESTION_TOLERANCE;

/// The payload of a signed question, version 1 of its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Who asks.
    #[serde(flatten)]
    pub caller: Caller,
    /// Who is asked; anybody else refuses it.
    pub audience: OrganisationNumber,
    /// When it was signed.
    pub time: Timestamp,
    /// Different in every question.
    pub nonce: Nonce,
    /// What is asked for.
    pub ask: Ask,
}

impl Statement for Question {
    const TYP: &'static str = "budstikke-question-v1";
}

/// A person who looks, in a role, for a purpose, and the organisation that vouches for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The organisation.
    pub organisation: OrganisationNumber,
    /// The person, by number in the register of health personnel.
    pub person: HprNumber,
    /// The person's role, Volven 9060.
    pub role: Role,
    /// HL7 purpose of use.
    pub purpose: Purpose,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ask {
    /// The bytes and the manifest of one document.
    Read {
        /// Which.
        document: DocumentId,
    },
    /// The manifests of the documents that are shared with the asking organisation by name.
    List {
        /// The last document of the page before this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<DocumentId>,
    },
    /// The records of a patient whose label the asker has found: the proof that they are all, and the manifests that it may read.
    Records {
        /// The label.
        #[serde(with = "base64url")]
        label: Label,
        /// The place in the log of the last record of the page before this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<u64>,
    },
}

/// What the node that is asked knows about the one that asks.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The organisation that is asked.
    pub audience: OrganisationNumber,
    /// The member whose node is connected.
    pub peer: OrganisationNumber,
    /// That member's signing key.
    pub key: PublicKey,
    /// The time.
    pub now: Timestamp,
}

/// What a question says of itself.
pub(super) struct Claim {
    /// Who asks.
    pub(super) organisation: OrganisationNumber,
    /// Who is asked.
    pub(super) audience: OrganisationNumber,
    /// When it was signed.
    pub(super) time: Timestamp,
}

/// Admits a question: signed by the connected peer, for this node, in time. Whether its nonce is fresh, and whether it is
/// permitted, is decided after this.
///
/// # Errors
/// The reason, for the access record.
pub fn admit(question: Claimed<Question>, asked: &Asked) -> Result<Verified<Question>, Reason> {
    let says = |question: &Question| Claim {
        organisation: question.caller.organisation,
        audience: question.audience,
        time: question.time,
    };
    admit_claim(question, says, asked)
}

/// What every kind of question is admitted by.
pub(super) fn admit_claim<T: Statement>(
    question: Claimed<T>,
    says: impl Fn(&T) -> Claim,
    asked: &Asked,
) -> Result<Verified<T>, Reason> {
    let claim = says(question.claimed());
    if claim.organisation != asked.peer {
        return Err(Reason::NotThePeer);
    }
    if claim.audience != asked.audience {
        return Err(Reason::WrongAudience);
    }
    let verified = question.verify(&asked.key).ok().ok_or(Reason::Signature)?;
    let off = asked.now.seconds_since(claim.time).unsigned_abs();
    if off > QUESTION_TOLERANCE.as_secs() { Err(Reason::Clock) } else { Ok(verified) }
}
