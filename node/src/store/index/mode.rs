//! How commits are applied to the index, and why one is not.

use thiserror::Error;

use super::error::IndexError;

/// Why a commit has no place.
#[derive(Debug, Clone, Error)]
pub(crate) enum RowsError {
    /// Another commit has come first: what this one was decided on no longer holds.
    #[error("the document has been changed by somebody else in the meantime")]
    Moved,
    /// The index cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// Whether commits are new or were accepted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They are new: one that does not fit is refused.
    New,
    /// They stand in the journal: each is applied, also where damage has taken one before it.
    Replay,
}
