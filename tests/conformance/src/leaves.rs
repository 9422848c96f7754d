//! Leaves by rule, and the hash of every complete subtree above them, held in memory.

use std::convert::Infallible;

use budstikke_protocol::log::tree::{Frontier, Nodes, TreeHash};

use crate::definition;

/// Entry `i` of a log by rule: `entry ` and the number in decimal.
pub fn entry(i: usize) -> Vec<u8> {
    format!("entry {i}").into_bytes()
}

/// The leaf hashes of the first `count` entries by rule.
pub fn leaves(count: usize) -> Vec<TreeHash> {
    (0..count).map(|i| definition::leaf(&entry(i))).collect()
}

/// The hashes of complete subtrees, by level and index, as an appended log tells them.
#[derive(Default)]
pub struct InMemory {
    levels: Vec<Vec<TreeHash>>,
}

impl InMemory {
    /// Appends all of `leaves` to an empty log.
    pub fn of(leaves: &[TreeHash]) -> Self {
        let (mut nodes, mut frontier) = (Self::default(), Frontier::default());
        for leaf in leaves {
            frontier
                .append_each(*leaf, |level, index, hash| nodes.take(level, index, hash))
                .unwrap();
        }
        nodes
    }

    fn take(&mut self, level: u8, index: u64, hash: &TreeHash) {
        let level = usize::from(level);
        if self.levels.len() == level {
            self.levels.push(Vec::new());
        }
        assert_eq!(u64::try_from(self.levels[level].len()).unwrap(), index);
        self.levels[level].push(*hash);
    }

    /// The hashes of a level, from the left.
    pub fn level(&self, level: usize) -> &[TreeHash] {
        self.levels.get(level).map_or(&[], Vec::as_slice)
    }
}

impl Nodes for InMemory {
    type Error = Infallible;

    fn node(&self, level: u8, index: u64) -> Result<TreeHash, Infallible> {
        Ok(self.levels[usize::from(level)][usize::try_from(index).unwrap()])
    }
}
