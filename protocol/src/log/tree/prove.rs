//! Makes proofs of the hashes of complete subtrees.

use thiserror::Error;

use super::hash::{SIZE_END, TreeHash, join};
use super::subtree::Subtree;

/// The hashes of the complete subtrees of a tree, wherever they are kept.
pub trait Nodes {
    /// Why one cannot be had.
    type Error: std::error::Error + 'static;

    /// The hash of the complete subtree of 2^`level` leaves from `index` · 2^`level` on.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    fn node(&self, level: u8, index: u64) -> Result<TreeHash, Self::Error>;
}

/// Why there is no proof.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProveError<E: std::error::Error + 'static> {
    /// What is to be proven lies outside the tree, or there is no such tree.
    #[error("what is to be proven lies outside the tree")]
    OutOfRange,
    /// A hash cannot be had.
    #[error("a hash of the tree cannot be had")]
    Node(#[source] E),
}

/// The root of the tree of the first `size` entries.
///
/// # Errors
/// Those of `nodes`.
pub fn root_of<N: Nodes>(nodes: &N, size: u64) -> Result<TreeHash, N::Error> {
    root(nodes, 0, size)
}

/// Proves that the leaf at `index` is in the tree of the first `size` entries: the hashes beside its way to the root.
///
/// # Errors
/// [`ProveError`].
pub fn prove_inclusion<N: Nodes>(
    nodes: &N,
    index: u64,
    size: u64,
) -> Result<Vec<TreeHash>, ProveError<N::Error>> {
    prove_subtree(nodes, Subtree { level: 0, index }, size)
}

/// Proves that a complete subtree is in the tree of the first `size` entries.
///
/// # Errors
/// [`ProveError`].
pub fn prove_subtree<N: Nodes>(
    nodes: &N,
    subtree: Subtree,
    size: u64,
) -> Result<Vec<TreeHash>, ProveError<N::Error>> {
    let (Some(start), Some(end)) =
        (subtree.start(), subtree.end().filter(|end| *end <= size && size < SIZE_END))
    else {
        return Err(ProveError::OutOfRange);
    };
    let mut proof = Vec::new();
    let mut part = Part { start: 0, end: size };
    while part.start < start || part.end > end {
        let (left, right) = part.halves();
        let (inside, beside) = if start < right.start { (left, right) } else { (right, left) };
        proof.push(root(nodes, beside.start, beside.end).map_err(ProveError::Node)?);
        part = inside;
    }
    proof.reverse();
    Ok(proof)
}

/// Proves that the tree of the first `new` entries begins with that of the first `old`; empty when they are the same.
///
/// # Errors
/// [`ProveError`], also when `old` is 0: there is nothing to prove.
pub fn prove_consistency<N: Nodes>(
    nodes: &N,
    old: u64,
    new: u64,
) -> Result<Vec<TreeHash>, ProveError<N::Error>> {
    if old == 0 || old > new || new >= SIZE_END {
        return Err(ProveError::OutOfRange);
    }
    let mut proof = Vec::new();
    let mut part = Part { start: 0, end: new };
    while part.end != old {
        let (left, right) = part.halves();
        let (inside, beside) = if old <= right.start { (left, right) } else { (right, left) };
        proof.push(root(nodes, beside.start, beside.end).map_err(ProveError::Node)?);
        part = inside;
    }
    // When the way went left all along, what is left is the old tree itself, which the verifier has.
    if part.start > 0 {
        proof.push(root(nodes, part.start, part.end).map_err(ProveError::Node)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Leaves side by side, as RFC 6962 divides a tree: the start is a multiple of the length, rounded up to a power of two.
#[derive(Clone, Copy)]
struct Part {
    start: u64,
    end: u64,
}

impl Part {
    /// Divides more than one leaf at the largest power of two below their number.
    fn halves(self) -> (Self, Self) {
        let length = self.end.saturating_sub(self.start);
        let middle = self.start.saturating_add(length.next_power_of_two() >> 1);
        (Self { start: self.start, end: middle }, Self { start: middle, end: self.end })
    }
}

/// The hash over the leaves from `start` to `end`, a part as RFC 6962 divides a tree.
fn root<N: Nodes>(nodes: &N, start: u64, end: u64) -> Result<TreeHash, N::Error> {
    let mut hashes = Vec::new();
    let mut rest = end.saturating_sub(start);
    // From the right: the smallest complete subtree is the lowest bit of the length.
    let mut right = end;
    while rest != 0 {
        let level = rest.trailing_zeros();
        let index = right.checked_shr(level).unwrap_or(0).saturating_sub(1);
        hashes.push(nodes.node(u8::try_from(level).unwrap_or(u8::MAX), index)?);
        let leaves = 1_u64.checked_shl(level).unwrap_or(0);
        right = right.saturating_sub(leaves);
        rest = rest.saturating_sub(leaves);
    }
    Ok(join(hashes.into_iter()))
}

#[cfg(test)]
mod tests;
