//! The writer: one thread that takes the commits that wait, writes them with one sync, and answers them all.
//!
//! It takes the first and whatever else comes until they are all sealed: under load the groups grow by themselves, and a lone
//! commit waits for nobody. The order is journal, index, answer; so what is acknowledged is durable and visible.
//!
//! Nothing that fails here needs a restart: after a failed write the next commit goes to a new segment, and an index that has
//! failed is opened or built anew before the next one.

use std::fs;
use std::io;
use std::iter;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, warn};

use super::bytes::length;
use super::commit::Order;
use super::documents::name::FileName;
use super::files;
use super::index::db::Index;
use super::index::error::IndexError;
use super::index::live::LiveIndex;
use super::index::rows::{Mode, Rows, RowsError};
use super::journal::Journal;
use super::journal::frame::{FRAME_BYTES_MAX, Frame, Position};
use super::journal::segment::{HEADER_BYTES, JournalError, SEGMENT_BYTES, Segment};
use super::recovery::{OpenError, recover};
use crate::failure::chain;

/// Commits that wait; beyond that, whoever commits waits before its commit does.
const QUEUE: usize = 1024;

/// Bytes of the frames of one group: enough that a sync is cheap for each, little enough to stay in memory.
const GROUP_BYTES: usize = 4 * 1024 * 1024;

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
    /// The store is closed, or its writer has died.
    #[error("the store is closed")]
    Closed,
}

type Answer = oneshot::Sender<Result<(), CommitError>>;

/// What the writer is told.
#[derive(Debug)]
enum Message {
    Commit(Order, Answer),
    Close(Answer),
}

/// The writer as others see it. When it is dropped, what waits is written first.
#[derive(Debug)]
pub(crate) struct Writer {
    /// Taken before the thread is joined, which ends when nobody can send any more.
    queue: Option<mpsc::Sender<Message>>,
    thread: Option<JoinHandle<()>>,
    syncs: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the thread, which makes segment `next` when the first commit comes.
    pub(crate) fn start(
        (journal, index, documents): (Arc<Journal>, Arc<LiveIndex>, PathBuf),
        next: u64,
    ) -> io::Result<Self> {
        let (queue, messages) = mpsc::channel(QUEUE);
        let syncs = Arc::new(AtomicU64::new(0));
        let work = Work {
            journal,
            index,
            documents,
            syncs: Arc::clone(&syncs),
            open: None,
            torn: None,
            has_index_failed: false,
            next,
            frames: Vec::new(),
        };
        let thread =
            thread::Builder::new().name("journal".to_owned()).spawn(move || work.run(messages))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), syncs })
    }

    /// Writes a commit: it is durable and visible when this is good. A call that is given up may still be carried out.
    pub(crate) async fn commit(&self, order: Order) -> Result<(), CommitError> {
        self.tell(|answer| Message::Commit(order, answer)).await
    }

    /// Ends the writer once what was sent before is written.
    pub(crate) async fn close(&self) -> Result<(), CommitError> {
        self.tell(Message::Close).await
    }

    /// How often the journal was synced.
    pub(crate) fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }

    async fn tell(&self, message: impl FnOnce(Answer) -> Message) -> Result<(), CommitError> {
        let queue = self.queue.as_ref().ok_or(CommitError::Closed)?;
        let (answer, answered) = oneshot::channel();
        queue.send(message(answer)).await.ok().ok_or(CommitError::Closed)?;
        answered.await.ok().ok_or(CommitError::Closed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.take();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            error!("the writer of the journal has died");
        }
    }
}

/// The commits that wait, and those that come while others are dealt with; they end when none waits any more.
struct Waiting<'a> {
    first: Option<Message>,
    rest: &'a mut mpsc::Receiver<Message>,
    /// Who wants the writer to end: no commit is taken from then on.
    close: Option<Answer>,
}

impl Iterator for Waiting<'_> {
    type Item = (Order, Answer);

    fn next(&mut self) -> Option<Self::Item> {
        if self.close.is_some() {
            return None;
        }
        match self.first.take().or_else(|| self.rest.try_recv().ok())? {
            Message::Commit(order, answer) => Some((order, answer)),
            Message::Close(answer) => {
                self.close = Some(answer);
                None
            }
        }
    }
}

/// What the thread works with.
struct Work {
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
}

/// The open segment.
#[derive(Clone)]
struct Open {
    segment: Arc<Segment>,
    number: u64,
    /// Up to here it is on the disk.
    bytes: u64,
}

impl Work {
    fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        while let Some(message) = messages.blocking_recv() {
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
        let (mut orders, mut verdicts) = (iter::once(first).chain(waiting), Vec::new());
        if let Err(error) = self.write(&mut orders, &mut verdicts) {
            error!(error = chain(&error), "commits could not be written");
            // When none was tried, all that wait fail together, not each after an attempt of its own.
            if verdicts.is_empty() {
                verdicts.extend(orders.take(QUEUE).map(|(_, answer)| (answer, Ok(()))));
            }
            for (_, verdict) in verdicts.iter_mut().filter(|(_, verdict)| verdict.is_ok()) {
                *verdict = Err(error.clone());
            }
        }
        if verdicts.iter().any(|(_, verdict)| matches!(verdict, Err(CommitError::Index(_)))) {
            self.index.put(None);
        }
        for (answer, verdict) in verdicts {
            tell(answer, verdict);
        }
    }

    /// Writes the commits that fit, and says which do not; an error is that of all the others.
    fn write(
        &mut self,
        orders: &mut impl Iterator<Item = (Order, Answer)>,
        verdicts: &mut Vec<(Answer, Result<(), CommitError>)>,
    ) -> Result<(), CommitError> {
        let index = match self.index.get() {
            Ok(index) if !self.has_index_failed => index,
            held => {
                // sled keeps its lock for as long as somebody has the old one.
                drop(held);
                self.rebuild()?
            }
        };
        let open = self.ready()?;
        let mut rows = Rows::new(&index, Mode::New)?;
        let mut frames = mem::take(&mut self.frames);
        frames.clear();
        while frames.len() < GROUP_BYTES
            && let Some((order, answer)) = orders.next()
        {
            verdicts.push((answer, place(order, &open, &mut rows, &mut frames)));
        }
        let written = if frames.is_empty() { Ok(()) } else { self.append(open, &frames) };
        self.frames = frames;
        written?;
        if self.open.as_ref().is_some_and(|open| rows.erases_in(open.number)) {
            self.open = None;
        }
        match rows.write() {
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
        Ok(())
    }

    /// Opens the index anew and brings it up to the journal, as at a start. Not before the disk takes anything: on a full one
    /// there would be no index at all.
    fn rebuild(&mut self) -> Result<Arc<Index>, CommitError> {
        self.take_back()?;
        files::probe(&self.index.path().with_extension("probe")).map_err(JournalError::from)?;
        self.index.put(None);
        // The last segment may turn out to have no frame.
        self.open = None;
        let recovered = recover(&self.journal, self.index.path(), &|_| ())?;
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
        if let Err(error) = open.segment.append(frames, open.bytes) {
            self.torn = Some(open);
            if let Err(error) = self.take_back() {
                warn!(error = chain(&error), "a segment keeps frames that were not acknowledged");
            }
            return Err(JournalError::from(error).into());
        }
        self.syncs.fetch_add(1, Ordering::Relaxed);
        self.open = Some(Open { bytes: open.bytes.saturating_add(length(frames)), ..open });
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

/// Puts a commit behind the frames of its group, if it fits with what they do.
fn place(
    order: Order,
    open: &Open,
    rows: &mut Rows<'_>,
    frames: &mut Vec<u8>,
) -> Result<(), CommitError> {
    let Order { mut commit, attachments, effects } = order;
    let at = Position { segment: open.number, offset: open.bytes.saturating_add(length(frames)) };
    open.segment.seal(at.offset, &mut commit)?;
    let is_continuing = !frames.is_empty();
    let frame = Frame { sealed: &commit, attachments: &attachments, is_continuing };
    if frame.bytes() > FRAME_BYTES_MAX {
        return Err(CommitError::TooLarge);
    }
    rows.apply(&effects, at)?;
    frame.write(frames);
    Ok(())
}

/// Whoever gave up waiting needs no answer.
fn tell(answer: Answer, verdict: Result<(), CommitError>) {
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

impl From<RowsError> for CommitError {
    fn from(error: RowsError) -> Self {
        match error {
            RowsError::Moved => Self::Moved,
            RowsError::Index(error) => Self::Index(error),
        }
    }
}
