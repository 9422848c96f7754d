//! Encryption at rest: a stream of bytes in chunks, each of which can be opened on its own.
//!
//! This is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: *Online
//! Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance*, CRYPTO 2015), in the form that
//! age made common, with ChaCha20-Poly1305 (RFC 8439). The nonce of a chunk is
//!
//! ```text
//! 3 zero bytes ‖ index of the chunk, 8 bytes big-endian ‖ 1 for the last chunk, else 0
//! ```
//!
//! so a chunk that was moved, repeated or left out does not open, and a stream that was cut short
//! has no last chunk. Chunks may be opened in any order: the opener says where in the stream it
//! believes to be.
//!
//! **A key seals one stream, and each index of it once.** Two plaintexts under the same key and
//! nonce would give their difference away. So every file and segment has a key of its own:
//! `storage.derive("…", salt)`, with a salt that is never used again.

use std::fmt;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::error::Unspecified;
use zeroize::Zeroizing;

use crate::secret::SymmetricKey;

/// The plaintext bytes of every chunk but the last: enough that the tag does not count, little
/// enough that a reader may hold one in memory for each open stream. (Also age's choice.)
pub const CHUNK_BYTES: usize = 65_536;

/// What sealing adds to each chunk: the Poly1305 tag.
pub const TAG_BYTES: usize = 16;

/// Whether more chunks follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// More chunks follow this one.
    More,
    /// This chunk ends the stream.
    Final,
}

/// The chunk is not what was sealed: another key, another place in the stream, other associated
/// data, or damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed bytes do not open")]
pub struct Unsealable;

/// The chunk has a length that no chunk of a stream can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the chunk has a length that cannot be sealed")]
pub struct ChunkLength;

/// Seals and opens the chunks of one stream.
pub struct Sealer {
    /// Not ring's form of the key, which is not overwritten when it is dropped; for this cipher it
    /// costs one copy.
    key: Zeroizing<[u8; 32]>,
}

impl Sealer {
    /// Takes the key of this stream.
    pub fn new(key: &SymmetricKey) -> Self {
        Self { key: key.bytes() }
    }

    /// Seals the chunk in `buffer` in place and appends its tag.
    ///
    /// `aad` is not stored, but must be the same when the chunk is opened.
    ///
    /// # Errors
    ///
    /// [`ChunkLength`] when more chunks are to follow and this one is not of [`CHUNK_BYTES`]: a
    /// reader computes from the index where a chunk starts. The last chunk has any length; what is
    /// small is sealed as one last chunk.
    pub fn seal(
        &self,
        index: u64,
        last: Last,
        aad: &[u8],
        buffer: &mut Vec<u8>,
    ) -> Result<(), ChunkLength> {
        let length = buffer.len();
        buffer.extend_from_slice(&[0; TAG_BYTES]);
        let sealed = self.seal_where_it_stands(index, last, aad, buffer);
        if sealed.is_err() {
            buffer.truncate(length);
        }
        sealed
    }

    /// Seals the chunk at the beginning of `room`, whose last [`TAG_BYTES`] are for its tag.
    ///
    /// # Errors
    ///
    /// As [`Sealer::seal`], and when there is no room for a tag.
    pub fn seal_where_it_stands(
        &self,
        index: u64,
        last: Last,
        aad: &[u8],
        room: &mut [u8],
    ) -> Result<(), ChunkLength> {
        let (chunk, room_for_tag) = room.split_last_chunk_mut::<TAG_BYTES>().ok_or(ChunkLength)?;
        if last == Last::More && chunk.len() != CHUNK_BYTES {
            return Err(ChunkLength);
        }
        let cipher = self.cipher().ok().ok_or(ChunkLength)?;
        let tag = cipher.seal_in_place_separate_tag(nonce(index, last), Aad::from(aad), chunk);
        *room_for_tag = tag.ok().and_then(|tag| tag.as_ref().try_into().ok()).ok_or(ChunkLength)?;
        Ok(())
    }

    /// Opens the sealed chunk in `buffer` in place and returns the plaintext, which is `buffer`
    /// without the tag.
    ///
    /// # Errors
    ///
    /// [`Unsealable`]; what `buffer` holds then is of no use.
    pub fn open<'b>(
        &self,
        index: u64,
        last: Last,
        aad: &[u8],
        buffer: &'b mut [u8],
    ) -> Result<&'b mut [u8], Unsealable> {
        let cipher = self.cipher().ok().ok_or(Unsealable)?;
        cipher.open_in_place(nonce(index, last), Aad::from(aad), buffer).ok().ok_or(Unsealable)
    }

    fn cipher(&self) -> Result<LessSafeKey, Unspecified> {
        UnboundKey::new(&CHACHA20_POLY1305, self.key.as_slice()).map(LessSafeKey::new)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}

fn nonce(index: u64, last: Last) -> Nonce {
    let last = match last {
        Last::More => 0,
        Last::Final => 1,
    };
    let [_, _, _, _, nonce @ ..] = ((u128::from(index) << 8) | last).to_be_bytes();
    Nonce::assume_unique_for_key(nonce)
}

/// The length of a whole stream of `plain` bytes once sealed, or nothing when no number holds it.
///
/// An empty stream is one empty last chunk, so that it can be told from a stream that was lost.
pub fn sealed_len(plain: u64) -> Option<u64> {
    let chunk = u64::try_from(CHUNK_BYTES).ok()?;
    let tag = u64::try_from(TAG_BYTES).ok()?;
    plain.checked_add(plain.div_ceil(chunk).max(1).checked_mul(tag)?)
}

#[cfg(test)]
mod tests;
