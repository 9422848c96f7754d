//! Verifies proofs: that an entry is in a tree, and that one tree is the beginning of another (RFC 9162 section 2.1).

use thiserror::Error;

use super::hash::{SIZE_END, TreeHash, TreeHead, node_hash};
use super::subtree::Subtree;

/// The most hashes of a proof: one for each level of the largest tree.
pub const PROOF_MAX: usize = 63;

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The index, or the size of the older tree, lies outside the tree; or a size is none.
    #[error("the proof is about something outside the tree")]
    OutOfRange,
    /// Every tree continues the empty one, and no proof says more.
    #[error("a proof from an empty tree proves nothing")]
    FromEmpty,
    /// Too many hashes or too few.
    #[error("the proof has the wrong length")]
    Length,
    /// The hashes do not lead to the older root.
    #[error("the proof does not lead to the older root")]
    OldRoot,
    /// The hashes do not lead to the root.
    #[error("the proof does not lead to the root")]
    Root,
}

/// Checks that the leaf at `index` of the tree `head` is `leaf`.
///
/// # Errors
/// [`ProofError`] when `proof` does not show it.
pub fn verify_inclusion(
    leaf: &TreeHash,
    index: u64,
    proof: &[TreeHash],
    head: &TreeHead,
) -> Result<(), ProofError> {
    verify_subtree(Subtree { level: 0, index }, leaf, proof, head)
}

/// Checks that the complete subtree `subtree` of the tree `head` has the hash `hash`.
///
/// # Errors
/// [`ProofError`] when `proof` does not show it.
pub fn verify_subtree(
    subtree: Subtree,
    hash: &TreeHash,
    proof: &[TreeHash],
    head: &TreeHead,
) -> Result<(), ProofError> {
    let is_inside = head.size < SIZE_END && subtree.end().is_some_and(|end| end <= head.size);
    let last = head.size.checked_sub(1).filter(|_| is_inside).ok_or(ProofError::OutOfRange)?;
    let last = last.checked_shr(u32::from(subtree.level)).ok_or(ProofError::OutOfRange)?;
    let mut walk = Walk { at: subtree.index, last };
    let mut root = *hash;
    for other in proof {
        root = match walk.up()? {
            Side::Left => node_hash(other, &root),
            Side::Right => node_hash(&root, other),
        };
    }
    if walk.last != 0 {
        return Err(ProofError::Length);
    }
    if root == head.root { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks that the tree `new` begins with the whole tree `old`.
///
/// From the empty tree nothing can be shown, and it is for the caller to know that nothing was shown.
///
/// # Errors
/// [`ProofError`] when `proof` does not show it.
pub fn verify_consistency(
    old: &TreeHead,
    proof: &[TreeHash],
    new: &TreeHead,
) -> Result<(), ProofError> {
    if old.size > new.size || new.size >= SIZE_END {
        return Err(ProofError::OutOfRange);
    }
    let last_of_old = old.size.checked_sub(1).ok_or(ProofError::FromEmpty)?;
    if old.size == new.size {
        return match proof {
            [] if old.root == new.root => Ok(()),
            [] => Err(ProofError::Root),
            _ => Err(ProofError::Length),
        };
    }
    // The smallest complete subtree at the right edge of the old tree; when that is all of it, the proof leaves it out.
    let is_whole = old.size.is_power_of_two();
    let (first, rest) = if is_whole {
        (&old.root, proof)
    } else {
        proof.split_first().ok_or(ProofError::Length)?
    };
    let levels = last_of_old.trailing_ones();
    let shifted = |number: u64| number.checked_shr(levels).unwrap_or(0);
    let mut walk = Walk { at: shifted(last_of_old), last: shifted(new.size.saturating_sub(1)) };
    let (mut old_root, mut new_root) = (*first, *first);
    for other in rest {
        match walk.up()? {
            Side::Left => {
                old_root = node_hash(other, &old_root);
                new_root = node_hash(other, &new_root);
            }
            Side::Right => new_root = node_hash(&new_root, other),
        }
    }
    if walk.last != 0 {
        return Err(ProofError::Length);
    }
    if old_root != old.root {
        return Err(ProofError::OldRoot);
    }
    if new_root == new.root { Ok(()) } else { Err(ProofError::Root) }
}

/// On which side of the present node the next hash of the proof stands.
enum Side {
    Left,
    Right,
}

/// The way from a node to the root: where it stands in its level, and which is the last of that level.
struct Walk {
    at: u64,
    last: u64,
}

impl Walk {
    /// Goes up until the present node has a brother, and past the two.
    fn up(&mut self) -> Result<Side, ProofError> {
        if self.last == 0 {
            return Err(ProofError::Length);
        }
        let is_right_child = self.at & 1 == 1;
        if !is_right_child && self.at != self.last {
            self.step();
            return Ok(Side::Right);
        }
        // The last of its level has no brother to the right, and goes up unchanged.
        while self.at & 1 == 0 && self.at != 0 {
            self.step();
        }
        self.step();
        Ok(Side::Left)
    }

    fn step(&mut self) {
        self.at >>= 1;
        self.last >>= 1;
    }
}

#[cfg(test)]
mod tests;
