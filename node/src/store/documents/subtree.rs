//! A subtree in memory. Its chunks stand apart, each with room for its tag behind it, so that it is received, hashed, sealed
//! and written, or read, opened and sent, where it stands.

use std::fmt;

use budstikke_keys::seal::{CHUNK_BYTES, TAG_BYTES};
use budstikke_protocol::limits::SUBTREE_BYTES;

/// A chunk and its tag.
const ROOM_BYTES: usize = CHUNK_BYTES + TAG_BYTES;

/// The bytes of a subtree or of its beginning. Filling it anew takes no memory anew.
#[derive(Clone, Default)]
pub struct Subtree {
    /// Grows to what the longest has needed, and stays.
    memory: Vec<u8>,
    len: usize,
}

impl Subtree {
    /// Makes it hold `len` bytes, or as many as a subtree has; those that it did not hold before are anything.
    pub fn resize(&mut self, len: usize) {
        self.len = len.min(SUBTREE_BYTES);
        let needed = self.sealed_len();
        if self.memory.len() < needed {
            self.memory.resize(needed, 0);
        }
    }

    /// The bytes, chunk by chunk.
    pub fn chunks(&self) -> impl Iterator<Item = &[u8]> + Clone {
        let rooms = self.sealed().chunks(ROOM_BYTES);
        rooms.filter_map(|room| Some(room.split_last_chunk::<TAG_BYTES>()?.0))
    }

    /// The bytes, chunk by chunk, to be filled in.
    pub fn chunks_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        self.rooms_mut().filter_map(|room| Some(room.split_last_chunk_mut::<TAG_BYTES>()?.0))
    }

    /// Takes what there is room for, and gives back the rest.
    pub(crate) fn append<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let mut before = self.len;
        let room = SUBTREE_BYTES.saturating_sub(before);
        let (mut now, later) = bytes.split_at(bytes.len().min(room));
        self.resize(before.saturating_add(now.len()));
        for chunk in self.chunks_mut() {
            let (_, free) = chunk.split_at_mut(before.min(chunk.len()));
            before = before.saturating_sub(CHUNK_BYTES);
            let (here, rest) = now.split_at(free.len().min(now.len()));
            free.copy_from_slice(here);
            now = rest;
        }
        later
    }

    /// How many bytes it holds.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Each chunk with the room for its tag.
    pub(crate) fn rooms_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        self.sealed_mut().chunks_mut(ROOM_BYTES)
    }

    /// All chunks with their tags, as they stand in a file.
    pub(crate) fn sealed(&self) -> &[u8] {
        self.memory.get(..self.sealed_len()).unwrap_or_default()
    }

    /// The same, to be filled in.
    pub(crate) fn sealed_mut(&mut self) -> &mut [u8] {
        let len = self.sealed_len();
        self.memory.get_mut(..len).unwrap_or_default()
    }

    fn sealed_len(&self) -> usize {
        self.len.saturating_add(self.len.div_ceil(CHUNK_BYTES).saturating_mul(TAG_BYTES))
    }
}

impl fmt::Debug for Subtree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subtree(..)")
    }
}

#[cfg(test)]
mod tests;
