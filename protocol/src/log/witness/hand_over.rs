//! From where a new witness of a log begins.

use thiserror::Error;

use crate::log::checkpoint::SignedCheckpoint;
use crate::log::policy::Policy;
use crate::log::tree::TreeHead;

/// Why a head is not handed over to a witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HandOverError {
    /// The witness has cosigned this log before, and goes on from there.
    #[error("the witness has cosigned this log before")]
    HasLast,
    /// A quorum of the witnesses before has not cosigned it.
    #[error("the checkpoint is not cosigned by a quorum of the witnesses before")]
    NoQuorum,
}

/// Decides from where a new witness of a log begins: the head that it holds as its last, of the last checkpoint that was
/// cosigned under the roster before.
///
/// # Errors
/// [`HandOverError`].
pub fn hand_over(
    last: Option<TreeHead>,
    checkpoint: &SignedCheckpoint,
    before: &Policy,
) -> Result<TreeHead, HandOverError> {
    if last.is_some() {
        return Err(HandOverError::HasLast);
    }
    match before.witnessed(checkpoint) {
        Ok(Some(_)) => Ok(*checkpoint.head()),
        Ok(None) | Err(_) => Err(HandOverError::NoQuorum),
    }
}
