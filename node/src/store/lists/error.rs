//! Why nothing can be said of the lists.

use budstikke_keys::voprf::VoprfError;
use budstikke_protocol::index::list::ListError;
use thiserror::Error;

use crate::store::index::error::IndexError;
use crate::store::journal::segment::JournalError;
use crate::store::log::error::LogError;

/// Why nothing can be said of the lists.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum ListsError {
    /// They are being made, or no head has them yet.
    #[error("the lists are not ready yet")]
    NotReady,
    /// The question is for another epoch.
    #[error("the epoch of the question is not {current}, which it is now")]
    Epoch {
        /// The epoch that it is.
        current: u32,
    },
    /// The list changes: it is in order again with the next head.
    #[error("the list is being changed")]
    Changing,
    /// There are more records in one list than can be proven, or two are one.
    #[error(transparent)]
    List(#[from] ListError),
    /// A label cannot be computed, or a batch not be evaluated.
    #[error(transparent)]
    Voprf(#[from] VoprfError),
    /// The log cannot be read, or is stopped.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The index cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
}
