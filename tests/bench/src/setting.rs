//! The setting of a run: how much is measured, with which program, and where its files lie.

use budstikke_scenarios::program::Program;

/// Where results go, unless told otherwise, and homes that are worth keeping.
pub(crate) const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/bench");

/// What every benchmark is handed.
#[derive(Debug)]
pub(crate) struct Setting {
    /// The node and the commands.
    pub(crate) program: Program,
    /// How much is measured.
    pub(crate) extent: Extent,
}

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Enough for numbers that mean something.
    Full,
    /// As little as shows that every benchmark still runs.
    Quick,
}

impl Setting {
    /// `full`, or the least when it is to be quick.
    pub(crate) fn rounds(&self, full: usize) -> usize {
        self.least(full, 2)
    }

    /// `full`, or `quick` when it is to be quick.
    pub(crate) fn least(&self, full: usize, quick: usize) -> usize {
        match self.extent {
            Extent::Full => full,
            Extent::Quick => quick,
        }
    }
}
