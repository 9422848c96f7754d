//! What a node says of its index as a whole: the head of its log with the STATE at its end, and what that is worth.
//!
//! Whoever asks a node holds each of its statements against the last that was verified. What nobody but the node vouches for it could
//! tell others differently, and what is too old it may have been told to forget: an answer says on which of these it rests.

use budstikke_keys::note::{NotTrusted, Note};
use budstikke_keys::time::Timestamp;
use thiserror::Error;

use super::state::{StateError, follows, last_state};
use crate::limits::{HEAD_AGE_MAX, HEAD_AHEAD_MAX};
use crate::log::checkpoint::CheckpointError;
use crate::log::entry::State;
use crate::log::history::History;
use crate::log::origin::Origin;
use crate::log::receipt::Grade;
use crate::log::tree::{ProofError, TreeHash, TreeHead, verify_consistency};

/// Bytes of a STATE.
pub const STATE_BYTES: usize = 142;

/// A statement as somebody shows it: nothing of it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The signed head, with the cosignatures that came with it.
    pub checkpoint: Note,
    /// The STATE at the end of that tree.
    pub state: [u8; STATE_BYTES],
    /// The hashes from it to the root.
    pub path: Vec<TreeHash>,
}

/// A statement that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The head.
    pub head: TreeHead,
    /// The STATE.
    pub state: State,
    /// Who vouches for it.
    pub grade: Grade,
    /// When this was how the index stood: as a quorum of the log's witnesses says, or else the node itself.
    pub as_of: Timestamp,
}

/// Why a statement is not believed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StatedError {
    /// The checkpoint is not one of this log.
    #[error("the checkpoint is refused")]
    Checkpoint(#[from] CheckpointError),
    /// A cosignature of a known witness is bad.
    #[error("the cosignatures are refused")]
    Cosignatures(#[source] NotTrusted),
    /// The STATE is not that of the tree, does not fit itself, or does not follow.
    #[error(transparent)]
    State(#[from] StateError),
    /// The time of the STATE is none.
    #[error("the time of the state is none")]
    Time,
    /// A smaller tree than one that was verified before.
    #[error("the log was longer before")]
    Smaller,
    /// Another tree of the same size: the log has two histories.
    #[error("the log has signed two trees of the same size")]
    Fork,
    /// It is not proven that the tree continues the one that was verified before.
    #[error("the log does not prove that it continues what was verified before")]
    Consistency(#[source] ProofError),
    /// How the index stood too long ago.
    #[error("it is of {as_of}, which is too long ago")]
    Old {
        /// When the index stood so.
        as_of: Timestamp,
    },
    /// Of a time that has not come.
    #[error("it is of {as_of}, which has not come yet")]
    Early {
        /// When the index is said to stand so.
        as_of: Timestamp,
    },
}

impl Statement {
    /// Checks the statement by itself: signed by the log `origin`, whoever of its witnesses has cosigned, and the STATE at the end of that
    /// tree. Whether it is new, and follows what was known, is asked of the [`Stated`].
    ///
    /// # Errors
    /// [`StatedError`].
    pub fn open(&self, origin: &Origin, history: &History<'_>) -> Result<Stated, StatedError> {
        let (checkpoint, log) = history.open(&self.checkpoint, origin)?;
        let head = *checkpoint.head();
        let state = last_state(&self.state, &self.path, &head)?;
        let grade = history.grade(&checkpoint, &log).map_err(StatedError::Cosignatures)?;
        let last = history.last_vouched(&checkpoint, &log).map_err(StatedError::Cosignatures)?;
        let claimed = i64::try_from(state.time_ms / 1000).ok();
        let claimed = claimed.and_then(|seconds| Timestamp::from_unix_seconds(seconds).ok());
        let claimed = claimed.ok_or(StatedError::Time)?;
        let as_of = match grade {
            Grade::Witnessed { since } => last.unwrap_or(since),
            Grade::Promised => claimed,
        };
        Ok(Stated { head, state, grade, as_of })
    }
}

impl Stated {
    /// Checks that this may follow `last`, of which the hashes `consistency` lead here; they are none when nothing was known, or the tree is
    /// the same.
    ///
    /// # Errors
    /// [`StatedError`].
    pub fn follows(&self, last: &Self, consistency: &[TreeHash]) -> Result<(), StatedError> {
        if self.head.size < last.head.size {
            return Err(StatedError::Smaller);
        }
        if self.head.size == last.head.size {
            return if self.head.root == last.head.root { Ok(()) } else { Err(StatedError::Fork) };
        }
        verify_consistency(&last.head, consistency, &self.head)
            .map_err(StatedError::Consistency)?;
        Ok(follows(&last.state, &self.state)?)
    }

    /// Checks that it is of now or little before.
    ///
    /// # Errors
    /// [`StatedError::Old`] or [`StatedError::Early`].
    pub fn is_current(&self, now: Timestamp) -> Result<(), StatedError> {
        let as_of = self.as_of;
        if as_of < now.minus(HEAD_AGE_MAX) {
            Err(StatedError::Old { as_of })
        } else if as_of > now.plus(HEAD_AHEAD_MAX) {
            Err(StatedError::Early { as_of })
        } else {
            Ok(())
        }
    }
}

/// Verifies what a node says of its index now, after what was verified of it before: the one way to a [`Stated`] that an answer may rest on.
///
/// # Errors
/// [`StatedError`].
pub fn verify_state(
    statement: &Statement,
    (origin, history): (&Origin, &History<'_>),
    last: Option<(&Stated, &[TreeHash])>,
    now: Timestamp,
) -> Result<Stated, StatedError> {
    let stated = statement.open(origin, history)?;
    if let Some((last, consistency)) = last {
        stated.follows(last, consistency)?;
    }
    stated.is_current(now)?;
    Ok(stated)
}
