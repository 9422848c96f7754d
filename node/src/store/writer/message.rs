//! What the writer is told, and what it answers.

use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::store::commit::Order;
use crate::store::heads::news::NewsOrder;
use crate::store::index::error::IndexError;
use crate::store::index::mode::RowsError;
use crate::store::journal::frame::FRAME_BYTES_MAX;
use crate::store::journal::segment::JournalError;
use crate::store::lists::error::ListsError;
use crate::store::recovery::OpenError;

/// Why a commit was refused. Nothing of it is kept then, unless the error says otherwise.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum CommitError {
    /// Another commit has come first: what this one was decided on no longer holds.
    #[error("the document has been changed by somebody else in the meantime")]
    Moved,
    /// The commit has more bytes than a frame holds.
    #[error("the commit has more than {FRAME_BYTES_MAX} bytes")]
    TooLarge,
    /// It could not be written. The next one is tried in a new segment.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The index has failed, and could not be built anew. What it failed on is in the journal.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The lists could not be made those of a head, so there is none.
    #[error(transparent)]
    Lists(ListsError),
    /// The log does not agree with itself, so no head of it is made.
    #[error("the log is stopped: nothing of it is signed")]
    LogStopped,
    /// The store is closed, or its writer has died.
    #[error("the store is closed")]
    Closed,
}

/// Where the outcome of a task goes.
pub(crate) type Answer = oneshot::Sender<Result<(), CommitError>>;

/// What the writer writes a frame for.
#[derive(Debug)]
pub(crate) enum Task {
    /// What a use case has changed.
    Commit(Order),
    /// A head of the log as it is then, in milliseconds since the Unix epoch.
    Checkpoint(u64),
    /// What was learnt of a log.
    News(NewsOrder),
    /// Nothing: what was erased is to go from the file of the lists.
    Forget,
}

/// What the writer is told.
#[derive(Debug)]
pub(crate) enum Message {
    /// To write.
    Write(Task, Answer),
    /// To end.
    Close(Answer),
}

/// The tasks that wait, and those that come while others are dealt with; they end when none waits any more.
pub(crate) struct Waiting<'a> {
    /// The first.
    pub(crate) first: Option<Message>,
    /// Where the others come from.
    pub(crate) rest: &'a mut mpsc::Receiver<Message>,
    /// Who wants the writer to end: none is taken from then on.
    pub(crate) close: Option<Answer>,
}

impl Iterator for Waiting<'_> {
    type Item = (Task, Answer);

    fn next(&mut self) -> Option<Self::Item> {
        if self.close.is_some() {
            return None;
        }
        match self.first.take().or_else(|| self.rest.try_recv().ok())? {
            Message::Write(task, answer) => Some((task, answer)),
            Message::Close(answer) => {
                self.close = Some(answer);
                None
            }
        }
    }
}

/// Whoever gave up waiting needs no answer.
pub(crate) fn tell(answer: Answer, verdict: Result<(), CommitError>) {
    drop(answer.send(verdict));
}

impl From<OpenError> for CommitError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Journal(error) => Self::Journal(error),
            OpenError::Index(error) => Self::Index(error),
        }
    }
}

impl From<ListsError> for CommitError {
    fn from(error: ListsError) -> Self {
        match error {
            ListsError::Index(error) => Self::Index(error),
            error => Self::Lists(error),
        }
    }
}

impl From<RowsError> for CommitError {
    fn from(error: RowsError) -> Self {
        match error {
            RowsError::Moved => Self::Moved,
            RowsError::Index(error) => Self::Index(error),
        }
    }
}
