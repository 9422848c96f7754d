//! Why the store did not do what it was asked to, and what a person does about it.

use std::path::{Path, PathBuf};

use thiserror::Error;

use super::commit::OrderError;
use super::documents::source::DocumentError;
use super::files::{self, FileError};
use super::index::error::IndexError;
use super::journal::segment::JournalError;
use super::lists::error::ListsError;
use super::log::error::LogError;
use super::recovery::OpenError;
use super::writer::message::CommitError;
use crate::failure::Failure;

/// Why the store did not do what it was asked to.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process works on this store.
    #[error("another budstikke is running on {}", .0.display())]
    InUse(PathBuf),
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The operating system said no.
    #[error(transparent)]
    File(#[from] FileError),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The index cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A document cannot be written or read.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A commit was refused.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Nothing can be said of the lists.
    #[error(transparent)]
    Lists(#[from] ListsError),
    /// It has been erased since it was looked up.
    #[error("the document has been erased")]
    Erased,
    /// The permit is for something else.
    #[error("the permit does not cover this")]
    NotPermitted,
}

impl StoreError {
    /// Why there is no order for the writer.
    pub(crate) fn order(error: OrderError, documents: &Path) -> Self {
        match error {
            OrderError::Form(_) => CommitError::TooLarge.into(),
            OrderError::Salt(error) => FileError::on("draw a salt for", documents)(error).into(),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        use StoreError::{
            Commit, Document, Erased, File, InUse, Index, Journal, Lists, Log, NotPermitted, Open,
        };
        let hint = match &error {
            InUse(_) => "stop the other one first, or use another --home",
            File(_) => files::DISK_HINT,
            Journal(error)
            | Open(OpenError::Journal(error))
            | Commit(CommitError::Journal(error)) => error.hint(),
            Index(_) | Open(OpenError::Index(_)) | Commit(CommitError::Index(_)) => {
                IndexError::HINT
            }
            Document(error) => error.hint(),
            Log(error) => error.hint(),
            Commit(CommitError::Moved) => "look at the document as it is now, and try again",
            Commit(CommitError::TooLarge) => "name fewer documents at once",
            Commit(CommitError::Lists(_)) | Lists(_) => "budstikke status says how the lists stand",
            Commit(CommitError::LogStopped) => "budstikke status says what is damaged",
            Commit(CommitError::Closed) => "the node is stopping; start it and try again",
            Erased => "budstikke access list shows who has erased it",
            NotPermitted => "this is a fault of the program; please report it",
        };
        Self::of(&error, hint)
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        StoreError::from(error).into()
    }
}

impl From<DocumentError> for Failure {
    fn from(error: DocumentError) -> Self {
        StoreError::from(error).into()
    }
}
