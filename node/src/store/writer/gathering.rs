//! How long the writer waits for commits to come together.
//!
//! Whoever was answered together comes again together, more or less: without a wait the first of them has a sync to itself, and so
//! every sync has few. A commit behind one that was alone waits for nobody.

use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::message::Message;

/// How many syncs long the wait is at most: each commit that comes in that time saves one.
const SYNCS: u32 = 2;

/// However long a sync has taken, nobody waits longer than this for others.
const WAIT_MAX: Duration = Duration::from_millis(10);

/// How long between two looks at who has come.
const PAUSE: Duration = Duration::from_micros(50);

/// What the last group was like.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    /// How many were answered together.
    together: usize,
    /// How long they are waited for.
    wait: Duration,
}

impl Gathering {
    /// Notes how many were answered together.
    pub(crate) fn answered(&mut self, together: usize) {
        self.together = together;
    }

    /// Notes how long a sync took.
    pub(crate) fn synced(&mut self, took: Duration) {
        self.wait = took.saturating_mul(SYNCS).min(WAIT_MAX);
    }

    /// Waits until as many wait as were answered last, one of whom was taken already.
    pub(crate) fn wait(&self, waiting: &mpsc::Receiver<Message>) {
        let began = Instant::now();
        while waiting.len().saturating_add(1) < self.together && began.elapsed() < self.wait {
            thread::park_timeout(PAUSE);
        }
    }
}
