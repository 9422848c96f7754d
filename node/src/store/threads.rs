//! The threads of a store.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::index::live::LiveIndex;
use super::journal::Journal;
use super::lists::build::Builder;
use super::lists::file::ListsFile;
use super::lists::shared::SharedLists;
use super::log::follower::Follower;
use super::log::shared::Shared;
use super::log::synced::Synced;
use super::scrub::{Findings, Scrub};
use super::writer::Writer;

/// The threads of a store, in the order in which they end: what waits is written, then read back.
#[derive(Debug)]
pub(crate) struct Threads {
    /// Writes.
    pub(crate) writer: Writer,
    _follower: Follower,
    _scrub: Scrub,
    _builder: Builder,
}

impl Threads {
    /// Starts them; the next segment of the journal has the number `next`.
    pub(crate) fn start(
        work: impl Fn() -> (Arc<Journal>, Arc<LiveIndex>, PathBuf),
        (log, findings): (Arc<Shared>, Findings),
        (lists, file): (Arc<SharedLists>, ListsFile),
        next: u64,
    ) -> io::Result<Self> {
        let synced = Arc::new(Synced::default());
        let logs = (Arc::clone(&log), Arc::clone(&synced), (Arc::clone(&lists), file));
        let writer = Writer::start(work(), logs, next)?;
        let follower = Follower::start(work().0, Arc::clone(&log), synced)?;
        let scrub = Scrub::start(work(), (findings, log), next)?;
        let (journal, index, _) = work();
        let builder = Builder::start(lists, journal, index)?;
        Ok(Self { writer, _follower: follower, _scrub: scrub, _builder: builder })
    }
}
