//! Why an index cannot be used.

use thiserror::Error;

use super::bundle::NotABundle;

/// Why the index cannot be used.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum IndexError {
    /// sled says no.
    #[error("the index cannot be used")]
    Sled(#[from] sled::Error),
    /// sled panicked.
    #[error("the index is damaged")]
    Panicked,
    /// A row is not one that this version writes.
    #[error("a row of the index cannot be read")]
    Row,
    /// Rows are missing, or there are more than there should be.
    #[error("the index does not hold as many rows as was noted")]
    Count,
    /// The journal does not hold what the index says was applied last.
    #[error("the index goes further than the journal")]
    Ahead,
    /// What was damaged or missing in the journal when the index was built is there again.
    #[error("the journal holds again what it did not when the index was built")]
    Behind,
    /// It has failed, and is built anew with the next commit.
    #[error("the index has failed and is built anew")]
    Away,
    /// Another version wrote it.
    #[error("the index is one of another version")]
    Version,
}

impl IndexError {
    /// What to do about any of them.
    pub(crate) const HINT: &str =
        "look at the space on the disk; the index is built anew as soon as it can be";
}

impl From<NotABundle> for IndexError {
    fn from(_: NotABundle) -> Self {
        Self::Row
    }
}
