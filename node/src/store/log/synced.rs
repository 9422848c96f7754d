//! What the writer has brought to the disk and the log has not read back yet.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Frames of one segment, one behind the other, that are on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// Which segment.
    pub(crate) segment: u64,
    /// The byte at which the first frame starts.
    pub(crate) from: u64,
    /// The byte behind the last.
    pub(crate) to: u64,
}

/// The stretches that wait: one for each segment, because one that goes on where the last one ended becomes part of it.
#[derive(Debug, Default)]
pub(crate) struct Synced {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    stretches: VecDeque<Stretch>,
    is_closed: bool,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Frames to be read.
    Frames(Stretch),
    /// Nothing has come in time.
    Nothing,
    /// Nothing will come any more.
    End,
}

impl Synced {
    /// Adds what was just brought to the disk.
    pub(crate) fn add(&self, stretch: Stretch) {
        let mut waiting = self.waiting();
        match waiting.stretches.back_mut() {
            Some(last) if last.segment == stretch.segment && last.to == stretch.from => {
                last.to = stretch.to;
            }
            Some(_) | None => waiting.stretches.push_back(stretch),
        }
        drop(waiting);
        self.changed.notify_one();
    }

    /// Says that nothing will come any more.
    pub(crate) fn close(&self) {
        self.waiting().is_closed = true;
        self.changed.notify_one();
    }

    /// Whether nothing will come any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.waiting().is_closed
    }

    /// Takes the next stretch, and waits for one.
    pub(crate) fn next(&self, wait: Duration) -> Next {
        let is_idle = |waiting: &mut Waiting| waiting.stretches.is_empty() && !waiting.is_closed;
        let waited = self.changed.wait_timeout_while(self.waiting(), wait, is_idle);
        let (mut waiting, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match waiting.stretches.pop_front() {
            Some(stretch) => Next::Frames(stretch),
            None if waiting.is_closed => Next::End,
            None => Next::Nothing,
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
