//! The questions that peers have asked: each nonce once, and not too many in a minute.

use std::collections::BTreeMap;
use std::sync::Mutex;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::{Nonce, OrganisationNumber};
use budstikke_protocol::limits::NONCE_KEPT;

/// Seconds of one counting window.
const WINDOW_SECONDS: i64 = 60;

/// What is remembered of questions; the nonces are durable too, in the access records that name them.
#[derive(Debug, Default)]
pub struct Questions {
    state: Mutex<State>,
}

/// Whether a question is dealt with now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is.
    Now,
    /// It is the first that comes too often, to be asked again after so many seconds. It is recorded, and stands for those
    /// that follow: a member that floods must not fill the disk.
    First {
        /// Seconds.
        seconds: u32,
    },
    /// It comes too often, as one before it in this minute did.
    Later {
        /// Seconds.
        seconds: u32,
    },
}

#[derive(Debug, Default)]
struct State {
    nonces: BTreeMap<Nonce, Timestamp>,
    asked: BTreeMap<OrganisationNumber, Window>,
    swept: Option<Timestamp>,
}

#[derive(Debug)]
struct Window {
    began: Timestamp,
    count: u32,
}

impl Questions {
    /// Starts with the nonces of questions asked before this run.
    pub fn new(nonces: impl IntoIterator<Item = (Nonce, Timestamp)>) -> Self {
        let state = State { nonces: nonces.into_iter().collect(), ..State::default() };
        Self { state: Mutex::new(state) }
    }

    /// Uses up a nonce; false when it had been used.
    pub fn is_fresh(&self, nonce: Nonce, now: Timestamp) -> bool {
        self.with(|state| {
            state.sweep(now);
            state.nonces.insert(nonce, now).is_none()
        })
    }

    /// Counts a question of `organisation`, which may ask `limit` in a minute.
    pub fn count(&self, organisation: OrganisationNumber, limit: u32, now: Timestamp) -> Turn {
        self.with(|state| {
            let window = state.asked.entry(organisation).or_insert(Window { began: now, count: 0 });
            let age = now.seconds_since(window.began);
            if !(0..WINDOW_SECONDS).contains(&age) {
                *window = Window { began: now, count: 0 };
            }
            window.count = window.count.saturating_add(1);
            let left = WINDOW_SECONDS.saturating_sub(now.seconds_since(window.began));
            let seconds = u32::try_from(left).unwrap_or(1).max(1);
            match window.count {
                count if count <= limit => Turn::Now,
                count if count == limit.saturating_add(1) => Turn::First { seconds },
                _ => Turn::Later { seconds },
            }
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        // A panic elsewhere leaves whole entries behind, so a poisoned lock is as good as a clean one.
        act(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl State {
    /// Forgets what can no longer be replayed, because a question that old is refused for its time.
    fn sweep(&mut self, now: Timestamp) {
        if self.swept.is_some_and(|at| now.seconds_since(at) < WINDOW_SECONDS) {
            return;
        }
        self.swept = Some(now);
        let oldest = now.minus(NONCE_KEPT);
        self.nonces.retain(|_, used| *used >= oldest);
    }
}

#[cfg(test)]
mod tests;
