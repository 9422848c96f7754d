//! The passing of time: one queue of what happens when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::site::Parcel;

/// Something that happens; a site is named by its place among all of them.
pub(super) enum What {
    Act(usize),
    Crash(usize),
    Restart(usize),
    Commit { site: usize, run: u32 },
    Tick { site: usize, run: u32, peer: usize },
    TimedOut { site: usize, run: u32, peer: usize, flight: u64 },
    Cut(usize, usize),
    Mend(usize, usize),
    Delivery { from: usize, to: usize, flight: u64, parcels: Vec<Parcel> },
    Answer { from: usize, to: usize, flight: u64, parcels: Vec<Parcel> },
    Calm,
}

/// What will happen, by its time in milliseconds; of two things at once the one that was planned first comes first.
#[derive(Default)]
pub(super) struct Plan {
    queue: BinaryHeap<(Reverse<u64>, Reverse<usize>)>,
    planned: Vec<Option<What>>,
}

impl Plan {
    pub(super) fn add(&mut self, at: u64, what: What) {
        self.queue.push((Reverse(at), Reverse(self.planned.len())));
        self.planned.push(Some(what));
    }

    /// The next thing, which is then over.
    pub(super) fn next(&mut self) -> Option<(u64, What)> {
        let (Reverse(at), Reverse(next)) = self.queue.pop()?;
        Some((at, self.planned[next].take()?))
    }

    /// How many things were planned.
    pub(super) fn count(&self) -> usize {
        self.planned.len()
    }
}
