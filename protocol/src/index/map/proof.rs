//! Proofs of the map: total on any bytes.

use budstikke_keys::digest::Sha256Digest;
use thiserror::Error;

use super::node::{MapKey, MapValue, empty, inner_hash, is_set, leaf_hash};

/// Bytes of a step: the bit of an inner node, and the hash of its other side.
const STEP_BYTES: usize = 33;

/// The most bytes of a proof: another pair, and a step for each bit.
pub const MAP_PROOF_BYTES_MAX: usize = 64 + 256 * STEP_BYTES;

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MapProofError {
    /// Not whole steps, or more than there are bits.
    #[error("the proof is cut short or too long")]
    Length,
    /// The bits do not become smaller on the way up.
    #[error("the nodes of the proof are not in order")]
    Order,
    /// An absence is shown by the pair of the key itself.
    #[error("the key is there")]
    Present,
    /// The pair that is shown does not stand where the key would.
    #[error("the pair of the proof does not stand in the place of the key")]
    Elsewhere,
    /// The proof leads to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// Checks that the map with this root has `key` with `value`.
///
/// # Errors
/// [`MapProofError`].
pub fn verify_presence(
    root: &Sha256Digest,
    key: &MapKey,
    value: &MapValue,
    proof: &[u8],
) -> Result<(), MapProofError> {
    climb(root, (key, value), key, proof)
}

/// Checks that the map with this root does not have `key`.
///
/// # Errors
/// [`MapProofError`].
pub fn verify_absence(
    root: &Sha256Digest,
    key: &MapKey,
    proof: &[u8],
) -> Result<(), MapProofError> {
    if proof.is_empty() {
        return if *root == empty() { Ok(()) } else { Err(MapProofError::Root) };
    }
    let (near, rest) = proof.split_first_chunk::<32>().ok_or(MapProofError::Length)?;
    let (value, path) = rest.split_first_chunk::<32>().ok_or(MapProofError::Length)?;
    if near == key {
        return Err(MapProofError::Present);
    }
    climb(root, (near, value), key, path)
}

/// Climbs from a pair to the root, at each node to the side on which `key` would be.
fn climb(
    root: &Sha256Digest,
    (near, value): (&MapKey, &MapValue),
    key: &MapKey,
    path: &[u8],
) -> Result<(), MapProofError> {
    let (steps, rest) = path.as_chunks::<STEP_BYTES>();
    if !rest.is_empty() || steps.len() > 256 {
        return Err(MapProofError::Length);
    }
    let mut hash = leaf_hash(near, value);
    let mut below = 256;
    for [bit, other @ ..] in steps {
        if u16::from(*bit) >= below {
            return Err(MapProofError::Order);
        }
        below = u16::from(*bit);
        if is_set(key, *bit) != is_set(near, *bit) {
            return Err(MapProofError::Elsewhere);
        }
        let other = Sha256Digest::from_bytes(*other);
        hash = if is_set(key, *bit) {
            inner_hash(*bit, &other, &hash)
        } else {
            inner_hash(*bit, &hash, &other)
        };
    }
    if hash == *root { Ok(()) } else { Err(MapProofError::Root) }
}
