//! The thread that makes the lists of another epoch, behind those that are in use: every label anew, of every patient.
//!
//! Commits go on meanwhile. What they change the writer notes, and computes again when it puts the new lists into use.

use std::collections::BTreeSet;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use budstikke_protocol::index::list::Listed;
use tracing::{error, info, warn};

use super::book::Book;
use super::epoch::Epoch;
use super::error::ListsError;
use super::shared::{Next, SharedLists};
use super::source;
use crate::failure::chain;
use crate::store::index::live::LiveIndex;
use crate::store::index::rows::listing::ReadRows as _;
use crate::store::index::tables::{self, Applied, PatientMac};
use crate::store::journal::Journal;

/// How long until lists are tried again that could not be made.
const AGAIN: Duration = Duration::from_secs(5);

/// The thread. It ends when this is dropped, also in the middle of its work.
#[derive(Debug)]
pub(crate) struct Builder {
    shared: Arc<SharedLists>,
    thread: Option<JoinHandle<()>>,
}

struct Work {
    shared: Arc<SharedLists>,
    journal: Arc<Journal>,
    index: Arc<LiveIndex>,
}

impl Builder {
    /// Starts the thread.
    pub(crate) fn start(
        shared: Arc<SharedLists>,
        journal: Arc<Journal>,
        index: Arc<LiveIndex>,
    ) -> io::Result<Self> {
        let work = Work { shared: Arc::clone(&shared), journal, index };
        let thread = thread::Builder::new().name("lists".to_owned()).spawn(move || work.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        self.shared.close();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            error!("the thread that makes lists has died");
        }
    }
}

impl Work {
    fn run(self) {
        while let Some(epoch) = self.shared.wait_for_making() {
            // sled may panic.
            let made = catch_unwind(AssertUnwindSafe(|| self.make(&epoch)));
            match made {
                Ok(Ok(Some(book))) => {
                    info!(epoch = epoch.number(), "new labels are ready");
                    self.shared.state().next = Next::Made(Box::new(book));
                    self.shared.notify();
                    self.shared.wants_head().send_replace(true);
                }
                Ok(Ok(None)) => {}
                Ok(Err(error)) => self.again(&chain(&error)),
                Err(_) => self.again("the index has panicked"),
            }
        }
    }

    /// Waits before the lists are tried again.
    fn again(&self, reason: &str) {
        warn!(error = reason, "new labels could not be made");
        let deadline = Instant::now().checked_add(AGAIN).unwrap_or_else(Instant::now);
        drop(self.shared.wait_until(deadline, |state| state.is_closed));
    }

    /// Makes the lists; nothing when the thread is to end.
    fn make(&self, epoch: &Arc<Epoch>) -> Result<Option<Book>, ListsError> {
        let index = self.index.get()?;
        let size = index.row::<Applied>(&tables::applied())?.map_or(0, |it| it.log.entries);
        let patients = index.listed_patients()?;
        drop(index);
        info!(epoch = epoch.number(), patients = patients.len(), "new labels are made");
        let mut book = Book::new(Arc::clone(epoch));
        for (done, mac) in (0..).zip(&patients) {
            if !self.tell(done, patients.len()) {
                return Ok(None);
            }
            self.list(&mut book, mac, size)?;
        }
        Ok(Some(book))
    }

    /// Says how far it has come; false when the thread is to end.
    fn tell(&self, made: u64, patients: usize) -> bool {
        let mut state = self.shared.state();
        if let Next::Making { done, of, .. } = &mut state.next {
            (*done, *of) = (made, u64::try_from(patients).ok());
        }
        !state.is_closed
    }

    fn list(&self, book: &mut Book, mac: &PatientMac, size: u64) -> Result<(), ListsError> {
        // The index is not held for long: it may have to be opened anew.
        let index = self.index.get()?;
        let records: Vec<Listed> = index.listed(mac)?.into_keys().collect();
        if records.is_empty() {
            return Ok(());
        }
        let Some(identifier) = source::identifier(&self.journal, &index, mac, &BTreeSet::new())?
        else {
            warn!("a patient has no list, because nothing that names the patient can be read");
            return Ok(());
        };
        let label = book.epoch.label(&identifier)?;
        book.relist((*mac, label), &records, size)?;
        Ok(())
    }
}
