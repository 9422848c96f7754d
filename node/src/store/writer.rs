//! The writer: one thread that takes the commits that wait, writes them with one sync, and answers them all.
//!
//! It takes the first and whatever else comes until they are all sealed, and behind commits that came together it waits a little
//! for as many: under load the groups grow, and a lone commit waits for nobody. The order is journal, index, answer; so what is acknowledged is durable and visible.
//!
//! Nothing that fails here needs a restart: after a failed write the next commit goes to a new segment, and an index that has
//! failed is opened or built anew before the next one.

mod gathering;
mod group;
pub(crate) mod message;
mod work;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, oneshot};
use tracing::error;

use super::commit::Order;
use super::heads::news::NewsOrder;
use super::index::live::LiveIndex;
use super::journal::Journal;
use super::lists::file::ListsFile;
use super::lists::shared::SharedLists;
use super::log::shared::Shared;
use super::log::synced::Synced;
use message::{Answer, CommitError, Message, Task};
use work::{QUEUE, Work};

/// The writer as others see it. When it is dropped, what waits is written first.
#[derive(Debug)]
pub(crate) struct Writer {
    /// Taken before the thread is joined, which ends when nobody can send any more.
    queue: Option<mpsc::Sender<Message>>,
    thread: Option<JoinHandle<()>>,
    syncs: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the thread, which makes segment `next` when the first commit comes, and goes on behind the edge of the log.
    pub(crate) fn start(
        (journal, index, documents): (Arc<Journal>, Arc<LiveIndex>, PathBuf),
        logs: (Arc<Shared>, Arc<Synced>, (Arc<SharedLists>, ListsFile)),
        next: u64,
    ) -> io::Result<Self> {
        let (queue, messages) = mpsc::channel(QUEUE);
        let syncs = Arc::new(AtomicU64::new(0));
        let work = Work::new((journal, index, documents), logs, Arc::clone(&syncs), next);
        let thread =
            thread::Builder::new().name("journal".to_owned()).spawn(move || work.run(messages))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), syncs })
    }

    /// Writes a commit: it is durable and visible when this is good. A call that is given up may still be carried out.
    pub(crate) async fn commit(&self, order: Order) -> Result<(), CommitError> {
        self.tell(|answer| Message::Write(Task::Commit(order), answer)).await
    }

    /// Writes a head of the log, unless there is nothing new in it.
    pub(crate) async fn checkpoint(&self, time_ms: u64) -> Result<(), CommitError> {
        self.tell(|answer| Message::Write(Task::Checkpoint(time_ms), answer)).await
    }

    /// Writes news of a log, unless it no longer fits.
    pub(crate) async fn news(&self, order: NewsOrder) -> Result<(), CommitError> {
        self.tell(|answer| Message::Write(Task::News(order), answer)).await
    }

    /// Takes from the file of the lists what was erased.
    pub(crate) async fn forget(&self) -> Result<(), CommitError> {
        self.tell(|answer| Message::Write(Task::Forget, answer)).await
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
