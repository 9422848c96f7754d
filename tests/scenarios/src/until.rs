//! Waiting for a fact that another process makes true.

use std::time::{Duration, Instant};

/// How long a fact may take that has no time of its own, on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long between two looks, so that a wait leaves the processor to those who are waited for.
const PAUSE: Duration = Duration::from_millis(25);

/// Looks again and again until `fact` gives something, and gives it; fails with `what` when that takes longer than `max`.
pub fn until<T>(what: &str, max: Duration, mut fact: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = fact() {
            return found;
        }
        assert!(began.elapsed() < max, "waited {max:?} for {what}");
        std::thread::park_timeout(PAUSE);
    }
}
