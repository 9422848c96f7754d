//! What the threads of the store know of the log together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;

use budstikke_protocol::log::tile::Tile;
use tokio::sync::watch;
use tracing::{error, warn};

use super::edge::{Edge, FullTile};
use super::head::Head;
use super::tiles::TileFiles;
use crate::failure::chain;
use crate::store::report::Report;

/// What the threads of the store know of the log together.
#[derive(Debug)]
pub(crate) struct Shared {
    /// The full tiles.
    pub(crate) files: TileFiles,
    tail: RwLock<Tail>,
    /// The newest head that the journal and what was read back agree on: it may be signed.
    head: watch::Sender<Option<Head>>,
    /// How many entries were read back.
    entries: watch::Sender<u64>,
    /// How many entries stand in full tiles on the disk.
    tiled: AtomicU64,
    findings: Arc<Mutex<Report>>,
    /// How many entries the newest head has that was given out, for whoever waits for it outside of any task.
    given: Mutex<u64>,
    given_out: Condvar,
}

/// What of the log is in memory.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    /// The tiles that are not full.
    pub(crate) edge: Edge,
    /// The full ones that are not on the disk yet.
    pub(crate) pending: Vec<FullTile>,
}

impl Shared {
    /// A log of this tail and this head, which has been checked against it. So many of its entries are known to stand in files.
    pub(crate) fn new(
        (files, tiled): (TileFiles, u64),
        tail: Tail,
        head: Option<Head>,
        findings: Arc<Mutex<Report>>,
    ) -> Self {
        let entries = tail.edge.size();
        let tiled = files.count(tiled >> 8) << 8;
        Self {
            files,
            tail: RwLock::new(tail),
            head: watch::Sender::new(head),
            entries: watch::Sender::new(entries),
            tiled: AtomicU64::new(tiled),
            findings,
            given: Mutex::new(head.map_or(0, |head| head.size)),
            given_out: Condvar::new(),
        }
    }

    /// What is in memory.
    pub(crate) fn tail(&self) -> RwLockReadGuard<'_, Tail> {
        self.tail.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, to be changed.
    pub(crate) fn tail_mut(&self) -> RwLockWriteGuard<'_, Tail> {
        self.tail.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest head that may be signed.
    pub(crate) fn head(&self) -> watch::Receiver<Option<Head>> {
        self.head.subscribe()
    }

    /// Gives a head out to be signed.
    pub(crate) fn give_out(&self, head: Head) {
        self.head.send_replace(Some(head));
        *self.given.lock().unwrap_or_else(PoisonError::into_inner) = head.size;
        self.given_out.notify_all();
    }

    /// Waits until a head of so many entries was given out; false when none was by then.
    pub(crate) fn wait_for_head(&self, size: u64, deadline: Instant) -> bool {
        let wait = deadline.saturating_duration_since(Instant::now());
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.given_out.wait_timeout_while(given, wait, |given| *given < size);
        *waited.unwrap_or_else(PoisonError::into_inner).0 >= size
    }

    /// How many entries were read back.
    pub(crate) fn entries(&self) -> watch::Receiver<u64> {
        self.entries.subscribe()
    }

    /// Says how many entries were read back.
    pub(crate) fn set_entries(&self, entries: u64) {
        self.entries.send_replace(entries);
    }

    /// How many entries stand in full tiles on the disk.
    pub(crate) fn tiled(&self) -> u64 {
        self.tiled.load(Ordering::Acquire)
    }

    /// Says so.
    pub(crate) fn set_tiled(&self, entries: u64) {
        self.tiled.store(entries, Ordering::Release);
    }

    /// Why nothing is signed any more; nothing while all is well.
    pub(crate) fn stopped(&self) -> Option<String> {
        let findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        findings.stopped()
    }

    /// Stops the log because it disagrees with itself: nothing of it is signed from now on, and at the next start not before all of
    /// the journal was read again.
    pub(crate) fn doubt(&self, reason: String) {
        // One that was stopped at its start is found wrong again at the next.
        if self.stop(reason.clone())
            && let Err(error) = self.files.doubt(&reason)
        {
            warn!(error = chain(&error), "the next start will not know that the log was stopped");
        }
    }

    /// Stops the log: nothing of it is signed from now on. False when it was stopped before.
    pub(crate) fn stop(&self, reason: String) -> bool {
        let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = findings.log_stopped.is_none();
        if is_new {
            error!(reason, "the log is stopped: nothing of it is signed any more");
            findings.log_stopped = Some(reason);
        }
        is_new
    }
}

impl Tail {
    /// The bytes of a tile that is in memory, at least as wide as it is asked for.
    pub(crate) fn tile(&self, tile: Tile) -> Option<Vec<u8>> {
        let is_it =
            |full: &&FullTile| (full.tile.kind(), full.tile.index()) == (tile.kind(), tile.index());
        let full = || self.pending.iter().find(is_it).map(|full| full.bytes.clone());
        self.edge.tile(tile).or_else(full)
    }
}
