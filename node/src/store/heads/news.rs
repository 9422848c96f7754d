//! What is learnt of a log, as it is made durable.

use budstikke_keys::time::Timestamp;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::tree::{TreeHash, TreeHead};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use zeroize::Zeroizing;

use crate::store::form::{self, NotACommit, VERSION};

/// Something that is learnt of a log.
#[derive(Debug)]
pub enum HeadNews<'a> {
    /// This node is going to cosign a checkpoint.
    Cosigned {
        /// The checkpoint.
        checkpoint: &'a SignedCheckpoint,
        /// What it cosigned last, when it decided so.
        over: Option<TreeHead>,
        /// The time of the cosignature.
        time: Timestamp,
    },
    /// A checkpoint is the largest that this node has seen, and continues the largest before.
    Seen {
        /// The checkpoint.
        checkpoint: &'a SignedCheckpoint,
        /// The largest before, when that was found out.
        over: Option<TreeHead>,
        /// When the log or a witness last said that it is the newest.
        time: Timestamp,
    },
    /// A log is accused of two heads, and has not answered.
    Accused {
        /// Which log.
        origin: &'a Origin,
        /// The accusation.
        accusation: String,
        /// From when on it has time to answer.
        time: Timestamp,
    },
    /// A log has answered the accusation.
    Cleared {
        /// Which log.
        origin: &'a Origin,
        /// When.
        time: Timestamp,
    },
    /// There is proof that a log has forked.
    Forked {
        /// Which log.
        origin: &'a Origin,
        /// The proof.
        proof: String,
        /// When it came here.
        time: Timestamp,
    },
    /// A checkpoint of this organisation's own log is witnessed.
    Witnessed {
        /// The checkpoint, with the cosignatures.
        checkpoint: &'a SignedCheckpoint,
        /// Since when.
        time: Timestamp,
    },
}

/// The same as it stands in the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeptNews {
    /// Whose log.
    pub(crate) origin: String,
    /// When.
    pub(crate) time: Timestamp,
    /// What.
    pub(crate) what: What,
    /// The size and root that it is about; absent where it is about none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) head: Option<KeptHead>,
    /// The note, the proof or the accusation; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
}

/// News as the whole of a frame.
#[derive(Serialize)]
struct Frame<'a> {
    v: u8,
    news: &'a KeptNews,
}

/// What is learnt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum What {
    /// See [`HeadNews::Cosigned`].
    Cosigned,
    /// See [`HeadNews::Seen`].
    Seen,
    /// See [`HeadNews::Accused`].
    Accused,
    /// See [`HeadNews::Cleared`].
    Cleared,
    /// See [`HeadNews::Forked`].
    Forked,
    /// See [`HeadNews::Witnessed`].
    Witnessed,
}

/// Size and root.
pub(crate) type KeptHead = (u64, ByteArray<32>);

/// News on its way to the writer.
#[derive(Debug)]
pub(crate) struct NewsOrder {
    /// What goes into the journal.
    pub(crate) kept: KeptNews,
    /// What must still be known for it to count.
    pub(crate) over: Over,
}

/// What must be known of a log for news of it to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// Whatever is.
    Anything,
    /// The last head of its sort is this; nothing when there is none.
    Last(Option<TreeHead>),
}

impl HeadNews<'_> {
    /// The news as the writer takes it.
    pub(crate) fn into_order(self) -> NewsOrder {
        let of = |checkpoint: &SignedCheckpoint| {
            (checkpoint.checkpoint().origin.to_string(), Some(kept(*checkpoint.head())))
        };
        let (what, (origin, head), time, text, over) = match self {
            Self::Cosigned { checkpoint, over, time } => {
                let text = Some(checkpoint.note().to_string());
                (What::Cosigned, of(checkpoint), time, text, Over::Last(over))
            }
            Self::Seen { checkpoint, over, time } => {
                let text = Some(checkpoint.note().to_string());
                (What::Seen, of(checkpoint), time, text, Over::Last(over))
            }
            Self::Accused { origin, accusation, time } => {
                (What::Accused, (origin.to_string(), None), time, Some(accusation), Over::Anything)
            }
            Self::Cleared { origin, time } => {
                (What::Cleared, (origin.to_string(), None), time, None, Over::Anything)
            }
            Self::Forked { origin, proof, time } => {
                (What::Forked, (origin.to_string(), None), time, Some(proof), Over::Anything)
            }
            Self::Witnessed { checkpoint, time } => {
                let text = Some(checkpoint.note().to_string());
                (What::Witnessed, of(checkpoint), time, text, Over::Anything)
            }
        };
        NewsOrder { kept: KeptNews { origin, time, what, head, text }, over }
    }
}

impl KeptNews {
    /// The bytes of the frame.
    pub(crate) fn encode(&self) -> Result<Zeroizing<Vec<u8>>, NotACommit> {
        form::encode(&Frame { v: VERSION, news: self }, 0)
    }
}

/// A head as it is kept.
fn kept(head: TreeHead) -> KeptHead {
    (head.size, ByteArray::new(*head.root.as_bytes()))
}

/// A head as it was kept.
pub(crate) fn head(kept: &KeptHead) -> TreeHead {
    TreeHead { size: kept.0, root: TreeHash::from_bytes(kept.1.into_array()) }
}
