//! What the threads of the store know of the lists together.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::log::origin::Origin;
use tokio::sync::watch;

use super::book::Book;
use super::epoch::Epoch;
use super::error::ListsError;

/// What the threads of the store know of the lists together.
pub(crate) struct SharedLists {
    storage: SymmetricKey,
    origin: Origin,
    state: Mutex<State>,
    /// The keys of the epoch that the newest head has; commits do not wait for the lists to compute a label.
    current: RwLock<Option<Arc<Epoch>>>,
    changed: Condvar,
    /// Whether lists wait for a head, though nothing may have been logged.
    wants_head: watch::Sender<bool>,
}

/// The lists, and those that are being made for another epoch.
#[derive(Default)]
pub(crate) struct State {
    /// The lists; nothing while they are lost.
    pub(crate) book: Option<Book>,
    /// Those of the next epoch.
    pub(crate) next: Next,
    /// Whether a head has changed them that is not on the disk yet.
    pub(crate) is_staged: bool,
    /// Whether the threads end.
    pub(crate) is_closed: bool,
}

/// The lists of the next epoch.
#[derive(Default)]
pub(crate) enum Next {
    /// There is none yet.
    #[default]
    Nothing,
    /// It is wanted, or being made: so many of so many patients are done.
    Making {
        /// The epoch.
        epoch: Arc<Epoch>,
        /// How many are done.
        done: u64,
        /// How many there are; nothing before they were counted.
        of: Option<u64>,
    },
    /// They are there, as of when they were made, and wait for a head.
    Made(Box<Book>),
}

impl SharedLists {
    /// No lists yet, of this log.
    pub(crate) fn new(storage: &SymmetricKey, origin: Origin) -> Self {
        Self {
            storage: SymmetricKey::from_bytes(storage.bytes()),
            origin,
            state: Mutex::default(),
            current: RwLock::default(),
            changed: Condvar::new(),
            wants_head: watch::Sender::new(false),
        }
    }

    /// The log whose lists they are.
    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The lists.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that something has changed.
    pub(crate) fn notify(&self) {
        self.changed.notify_all();
    }

    /// Waits until `is_it`, or the deadline has come.
    pub(crate) fn wait_until(
        &self,
        deadline: Instant,
        mut is_it: impl FnMut(&State) -> bool,
    ) -> MutexGuard<'_, State> {
        let wait = deadline.saturating_duration_since(Instant::now());
        let waited = self.changed.wait_timeout_while(self.state(), wait, |state| !is_it(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits for lists to make; nothing when the threads end.
    pub(crate) fn wait_for_making(&self) -> Option<Arc<Epoch>> {
        let idle =
            |state: &mut State| !state.is_closed && !matches!(state.next, Next::Making { .. });
        let waited = self.changed.wait_while(self.state(), idle);
        let state = waited.unwrap_or_else(PoisonError::into_inner);
        match &state.next {
            Next::Making { epoch, .. } if !state.is_closed => Some(Arc::clone(epoch)),
            _ => None,
        }
    }

    /// The keys of an epoch.
    pub(crate) fn epoch(&self, number: u32) -> Result<Arc<Epoch>, ListsError> {
        Ok(Arc::new(Epoch::new(&self.storage, &self.origin, number)?))
    }

    /// The keys of the epoch that it is.
    pub(crate) fn current(&self) -> Option<Arc<Epoch>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says which epoch it is.
    pub(crate) fn set_current(&self, epoch: Arc<Epoch>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(epoch);
    }

    /// Puts the lists into use that the last head has.
    pub(crate) fn begin_with(&self, book: Book) {
        self.set_current(Arc::clone(&book.epoch));
        self.state().book = Some(book);
    }

    /// Has the lists of this epoch made, unless some are being made.
    pub(crate) fn want(&self, number: u32) -> Result<(), ListsError> {
        let epoch = self.epoch(number)?;
        let mut state = self.state();
        if matches!(state.next, Next::Nothing) {
            state.next = Next::Making { epoch, done: 0, of: None };
        }
        drop(state);
        self.notify();
        Ok(())
    }

    /// Whether lists wait for a head, though nothing may have been logged.
    pub(crate) fn wants_head(&self) -> &watch::Sender<bool> {
        &self.wants_head
    }

    /// Has the threads end.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
        self.notify();
    }
}

/// Shows nothing of keys and lists.
impl fmt::Debug for SharedLists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedLists").finish_non_exhaustive()
    }
}
