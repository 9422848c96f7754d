//! A frame of the journal: one commit with the small documents that it carries, as bytes.
//!
//! ```text
//! length of what follows the checksum, u32 BE ‖ CRC-32 of the length and of what follows, u32 BE
//!   ‖ length of the sealed commit, u32 BE, its highest bit set when the frame was written together with the one before
//!   ‖ the sealed commit ‖ attachments
//! ```
//!
//! Frames that are written together are synced together. So a frame whose bit is not set proves that everything before it was on
//! the disk, and of a write that a power cut has torn nothing proves that it was promised.
//!
//! The checksum finds what the disk did, without a key; the seal finds what somebody did. Attachments are sealed documents
//! in the form of a document file, each under a key of its own that stands in the commit.

use serde::{Deserialize, Serialize};

use crate::store::bytes::{take, take_count};

/// The most bytes of one frame: a record that names 256 documents, or a small document, many times over. A reader that
/// meets a damaged length looks no further than this.
pub(crate) const FRAME_BYTES_MAX: usize = 1024 * 1024;

/// The bytes before the sealed commit.
pub(crate) const HEAD_BYTES: usize = 12;

/// Of the length of the sealed commit: whether the frame was written together with the one before.
const CONTINUES: u32 = 1 << 31;

/// The bytes that the length does not count: itself and the checksum.
const UNCOUNTED_BYTES: usize = 8;

/// Where a frame is; positions order as the frames were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(u64, u64)", into = "(u64, u64)")]
pub(crate) struct Position {
    /// The number of the segment.
    pub(crate) segment: u64,
    /// The byte at which the frame starts.
    pub(crate) offset: u64,
}

impl From<(u64, u64)> for Position {
    fn from((segment, offset): (u64, u64)) -> Self {
        Self { segment, offset }
    }
}

impl From<Position> for (u64, u64) {
    fn from(at: Position) -> Self {
        (at.segment, at.offset)
    }
}

impl Position {
    /// The bytes of a position.
    pub(crate) const BYTES: usize = 12;

    /// Bytes that order as positions do. No segment comes near 4 GiB.
    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let offset = u32::try_from(self.offset).unwrap_or(u32::MAX);
        let bits = (u128::from(self.segment) << 32) | u128::from(offset);
        bits.to_be_bytes().last_chunk().copied().unwrap_or_default()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let (segment, offset) = bytes.split_at(8);
        let number =
            |bytes: &[u8]| bytes.iter().fold(0, |bits, byte| (bits << 8) | u64::from(*byte));
        Self { segment: number(segment), offset: number(offset) }
    }

    /// The position behind `frame`, when it stands here.
    pub(crate) fn behind(self, frame: &Frame<'_>) -> Self {
        let bytes = u64::try_from(frame.bytes()).unwrap_or(u64::MAX);
        Self { offset: self.offset.saturating_add(bytes), ..self }
    }
}

/// A frame as it stands in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// The sealed commit.
    pub(crate) sealed: &'a [u8],
    /// The sealed documents that ride with it.
    pub(crate) attachments: &'a [u8],
    /// Whether it is written together with the frame before it.
    pub(crate) is_continuing: bool,
}

impl<'a> Frame<'a> {
    /// Reads the frame at the start of `bytes`; nothing when there is none, or a damaged one.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes;
        let counted = take_count(&mut rest).filter(|counted| *counted <= FRAME_BYTES_MAX)?;
        let checksum = u32::from_be_bytes(take(&mut rest)?);
        let counted = rest.get(..counted)?;
        if checksum_of(*bytes.first_chunk()?, counted) != checksum {
            return None;
        }
        Self::parts(counted)
    }

    /// Reads the frame at the start of `bytes` by the lengths in its head alone; whether they are true, the seal shows.
    pub(crate) fn unchecked(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes;
        let counted = take_count(&mut rest).filter(|counted| *counted <= FRAME_BYTES_MAX)?;
        take::<4>(&mut rest)?;
        Self::parts(rest.get(..counted).unwrap_or(rest))
    }

    fn parts(mut counted: &'a [u8]) -> Option<Self> {
        let (sealed, is_continuing) = take_sealed_len(&mut counted)?;
        let (sealed, attachments) = counted.split_at_checked(sealed)?;
        Some(Self { sealed, attachments, is_continuing })
    }

    /// The bytes that the frame takes in its segment.
    pub(crate) fn bytes(&self) -> usize {
        HEAD_BYTES.saturating_add(self.sealed.len()).saturating_add(self.attachments.len())
    }

    /// Writes the frame behind what is in `buffer`.
    pub(crate) fn write(&self, buffer: &mut Vec<u8>) {
        let counted = number(self.bytes().saturating_sub(UNCOUNTED_BYTES));
        let continues = if self.is_continuing { CONTINUES } else { 0 };
        let sealed = (number(self.sealed.len()) | continues).to_be_bytes();
        let counted = counted.to_be_bytes();
        let mut hasher = crc32fast::Hasher::new();
        for part in [&counted, &sealed, self.sealed, self.attachments] {
            hasher.update(part);
        }
        let checksum = hasher.finalize().to_be_bytes();
        for part in [&counted, &checksum, &sealed, self.sealed, self.attachments] {
            buffer.extend_from_slice(part);
        }
    }

    /// The place of the first whole frame behind damage, as far into `bytes` as it begins.
    ///
    /// A length that was damaged cannot say where the next frame is, so every byte may be its start. The checksum of a frame
    /// is only computed where the length is possible, which it is at one of 4 096 places in random bytes.
    pub(crate) fn find(bytes: &'a [u8]) -> Option<usize> {
        (1..bytes.len()).find(|at| bytes.get(*at..).and_then(Self::parse).is_some())
    }
}

/// The bytes of the length that a frame begins with.
pub(crate) const LENGTH_BYTES: usize = 4;

/// How many bytes of a frame follow its length, which it begins with; nothing when none has that many.
pub(crate) fn counted_len(mut frame: &[u8]) -> Option<usize> {
    let counted = take_count(&mut frame).filter(|counted| *counted <= FRAME_BYTES_MAX)?;
    counted.checked_add(UNCOUNTED_BYTES.saturating_sub(LENGTH_BYTES))
}

/// The length of the sealed commit, from the head of a frame alone; whether it is true, the seal shows.
pub(crate) fn sealed_len(head: [u8; HEAD_BYTES]) -> Option<usize> {
    let mut rest = head.as_slice();
    let counted = take_count(&mut rest)?;
    take::<4>(&mut rest)?;
    let (sealed, _) = take_sealed_len(&mut rest)?;
    (counted <= FRAME_BYTES_MAX && sealed.checked_add(4)? <= counted).then_some(sealed)
}

fn checksum_of(length: [u8; 4], counted: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(counted);
    hasher.finalize()
}

/// Lengths are below [`FRAME_BYTES_MAX`] when they come here; one that were not would not read back.
fn number(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// The length of the sealed commit, and whether the frame continues a write.
fn take_sealed_len(bytes: &mut &[u8]) -> Option<(usize, bool)> {
    let bits = u32::from_be_bytes(take(bytes)?);
    Some((usize::try_from(bits & !CONTINUES).ok()?, bits & CONTINUES != 0))
}
