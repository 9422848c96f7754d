//! Commitments: what a log says of a statement without saying which, until the salt is shown.
//!
//! A log is for ever, a patient's right to erasure too: whoever destroys salt and row leaves 32 bytes that lead nowhere.

use std::fmt;

use budstikke_keys::digest::Sha256Digest;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// SHA-256 over the length of `tag` in one byte, `tag`, and `parts` one after another. Every part has a fixed length, or
/// its length stands before it: then no two lists of parts are the same bytes.
///
/// Tags are constants of at most 255 bytes; what is beyond would not be hashed.
pub fn tagged(tag: &'static str, parts: &[&[u8]]) -> Sha256Digest {
    let length = u8::try_from(tag.len()).unwrap_or(u8::MAX);
    let mut hash = Sha256::new();
    hash.update([length]);
    hash.update(tag.as_bytes().get(..usize::from(length)).unwrap_or_default());
    for part in parts {
        hash.update(part);
    }
    Sha256Digest::from_bytes(hash.finalize().into())
}

/// Thirty-two random bytes that hide what a [`Commitment`] is to. Never shown, wiped when dropped.
pub struct Salt(Zeroizing<[u8; 32]>);

impl Salt {
    /// Takes 32 bytes that nobody can guess.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The bytes themselves, for the store and for evidence.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(..)")
    }
}

/// What a record says of the signed bytes of a statement.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commitment(Sha256Digest);

impl Commitment {
    /// The commitment to a statement, `signed` being SHA-256 of its signed bytes: `budstikke/record/v1`.
    pub fn to(signed: Sha256Digest, salt: &Salt) -> Self {
        Self(tagged("budstikke/record/v1", &[salt.bytes(), signed.as_bytes()]))
    }

    /// Takes a commitment that was computed elsewhere.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Sha256Digest::from_bytes(bytes))
    }

    /// The 32 bytes of the commitment.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Whether it is to the statement whose signed bytes have the digest `signed`.
    pub fn is_to(&self, signed: Sha256Digest, salt: &Salt) -> bool {
        *self == Self::to(signed, salt)
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Commitment({self})")
    }
}

#[cfg(test)]
mod tests;
