//! The thread of the writer.

use std::fs;
use std::io;
use std::iter;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use budstikke_protocol::log::tree::Frontier;
use tokio::sync::mpsc;
use tracing::{error, warn};

use super::gathering::Gathering;
use super::group::{Group, Open};
use super::message::{Answer, CommitError, Message, Task, Waiting, tell};
use crate::failure::chain;
use crate::store::bytes::length;
use crate::store::documents::name::FileName;
use crate::store::files;
use crate::store::index::db::Index;
use crate::store::index::draft::Rows;
use crate::store::index::error::IndexError;
use crate::store::index::live::LiveIndex;
use crate::store::index::mode::Mode;
use crate::store::journal::Journal;
use crate::store::journal::segment::{HEADER_BYTES, JournalError, SEGMENT_BYTES};
use crate::store::lists::file::ListsFile;
use crate::store::lists::keeper::Keeper;
use crate::store::lists::shared::SharedLists;
use crate::store::log::shared::Shared;
use crate::store::log::synced::{Stretch, Synced};
use crate::store::recovery::recover;

/// Commits that wait; beyond that, whoever commits waits before its commit does.
pub(crate) const QUEUE: usize = 1024;

/// Bytes of the frames of one group: enough that a sync is cheap for each, little enough to stay in memory.
const GROUP_BYTES: usize = 4 * 1024 * 1024;

/// What the thread works with.
pub(crate) struct Work {
    journal: Arc<Journal>,
    index: Arc<LiveIndex>,
    documents: PathBuf,
    syncs: Arc<AtomicU64>,
    /// The segment that takes the next frame; none before the first commit and after a failure.
    open: Option<Open>,
    /// The segment in which a write has failed and could not be taken back. None is made behind it: only at the end of the
    /// journal may stand what nobody was promised.
    torn: Option<Open>,
    /// Whether the database under the index took no more. What it did not take is found in memory meanwhile, so it stays in use
    /// until it can be opened anew.
    has_index_failed: bool,
    /// The number of the segment after that.
    next: u64,
    /// Memory for the frames of a group.
    frames: Vec<u8>,
    gathering: Gathering,
    /// The right edge of the log, up to what is on the disk.
    frontier: Frontier,
    log: Arc<Shared>,
    synced: Arc<Synced>,
    keeper: Keeper,
}

impl Work {
    /// The work at the start.
    pub(crate) fn new(
        (journal, index, documents): (Arc<Journal>, Arc<LiveIndex>, PathBuf),
        (log, synced, lists): (Arc<Shared>, Arc<Synced>, (Arc<SharedLists>, ListsFile)),
        syncs: Arc<AtomicU64>,
        next: u64,
    ) -> Self {
        let (open, torn, frames, gathering) = Default::default();
        let keeper = Keeper::new(lists, Arc::clone(&journal));
        let (has_index_failed, frontier) = (false, log.tail().edge.frontier().clone());
        Self {
            journal,
            index,
            documents,
            syncs,
            open,
            torn,
            has_index_failed,
            next,
            frames,
            gathering,
            frontier,
            log,
            synced,
            keeper,
        }
    }

    /// Takes what comes until it is told to end, or nobody can tell it anything any more.
    pub(crate) fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        while let Some(message) = messages.blocking_recv() {
            self.gathering.wait(&messages);
            let mut waiting = Waiting { first: Some(message), rest: &mut messages, close: None };
            // sled may panic; the answers are dropped then, which is an answer too.
            if catch_unwind(AssertUnwindSafe(|| self.group(&mut waiting))).is_err() {
                error!("the index has panicked");
                self.index.put(None);
            }
            if let Some(answer) = waiting.close {
                tell(answer, self.flush().map_err(CommitError::from));
                return;
            }
        }
        if let Err(error) = self.flush() {
            warn!(error = chain(&error), "the index could not be flushed");
        }
    }

    fn flush(&self) -> Result<(), IndexError> {
        self.index.get()?.flush()
    }

    /// Writes a group of commits and answers each.
    fn group(&mut self, waiting: &mut Waiting<'_>) {
        let Some(first) = waiting.next() else { return };
        let (mut tasks, mut verdicts) = (iter::once(first).chain(waiting), Vec::new());
        if let Err(error) = self.write(&mut tasks, &mut verdicts) {
            error!(error = chain(&error), "commits could not be written");
            // When none was tried, all that wait fail together, not each after an attempt of its own.
            if verdicts.is_empty() {
                verdicts.extend(tasks.take(QUEUE).map(|(_, answer)| (answer, Ok(()))));
            }
            for (_, verdict) in verdicts.iter_mut().filter(|(_, verdict)| verdict.is_ok()) {
                *verdict = Err(error.clone());
            }
        }
        if verdicts.iter().any(|(_, verdict)| matches!(verdict, Err(CommitError::Index(_)))) {
            self.index.put(None);
        }
        self.gathering.answered(verdicts.len());
        for (answer, verdict) in verdicts {
            tell(answer, verdict);
        }
    }

    /// Writes the commits that fit, and says which do not; an error is that of all the others.
    fn write(
        &mut self,
        tasks: &mut impl Iterator<Item = (Task, Answer)>,
        verdicts: &mut Vec<(Answer, Result<(), CommitError>)>,
    ) -> Result<(), CommitError> {
        let index = self.usable_index()?;
        let open = self.ready()?;
        let mut rows = Rows::new(&index, Mode::New, self.log.tiled())?;
        let mut frames = mem::take(&mut self.frames);
        frames.clear();
        self.keeper.begin_group();
        let mut group = Group {
            open: &open,
            rows: &mut rows,
            frames: &mut frames,
            frontier: self.frontier.clone(),
            log: &self.log,
            index: &index,
            keeper: &mut self.keeper,
            head: None,
        };
        while group.frames.len() < GROUP_BYTES
            && let Some((task, answer)) = tasks.next()
        {
            let placed = match task {
                Task::Commit(order) => group.commit(order),
                Task::Checkpoint(time_ms) => group.head(time_ms),
                Task::News(order) => group.news(&order),
                Task::Forget => group.forget(),
            };
            verdicts.push((answer, placed));
        }
        let (frontier, head) = (group.frontier, group.head);
        self.keeper.write(head);
        let written = if frames.is_empty() { Ok(()) } else { self.append(open, &frames) };
        self.frames = frames;
        if written.is_err() {
            self.keeper.take_back();
        }
        written?;
        self.frontier = frontier;
        if self.open.as_ref().is_some_and(|open| rows.erases_in(open.number)) {
            self.open = None;
        }
        let tiled = rows.tiled(self.log.tiled());
        match tiled.and_then(|()| Ok(rows.write()?)) {
            Ok(released) => {
                for file in released {
                    self.release(file);
                }
            }
            Err(error) => {
                warn!(error = chain(&error), "the index has failed");
                self.has_index_failed = true;
            }
        }
        if let Some(head) = head {
            self.keeper.settle(head);
        }
        Ok(())
    }

    /// The index, opened anew when it has failed.
    fn usable_index(&mut self) -> Result<Arc<Index>, CommitError> {
        match self.index.get() {
            Ok(index) if !self.has_index_failed => Ok(index),
            held => {
                // sled keeps its lock for as long as somebody has the old one.
                drop(held);
                self.rebuild()
            }
        }
    }

    /// Opens the index anew and brings it up to the journal, as at a start. Not before the disk takes anything: on a full one
    /// there would be no index at all.
    fn rebuild(&mut self) -> Result<Arc<Index>, CommitError> {
        self.take_back()?;
        files::probe(&self.index.path().with_extension("probe")).map_err(JournalError::from)?;
        self.index.put(None);
        // The last segment may turn out to have no frame.
        self.open = None;
        let recovered = recover(&self.journal, self.index.path(), &self.log.files, &|_| ())?;
        recovered.report.lines().iter().for_each(|line| warn!("{line}"));
        self.next = recovered.next;
        self.has_index_failed = false;
        let index = Arc::new(recovered.index);
        self.index.put(Some(Arc::clone(&index)));
        Ok(index)
    }

    /// The segment that takes the next frame.
    fn ready(&mut self) -> Result<Open, CommitError> {
        if let Some(open) = self.open.as_ref().filter(|open| open.bytes < SEGMENT_BYTES) {
            return Ok(open.clone());
        }
        self.take_back()?;
        let number = self.next;
        let created = self.journal.create(number);
        // A file that was begun but could not be removed again keeps its number.
        if created.is_ok() || self.journal.path(number).exists() {
            self.next = number.saturating_add(1);
        }
        let open = Open { segment: created?, number, bytes: HEADER_BYTES };
        self.open = Some(open.clone());
        Ok(open)
    }

    /// Appends frames durably, or leaves the segment as it was and never writes to it again: after a failed sync the kernel
    /// may hold pages for clean that are not on the disk, and a second sync would call them safe.
    fn append(&mut self, open: Open, frames: &[u8]) -> Result<(), CommitError> {
        self.open = None;
        let began = Instant::now();
        if let Err(error) = open.segment.append(frames, open.bytes) {
            self.torn = Some(open);
            if let Err(error) = self.take_back() {
                warn!(error = chain(&error), "a segment keeps frames that were not acknowledged");
            }
            return Err(JournalError::from(error).into());
        }
        self.gathering.synced(began.elapsed());
        self.syncs.fetch_add(1, Ordering::Relaxed);
        let to = open.bytes.saturating_add(length(frames));
        self.synced.add(Stretch { segment: open.number, from: open.bytes, to });
        self.open = Some(Open { bytes: to, ..open });
        Ok(())
    }

    /// Takes back what was written and not acknowledged. A segment without any frame goes, so that a disk that stays full
    /// does not fill with them; its number is free for one with another salt.
    fn take_back(&mut self) -> Result<(), JournalError> {
        let Some(torn) = &self.torn else { return Ok(()) };
        if torn.bytes > HEADER_BYTES {
            torn.segment.cut(torn.bytes)?;
        } else {
            self.journal.remove(torn.number)?;
            self.next = torn.number;
        }
        self.torn = None;
        Ok(())
    }

    /// Removes a file that no commit names any more. One that stays is removed at the next start.
    fn release(&self, file: FileName) {
        if let Err(error) = fs::remove_file(file.path(&self.documents))
            && error.kind() != io::ErrorKind::NotFound
        {
            warn!(%error, "a document file that is no longer needed stays behind");
        }
    }
}
