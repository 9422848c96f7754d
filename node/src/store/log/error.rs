//! Why something of the log cannot be had.

use std::path::PathBuf;

use budstikke_protocol::log::tree::ProveError;
use thiserror::Error;

use crate::store::files::FileError;
use crate::store::index::error::IndexError;
use crate::store::journal::segment::JournalError;

/// Why something of the log cannot be had.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum LogError {
    /// The log does not agree with itself, so nothing of it is signed or proven.
    #[error("the log is stopped: {0}")]
    Stopped(String),
    /// A tile is not what the tiles above it say.
    #[error("the tile {} is damaged", .0.display())]
    Tile(PathBuf),
    /// There is a tile already, and it is another one.
    #[error("the tile {} is that of another log", .0.display())]
    Differs(PathBuf),
    /// The log has disagreed with itself before this start.
    #[error("it had been stopped, so all of it was read again")]
    Doubted,
    /// The tiles hold more entries than the journal.
    #[error("the tiles go further than the journal, which has been put back to an earlier state")]
    Ahead,
    /// The tiles and rows of the log give another root than was signed.
    #[error("tiles and rows give another root than that of the last head")]
    Root,
    /// The index lacks an entry.
    #[error("the index does not have entry {0}")]
    Row(u64),
    /// The entries in the journal are not those whose head was signed.
    #[error("the journal no longer gives the log whose head it holds at byte {offset} of {}", file.display())]
    Lost {
        /// Which file.
        file: PathBuf,
        /// Where.
        offset: u64,
    },
    /// The log has no such entry or tile.
    #[error("the log has nothing there")]
    Outside,
    /// The journal has another head than follows from its entries.
    #[error("the head of the log at byte {offset} of {} does not follow from its entries", file.display())]
    Head {
        /// Which file.
        file: PathBuf,
        /// Where.
        offset: u64,
    },
    /// The operating system said no.
    #[error(transparent)]
    File(#[from] FileError),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The index cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl LogError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Stopped(_)
            | Self::Tile(_)
            | Self::Differs(_)
            | Self::Doubted
            | Self::Ahead
            | Self::Root
            | Self::Row(_)
            | Self::Lost { .. }
            | Self::Head { .. } => {
                "budstikke status says what is damaged; the operator's guide says what to do"
            }
            Self::Outside => "budstikke index status shows how far the log goes",
            Self::File(_) => crate::store::files::DISK_HINT,
            Self::Journal(error) => error.hint(),
            Self::Index(_) => IndexError::HINT,
        }
    }
}

impl From<ProveError<LogError>> for LogError {
    fn from(error: ProveError<LogError>) -> Self {
        match error {
            ProveError::Node(error) => error,
            _ => Self::Outside,
        }
    }
}
