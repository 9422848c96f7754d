//! Where a store lies.

use std::path::PathBuf;

/// The folders of a store.
#[derive(Debug, Clone)]
pub struct Places {
    /// The journal: truth.
    pub journal: PathBuf,
    /// The documents: truth.
    pub documents: PathBuf,
    /// The index: derived from the journal.
    pub db: PathBuf,
    /// The full tiles of the log: derived from the journal.
    pub tiles: PathBuf,
    /// The file of the lists: derived from the journal.
    pub lists: PathBuf,
}
