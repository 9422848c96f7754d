//! The thread of the log: reads back what the writer has brought to the disk, and makes entries, tiles and heads of it.
//!
//! It looks at nothing but the bytes of the journal. So a head that it finds right was computed twice: from memory by the
//! writer, and here from the disk.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use budstikke_protocol::log::entry::Entry;
use tracing::{error, warn};

use super::edge::Edge;
use super::error::LogError;
use super::head::Head;
use super::shared::Shared;
use super::synced::{Next, Stretch, Synced};
use super::tiles::Durability;
use crate::failure::chain;
use crate::store::journal::Journal;
use crate::store::journal::frame::Position;
use crate::store::kept::{Kept, KeptFrame};

/// How long full tiles may wait to be written together: each write is several syncs, which compete with those of the journal.
const TILES_WAIT: Duration = Duration::from_secs(1);

/// Full tiles that may wait: a mebibyte. With more the thread reads on only once they are written.
const TILES_MAX: usize = 128;

/// The thread. It ends when this is dropped, with all that was written before.
#[derive(Debug)]
pub(crate) struct Follower {
    synced: Arc<Synced>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread works with.
struct Work {
    journal: Arc<Journal>,
    shared: Arc<Shared>,
    synced: Arc<Synced>,
    /// Since when a full tile waits.
    waits_since: Option<Instant>,
}

impl Follower {
    /// Starts the thread, which reads what comes behind the edge of the log.
    pub(crate) fn start(
        journal: Arc<Journal>,
        shared: Arc<Shared>,
        synced: Arc<Synced>,
    ) -> io::Result<Self> {
        let waits_since = (!shared.tail().pending.is_empty()).then(Instant::now);
        let work = Work { journal, shared, synced: Arc::clone(&synced), waits_since };
        let thread = thread::Builder::new().name("log".to_owned()).spawn(move || work.run())?;
        Ok(Self { synced, thread: Some(thread) })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.synced.close();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            error!("the thread of the log has died");
        }
    }
}

impl Work {
    fn run(mut self) {
        loop {
            match self.synced.next(TILES_WAIT) {
                Next::Frames(stretch) => self.read(stretch),
                Next::Nothing => {}
                Next::End => break,
            }
            self.write_in_time();
        }
        self.write();
    }

    /// Reads frames back, unless the log is stopped.
    fn read(&mut self, stretch: Stretch) {
        if self.shared.stopped().is_some() {
            return;
        }
        let followed = catch_unwind(AssertUnwindSafe(|| self.follow(stretch)));
        match followed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.shared.doubt(chain(&error)),
            Err(_) => self.shared.doubt("its thread has panicked".to_owned()),
        }
        let entries = self.shared.tail().edge.size();
        self.shared.set_entries(entries);
    }

    fn follow(&mut self, stretch: Stretch) -> Result<(), LogError> {
        let Stretch { segment, from, to } = stretch;
        let mut at = Position { segment, offset: from };
        while at.offset < to {
            let (commit, behind) = self.journal.commit_and_end(at)?;
            let frame = KeptFrame::decode(&commit).ok().ok_or_else(|| self.journal.newer(at))?;
            match frame {
                KeptFrame::Commit(kept) => self.commit(&kept)?,
                KeptFrame::Head(head) => self.head(head, at)?,
                KeptFrame::News(_) => {}
            }
            at.offset = behind;
            while self.shared.tail().pending.len() > TILES_MAX && !self.write() {
                thread::park_timeout(TILES_WAIT);
                if self.synced.is_closed() || self.shared.stopped().is_some() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Appends the entries of a commit.
    fn commit(&mut self, kept: &Kept) -> Result<(), LogError> {
        kept.entries().try_for_each(|entry| self.append(&entry))
    }

    /// Appends the entries of a head, and gives it out when its root is the one that follows.
    fn head(&mut self, head: Head, at: Position) -> Result<(), LogError> {
        let records = self.shared.tail().edge.records();
        head.entries(records).try_for_each(|entry| self.append(&entry))?;
        if !is_head_of(&head, &self.shared.tail().edge) {
            let file = self.journal.path(at.segment);
            return Err(LogError::Head { file, offset: at.offset });
        }
        self.shared.give_out(head);
        Ok(())
    }

    fn append(&mut self, entry: &Entry) -> Result<(), LogError> {
        let tail = &mut *self.shared.tail_mut();
        tail.edge.append(entry, &mut tail.pending).ok().ok_or(LogError::Outside)?;
        if !tail.pending.is_empty() {
            self.waits_since.get_or_insert_with(Instant::now);
        }
        Ok(())
    }

    fn write_in_time(&mut self) {
        if self.waits_since.is_some_and(|since| since.elapsed() >= TILES_WAIT) {
            self.write();
        }
    }

    /// Writes the full tiles that wait, and says whether none is left. What the disk refuses is tried again.
    fn write(&mut self) -> bool {
        let pending = self.shared.tail().pending.clone();
        if pending.is_empty() {
            return true;
        }
        match self.shared.files.write(&pending, Durability::Each) {
            Ok(()) => {
                let mut tail = self.shared.tail_mut();
                tail.pending.drain(..pending.len());
                self.shared.set_tiled(tail.edge.size() & !0xff);
                self.waits_since = None;
                true
            }
            Err(LogError::File(error)) => {
                warn!(error = chain(&error), "tiles of the log could not be written");
                self.waits_since = Some(Instant::now());
                false
            }
            Err(error) => {
                self.shared.doubt(chain(&error));
                false
            }
        }
    }
}

/// Whether a head is that of the log up to this edge.
pub(crate) fn is_head_of(head: &Head, edge: &Edge) -> bool {
    edge.head() == head.tree()
}
