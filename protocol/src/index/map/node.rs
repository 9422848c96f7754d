//! What the hashes of the map are over.

use budstikke_keys::digest::Sha256Digest;
use sha2::{Digest as _, Sha256};

/// A key.
pub type MapKey = [u8; 32];

/// A value.
pub type MapValue = [u8; 32];

/// The root of the map without pairs: SHA-256 of nothing.
pub(super) fn empty() -> Sha256Digest {
    Sha256Digest::of(b"")
}

/// Whether this is the root of the map without pairs; no other map has it.
pub fn is_root_of_nothing(root: &Sha256Digest) -> bool {
    *root == empty()
}

/// The hash of a leaf, over 64 bytes.
pub(super) fn leaf_hash(key: &MapKey, value: &MapValue) -> Sha256Digest {
    Sha256Digest::from_bytes(Sha256::new().chain_update(key).chain_update(value).finalize().into())
}

/// The hash of an inner node, over 65 bytes: the length alone tells it from a leaf.
pub(super) fn inner_hash(bit: u8, left: &Sha256Digest, right: &Sha256Digest) -> Sha256Digest {
    let hash = Sha256::new().chain_update(left.as_bytes()).chain_update(right.as_bytes());
    Sha256Digest::from_bytes(hash.chain_update([bit]).finalize().into())
}

/// Whether a bit of a key is set; bit 0 is the highest of the first byte.
pub(super) fn is_set(key: &MapKey, bit: u8) -> bool {
    let byte = key.get(usize::from(bit >> 3)).copied().unwrap_or_default();
    byte & (0x80 >> (bit & 7)) != 0
}

/// The first bit in which two keys differ; none when they are the same.
pub(super) fn first_difference(one: &MapKey, other: &MapKey) -> Option<u8> {
    let differing = one.iter().zip(other).map(|(one, other)| one ^ other);
    let (byte, bits) = differing.enumerate().find(|(_, bits)| *bits != 0)?;
    u8::try_from(byte.checked_mul(8)?).ok()?.checked_add(u8::try_from(bits.leading_zeros()).ok()?)
}
