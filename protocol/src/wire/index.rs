//! `/budstikke/index/1`: what is here, and what is known of the logs?
//!
//! A question about documents is signed, because it concerns patients: it asks for those that are shared with the asking
//! organisation by name, for the records of a label, or for the receipt of a document that it may read. A blind one is signed too, though
//! nobody who is asked learns of whom. The others concern nobody. They are about the logs of members,
//! and whoever is let in may ask them; only the receipt of an event is for the other side of its referral alone.

mod find;

use budstikke_keys::note::NOTE_BYTES_MAX;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

use super::as_text;
use super::codec::Message;
use super::refusal::Refusal;
use crate::ids::{DocumentId, OrganisationNumber, ReferralId};
use crate::index::list_proof::LIST_PROOF_BYTES_MAX;
use crate::limits::{
    BLIND_BYTES_MAX, INDEX_ANSWER_BYTES_MAX, INDEX_QUESTION_BYTES_MAX, LIST_PAGE_MAX,
    PRESENCE_PART_MAX, STATEMENT_BYTES_MAX,
};
use crate::log::origin::Origin;
use crate::log::receipt::RECEIPT_BYTES_MAX;
use crate::log::tree::PROOF_MAX;
pub use find::{Announcement, RecordsAnswer, STATE_BYTES, Shown, StateAnswer, StateQuestion};

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
    /// Asks how the index of the node stands.
    State(StateQuestion),
    /// Has elements evaluated of which the node does not see what they stand for: a signed blind question.
    Blind(String),
    /// Asks for the records of a label: a signed question that asks for its `records`.
    Records(String),
    /// Tells of a document that is shared with the node that is asked, by name.
    Announce(Announcement),
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
    /// How the index stands.
    State(Box<StateAnswer>),
    /// What has become of a batch.
    Blind {
        /// An element for each one asked, in the order of the question.
        evaluated: Vec<ByteArray<32>>,
        /// That all were made with the key of the STATE.
        proof: ByteArray<64>,
    },
    /// The epoch of the question is over: the index stands otherwise, and labels of before lead nowhere.
    Epoch {
        /// The one that is now.
        epoch: u32,
    },
    /// The records of a label.
    Records(Box<RecordsAnswer>),
    /// What was announced is verified and kept, now or before.
    Announced,
    /// No answer.
    Refused(Refusal),
}

/// A blind question, and an announcement, fit.
const _: () = assert!(
    INDEX_QUESTION_BYTES_MAX >= BLIND_BYTES_MAX + 64
        && INDEX_QUESTION_BYTES_MAX >= RECEIPT_BYTES_MAX + 2 * STATEMENT_BYTES_MAX + 64
);

/// A page behind the longest proof fits, and a part of a presence file.
const _: () = assert!(
    INDEX_ANSWER_BYTES_MAX
        >= LIST_PAGE_MAX * (STATEMENT_BYTES_MAX + 96) + LIST_PROOF_BYTES_MAX + NOTE_BYTES_MAX + 256
        && INDEX_ANSWER_BYTES_MAX >= PRESENCE_PART_MAX + NOTE_BYTES_MAX + 2 * PROOF_MAX * 34 + 512
);

impl Message for IndexQuestion {
    const BYTES_MAX: usize = INDEX_QUESTION_BYTES_MAX;
}

impl Message for IndexAnswer {
    const BYTES_MAX: usize = INDEX_ANSWER_BYTES_MAX;
}
