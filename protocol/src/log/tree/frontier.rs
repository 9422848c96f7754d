//! The right edge of a growing tree: all that is needed to append and to compute the root.

use thiserror::Error;

use super::hash::{SIZE_END, TreeHash, TreeHead, join, node_hash};

/// The highest level of a complete subtree, exclusive: one of level 63 would have too many leaves.
const LEVEL_END: usize = 63;

/// The tree has all the entries that a tree can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the tree has all the entries that a tree can have")]
pub struct Full;

/// The hashes do not belong to a tree of this size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a tree of this size has another number of complete subtrees")]
pub struct NotAFrontier;

/// The right edge of a growing tree: its size and the hashes of its complete subtrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// By level; those count whose bit of `size` is set, and the others are empty hashes.
    subtrees: [TreeHash; LEVEL_END],
}

impl Default for Frontier {
    fn default() -> Self {
        Self { size: 0, subtrees: [TreeHash::EMPTY; LEVEL_END] }
    }
}

impl Frontier {
    /// Takes up a tree of `size` entries by the hashes of its complete subtrees, the largest first.
    ///
    /// # Errors
    /// [`NotAFrontier`] when a tree of that size has more or fewer, or there is no such size.
    pub fn restore(size: u64, subtrees: &[TreeHash]) -> Result<Self, NotAFrontier> {
        let wanted = usize::try_from(size.count_ones()).ok();
        if size >= SIZE_END || wanted != Some(subtrees.len()) {
            return Err(NotAFrontier);
        }
        let mut frontier = Self { size, ..Self::default() };
        let places = frontier
            .subtrees
            .iter_mut()
            .zip(bits(size))
            .filter_map(|(place, is_set)| is_set.then_some(place));
        for (place, hash) in places.zip(subtrees.iter().rev()) {
            *place = *hash;
        }
        Ok(frontier)
    }

    /// How many entries the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of the complete subtrees, the largest first.
    pub fn subtrees(&self) -> Vec<TreeHash> {
        let mut found: Vec<_> = self.complete().copied().collect();
        found.reverse();
        found
    }

    /// The root of the tree.
    pub fn root(&self) -> TreeHash {
        join(self.complete().copied())
    }

    /// Size and root.
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }

    /// Appends a leaf.
    ///
    /// # Errors
    /// [`Full`] when no more fits.
    pub fn append(&mut self, leaf: TreeHash) -> Result<(), Full> {
        self.append_each(leaf, |_, _, _| {})
    }

    /// Appends a leaf and tells of it and of every subtree that it completes, from below: the level, the index within that
    /// level, and the hash.
    ///
    /// # Errors
    /// [`Full`] when no more fits; nothing was told then.
    pub fn append_each(
        &mut self,
        leaf: TreeHash,
        mut tell: impl FnMut(u8, u64, &TreeHash),
    ) -> Result<(), Full> {
        let size = self.size.checked_add(1).filter(|size| *size < SIZE_END).ok_or(Full)?;
        let (mut hash, mut index) = (leaf, self.size);
        for (level, place) in (0..).zip(&mut self.subtrees) {
            tell(level, index, &hash);
            if index & 1 == 0 {
                *place = hash;
                break;
            }
            hash = node_hash(place, &hash);
            *place = TreeHash::EMPTY;
            index >>= 1;
        }
        self.size = size;
        Ok(())
    }

    /// The complete subtrees, the smallest first.
    fn complete(&self) -> impl Iterator<Item = &TreeHash> {
        self.subtrees
            .iter()
            .zip(bits(self.size))
            .filter_map(|(hash, is_set)| is_set.then_some(hash))
    }
}

/// The bits of `size` from the lowest.
fn bits(size: u64) -> impl Iterator<Item = bool> {
    std::iter::successors(Some(size), |rest| Some(rest >> 1)).map(|rest| rest & 1 == 1)
}

#[cfg(test)]
mod tests;
