//! Which complete subtree is meant.

use super::hash::SIZE_END;

/// A complete subtree: 2^`level` leaves from `index` · 2^`level` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtree {
    /// How many levels it has above the leaves.
    pub level: u8,
    /// Which of its level, from the left.
    pub index: u64,
}

impl Subtree {
    /// Its first leaf; none when no tree reaches so far.
    pub fn start(&self) -> Option<u64> {
        self.leaves_before(self.index)
    }

    /// The leaf behind its last one; none when no tree reaches so far.
    pub fn end(&self) -> Option<u64> {
        self.leaves_before(self.index.checked_add(1)?)
    }

    /// The complete subtrees that a tree of `size` entries is made of, the smallest first, from the right.
    pub fn all_of(size: u64) -> impl Iterator<Item = Self> {
        (0..64_u8).filter_map(move |level| {
            let count = size.checked_shr(u32::from(level))?;
            (count & 1 == 1).then(|| Self { level, index: count.saturating_sub(1) })
        })
    }

    fn leaves_before(self, index: u64) -> Option<u64> {
        let leaves = 1_u64.checked_shl(u32::from(self.level))?;
        index.checked_mul(leaves).filter(|leaves| *leaves < SIZE_END)
    }
}
