//! The index that is in use; it is away while it is built anew.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use super::db::Index;
use super::error::IndexError;

/// The index as those see it who read it.
#[derive(Debug)]
pub(crate) struct LiveIndex {
    path: PathBuf,
    current: RwLock<Option<Arc<Index>>>,
}

impl LiveIndex {
    /// Puts an index into use that lies in this folder.
    pub(crate) fn new(path: PathBuf, index: Index) -> Self {
        Self { path, current: RwLock::new(Some(Arc::new(index))) }
    }

    /// The folder that it lies in.
    pub(crate) fn path(&self) -> &PathBuf {
        &self.path
    }

    /// The index.
    ///
    /// # Errors
    /// [`IndexError::Away`].
    pub(crate) fn get(&self) -> Result<Arc<Index>, IndexError> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().map(Arc::clone).ok_or(IndexError::Away)
    }

    /// Puts an index into use, or none.
    pub(crate) fn put(&self, index: Option<Arc<Index>>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = index;
    }
}
