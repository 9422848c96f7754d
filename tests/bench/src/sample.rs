//! Measured values, and what is said of them.

use serde::Serialize;

/// Values of one thing that was measured at least once, in the order in which they were.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Sample(Vec<f64>);

impl Sample {
    /// Adds a value.
    pub(crate) fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The value that half of the others lie below.
    pub(crate) fn median(&self) -> f64 {
        self.quarter(2)
    }

    /// The value below which so many quarters of the others lie: 0 for the least, 4 for the most.
    pub(crate) fn quarter(&self, quarters: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[((sorted.len() - 1) * quarters + 2) / 4]
    }

    /// The value below which so many hundredths of the others lie.
    pub(crate) fn hundredth(&self, hundredths: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[((sorted.len() - 1) * hundredths).div_ceil(100)]
    }

    /// This over `other`, round by round: both were measured in the same ones.
    pub(crate) fn over(&self, other: &Self) -> Self {
        assert_eq!(self.count(), other.count(), "they were not measured in the same rounds");
        self.0.iter().zip(&other.0).map(|(ours, theirs)| ours / theirs).collect()
    }
}

impl FromIterator<f64> for Sample {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}
