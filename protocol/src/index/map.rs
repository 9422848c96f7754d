//! The map: a Merkle Patricia tree from keys of 32 bytes to values of 32 bytes, with one root for one content.
//!
//! Bit 0 is the highest of the first byte. A tree of one pair is a leaf; one of more is an inner node that names the first bit
//! in which its keys differ. A verifier goes where the bits of *its own* key lead, so a root gives one answer for each key,
//! whoever made the tree. The format is that of `rsc.io/tmp/mpt`.

mod node;
mod proof;
mod tree;

pub use node::{MapKey, MapValue, is_root_of_nothing};
pub use proof::{MAP_PROOF_BYTES_MAX, MapProofError, verify_absence, verify_presence};
pub use tree::Map;

#[cfg(test)]
mod tests;
