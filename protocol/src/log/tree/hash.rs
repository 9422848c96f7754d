//! The hashes of the tree: leaf, node, root, and the head that names one.

use std::fmt;
use std::str::FromStr;

use budstikke_keys::note::base64;
use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// The most entries of a tree, exclusive: sizes fit in 63 bits (C2SP `tlog-checkpoint`).
pub const SIZE_END: u64 = 1 << 63;

/// A hash of the tree: of a leaf, a node or the whole. Text: base64, as checkpoints and proofs have it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeHash([u8; 32]);

impl TreeHash {
    /// The root of the tree without entries: SHA-256 of nothing.
    pub const EMPTY: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9,
        0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52,
        0xb8, 0x55,
    ]);

    /// Takes a hash that was computed elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the hash.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        BASE64.encode_display(&self.0).fmt(f)
    }
}

impl fmt::Debug for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TreeHash({self})")
    }
}

/// The text is not 44 characters of base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a hash of the tree is 44 characters of base64")]
pub struct NotATreeHash;

impl FromStr for TreeHash {
    type Err = NotATreeHash;

    fn from_str(text: &str) -> Result<Self, NotATreeHash> {
        if text.len() != BASE64.encode_len(32) {
            return Err(NotATreeHash);
        }
        let bytes = base64::decode(text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(NotATreeHash)
    }
}

/// A size and the root of the tree of that size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// How many entries.
    pub size: u64,
    /// The root.
    pub root: TreeHash,
}

impl TreeHead {
    /// The head of the tree without entries.
    pub const EMPTY: Self = Self { size: 0, root: TreeHash::EMPTY };
}

/// The hash of the leaf that holds `entry`.
pub fn leaf_hash(entry: &[u8]) -> TreeHash {
    TreeHash(Sha256::new().chain_update([0x00]).chain_update(entry).finalize().into())
}

/// The hash of the node above two others.
pub fn node_hash(left: &TreeHash, right: &TreeHash) -> TreeHash {
    TreeHash(
        Sha256::new()
            .chain_update([0x01])
            .chain_update(left.0)
            .chain_update(right.0)
            .finalize()
            .into(),
    )
}

/// The hash over complete subtrees that stand side by side, given from the right, which is the smallest, to the left.
pub(super) fn join(from_the_right: impl Iterator<Item = TreeHash>) -> TreeHash {
    from_the_right.reduce(|right, left| node_hash(&left, &right)).unwrap_or(TreeHash::EMPTY)
}
