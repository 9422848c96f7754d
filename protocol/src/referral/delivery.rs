//! When a delivery to a peer is tried, and what rides in it: a machine without a clock or a network.

use std::cmp::Reverse;
use std::time::Duration;

use budstikke_keys::time::Timestamp;

use crate::limits::{DELIVERY_BYTES_MAX, DELIVERY_THREADS_MAX};

/// The longest wait after the first failure; it doubles with each one after it.
const BACKOFF_FIRST_MS: u64 = 50;

/// The longest wait of all.
const BACKOFF_LAST_MS: u64 = 60 * 60 * 1000;

/// How long something may wait before people are told.
pub const LATE_AFTER: Duration = Duration::from_hours(4);

/// How long something may wait before it is no longer tried by itself.
pub const DEAD_AFTER: Duration = Duration::from_hours(14 * 24);

/// How many of the threads in a delivery are those with the newest work.
const NEWEST_FIRST: usize = 8;

/// The courier to one peer: at most one delivery is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Courier {
    doing: Doing,
    failures: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Doing {
    #[default]
    Idle,
    /// Until a time in milliseconds; `is_patient` when the peer asked for it, so that its appearing changes nothing.
    Waiting { until: u64, is_patient: bool },
    /// A delivery is on its way; `again` when work came after it left.
    InFlight { again: bool },
}

/// What a courier is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// There is something to deliver.
    Work,
    /// The peer is connected anew.
    Appeared,
    /// The delivery that was on its way has come to an end.
    Answered(Outcome),
    /// Time has passed.
    Tick,
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The peer took it, and nothing is left that it could take.
    Done,
    /// The peer took it, and there is more.
    More,
    /// The peer was not reached, did not answer in time, or its answer was of no use.
    Failed,
    /// The peer has no room now, and says when to come again.
    Full {
        /// After how long.
        retry_after: Duration,
    },
}

/// What a courier wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Send what waits, and tell the outcome.
    Send,
    /// Tick at this time, in milliseconds.
    Wake(u64),
    /// Nothing.
    Rest,
}

impl Courier {
    /// Takes an input at `now`, in milliseconds of a clock that never goes back; `random` is drawn anew each time.
    pub fn step(&mut self, input: Input, now: u64, random: u64) -> Output {
        match (input, self.doing) {
            (Input::Work, Doing::Idle) => self.send(),
            (Input::Work, Doing::InFlight { .. }) => {
                self.doing = Doing::InFlight { again: true };
                Output::Rest
            }
            (Input::Appeared, Doing::Waiting { is_patient: false, .. }) => {
                self.failures = 0;
                self.send()
            }
            (Input::Work | Input::Appeared | Input::Tick, Doing::Waiting { until, .. }) => {
                if now >= until { self.send() } else { Output::Wake(until) }
            }
            (Input::Answered(outcome), Doing::InFlight { again }) => {
                self.ended(outcome, again, now, random)
            }
            (Input::Appeared | Input::Tick, Doing::Idle | Doing::InFlight { .. })
            | (Input::Answered(_), Doing::Idle) => Output::Rest,
            (Input::Answered(_), Doing::Waiting { until, .. }) => Output::Wake(until),
        }
    }

    /// When the next delivery is tried, in milliseconds, while it waits.
    pub fn next_attempt(&self) -> Option<u64> {
        match self.doing {
            Doing::Waiting { until, .. } => Some(until),
            Doing::Idle | Doing::InFlight { .. } => None,
        }
    }

    /// How many deliveries have failed one after another.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    fn ended(&mut self, outcome: Outcome, again: bool, now: u64, random: u64) -> Output {
        match outcome {
            Outcome::Done | Outcome::More => {
                self.failures = 0;
                if again || outcome == Outcome::More {
                    return self.send();
                }
                self.doing = Doing::Idle;
                Output::Rest
            }
            Outcome::Failed => {
                let wait = backoff(self.failures, random);
                self.failures = self.failures.saturating_add(1);
                self.wait(now.saturating_add(wait), false)
            }
            Outcome::Full { retry_after } => {
                let wait = u64::try_from(retry_after.as_millis()).unwrap_or(BACKOFF_LAST_MS);
                let wait = wait.clamp(BACKOFF_FIRST_MS, BACKOFF_LAST_MS);
                self.wait(now.saturating_add(wait), true)
            }
        }
    }

    fn send(&mut self) -> Output {
        self.doing = Doing::InFlight { again: false };
        Output::Send
    }

    fn wait(&mut self, until: u64, is_patient: bool) -> Output {
        self.doing = Doing::Waiting { until, is_patient };
        Output::Wake(until)
    }
}

/// A wait anywhere up to a bound that doubles with each failure, so that peers that failed together do not come back together.
fn backoff(failures: u32, random: u64) -> u64 {
    let bound = 1_u64
        .checked_shl(failures)
        .and_then(|factor| BACKOFF_FIRST_MS.checked_mul(factor))
        .map_or(BACKOFF_LAST_MS, |bound| bound.min(BACKOFF_LAST_MS));
    random.checked_rem(bound).unwrap_or_default().saturating_add(1)
}

/// How long something has waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lateness {
    /// Not long.
    OnTime,
    /// So long that people are told.
    Late,
    /// So long that it is tried only when somebody asks for it.
    Dead,
}

impl Lateness {
    /// What to think of something that waits since `since`.
    pub fn of(since: Timestamp, now: Timestamp) -> Self {
        if now >= since.plus(DEAD_AFTER) {
            Self::Dead
        } else if now >= since.plus(LATE_AFTER) {
            Self::Late
        } else {
            Self::OnTime
        }
    }
}

/// A thread that waits for a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting<T> {
    /// Which.
    pub thread: T,
    /// Since when, in any order that grows with time.
    pub since: u64,
    /// When its last work came, in the same order.
    pub newest: u64,
    /// How many bytes its events have.
    pub bytes: usize,
}

/// Which threads ride in the next delivery, and how many bytes of each: first those with the newest work, so that nothing new
/// waits for a backlog, then the others, the oldest first.
pub fn batch<T: Copy + Ord>(mut waiting: Vec<Waiting<T>>) -> Vec<(T, usize)> {
    waiting.sort_by_key(|thread| (Reverse(thread.newest), thread.thread));
    let mut rest = waiting.split_off(waiting.len().min(NEWEST_FIRST));
    rest.sort_by_key(|thread| (thread.since, thread.thread));
    waiting.append(&mut rest);
    let mut left = DELIVERY_BYTES_MAX;
    let mut riding = Vec::new();
    for thread in waiting.into_iter().take(DELIVERY_THREADS_MAX) {
        if left == 0 {
            break;
        }
        let bytes = thread.bytes.min(left);
        left = left.saturating_sub(bytes);
        riding.push((thread.thread, bytes));
    }
    riding
}

#[cfg(test)]
mod tests;
