//! The rows of the table `head`.

use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::heads::news::KeptHead;
use crate::store::journal::frame::Position;

/// What is known of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeadRow {
    /// The first frame that says anything of it.
    pub(crate) first: Position,
    /// What this node cosigned last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cosigned: Option<HeadPlace>,
    /// The largest head that it has seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seen: Option<HeadPlace>,
    /// The accusation that the log has not answered, and since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) accused: Option<(Position, Timestamp)>,
    /// The proof that it has forked, and since when that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) forked: Option<(Position, Timestamp)>,
}

/// A head, and where in the journal its note stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HeadPlace {
    /// Where.
    pub(crate) at: Position,
    /// Size and root.
    pub(crate) head: KeptHead,
    /// When the log or a witness last said that it is the newest.
    pub(crate) time: Timestamp,
}

impl HeadRow {
    /// Nothing is known yet but what `first` is going to say.
    pub(crate) fn new(first: Position) -> Self {
        Self { first, cosigned: None, seen: None, accused: None, forked: None }
    }
}
