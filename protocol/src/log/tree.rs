//! The Merkle tree of RFC 6962 section 2.1 over SHA-256: leaves, nodes, roots, proofs, and the right edge that grows.
//!
//! A tree of n entries is made of complete subtrees, one for each bit of n that is set, the largest to the left. The
//! hashes of these are all that is needed to append and to compute the root: the [`Frontier`]. Whoever holds the hash of
//! every complete subtree ([`Nodes`]) can make every proof; whoever checks one needs nothing but the heads.

mod frontier;
mod hash;
mod proof;
mod prove;
mod subtree;

pub use frontier::{Frontier, Full, NotAFrontier};
pub use hash::{NotATreeHash, SIZE_END, TreeHash, TreeHead, leaf_hash, node_hash};
pub use proof::{PROOF_MAX, ProofError, verify_consistency, verify_inclusion, verify_subtree};
pub use prove::{Nodes, ProveError, prove_consistency, prove_inclusion, prove_subtree, root_of};
pub use subtree::Subtree;

#[cfg(test)]
mod tests;
