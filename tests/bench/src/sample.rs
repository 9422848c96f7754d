//! Measured times, and what is said of them.

use std::time::Duration;

use serde::Serialize;

/// Times of one thing that was measured several times.
#[derive(Debug, Default)]
pub(crate) struct Sample(Vec<Duration>);

/// What is said of them, in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    /// How many.
    pub(crate) count: usize,
    /// The shortest.
    pub(crate) least: f64,
    /// A quarter is shorter.
    pub(crate) lower_quartile: f64,
    /// Half is shorter.
    pub(crate) median: f64,
    /// A quarter is longer.
    pub(crate) upper_quartile: f64,
    /// The longest.
    pub(crate) most: f64,
}

impl Sample {
    /// Adds a time.
    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// What is said of at least one time.
    pub(crate) fn summary(mut self) -> Summary {
        self.0.sort();
        let last = self.0.len() - 1;
        let at = |quarter: usize| self.0[(last * quarter + 2) / 4].as_secs_f64() * 1000.0;
        Summary {
            count: self.0.len(),
            least: at(0),
            lower_quartile: at(1),
            median: at(2),
            upper_quartile: at(3),
            most: at(4),
        }
    }
}
