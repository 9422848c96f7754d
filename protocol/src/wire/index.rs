//! `/budstikke/index/1`: what is here, and what is known of the logs?
//!
//! A question about documents is signed, because it concerns patients: it asks for those that are shared with the asking
//! organisation by name, or for the receipt of one that it may read. The others concern nobody. They are about the logs of members,
//! and whoever is let in may ask them; only the receipt of an event is for the other side of its referral alone.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

use super::as_text;
use super::codec::Message;
use super::refusal::Refusal;
use crate::ids::{DocumentId, OrganisationNumber, ReferralId};
use crate::limits::{LIST_BYTES_MAX, QUESTION_BYTES_MAX};
use crate::log::origin::Origin;

/// The protocol's name.
pub const PROTOCOL: &str = "/budstikke/index/1";

/// A question about the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndexQuestion {
    /// Asks for one page of a list: a signed question that asks to `list`.
    List(String),
    /// Asks a witness for its cosignature: the body of `add-checkpoint` in C2SP `tlog-witness`.
    Cosign(String),
    /// Asks for the newest checkpoint of a log that the node knows.
    #[serde(with = "as_text")]
    Checkpoint(Origin),
    /// Asks a log for the proof that a tree of it begins with an earlier one.
    Consistency {
        /// Which log, that of the node itself.
        #[serde(with = "as_text")]
        origin: Origin,
        /// The size of the earlier tree.
        from: u64,
        /// The size of the later one.
        to: u64,
    },
    /// Hands on a fork proof, so that everybody knows of it.
    Fork(String),
    /// Asks for the receipt of a document: a signed question that asks to `read` it.
    Receipt(String),
    /// Asks for the receipt of an event that the node has said in a referral; for the other side of that.
    Event(EventQuestion),
}

/// An event of the node that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventQuestion {
    /// Who began the referral.
    pub referrer: OrganisationNumber,
    /// Its id.
    pub referral: ReferralId,
    /// The place of the event in the chain of the node that is asked.
    pub number: u32,
}

/// Answers an [`IndexQuestion`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndexAnswer {
    /// One page.
    List {
        /// Manifests, compact JWS, by ascending document id.
        manifests: Vec<String>,
        /// How many documents belong on this page but cannot be read at present; the answer is then a partial one.
        unreadable: u64,
        /// The document behind which the next page begins; absent in the last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<DocumentId>,
    },
    /// The signature line of a witness: the head is on its disk.
    Cosigned(String),
    /// The witness does not cosign.
    Declined {
        /// The status of C2SP `tlog-witness`.
        status: u16,
        /// With status 409: the size of the head that it cosigned last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<u64>,
    },
    /// The newest checkpoint: a signed note, with the cosignatures that the node has.
    Checkpoint(String),
    /// The hashes of a consistency proof.
    Consistency(Vec<ByteArray<32>>),
    /// A fork proof is verified and kept, now or before.
    Kept,
    /// The receipt of a document or an event: the text of a C2SP `tlog-proof`, with the salt.
    Receipt(String),
    /// The node knows nothing of that log, or has no tree of that size; what it was handed proves nothing; or it has no receipt
    /// to give.
    Unknown,
    /// No answer.
    Refused(Refusal),
}

impl Message for IndexQuestion {
    const BYTES_MAX: usize = QUESTION_BYTES_MAX;
}

impl Message for IndexAnswer {
    const BYTES_MAX: usize = LIST_BYTES_MAX;
}
