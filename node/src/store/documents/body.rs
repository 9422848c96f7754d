//! The form of a sealed document: its header, its chunks, and the list of its subtree hashes.
//!
//! ```text
//! magic ‖ the bytes as a stream of sealed chunks (budstikke-keys, `seal`) ‖ the list of subtree hashes as one sealed chunk
//! ```
//!
//! The key is random and seals this document alone; the list, which only a document of several subtrees has, is sealed with
//! a key derived from it. A document of one chunk has this form too, but rides in the frame of the commit that names it.
//!
//! | file | truth or derived | trusted or checked |
//! |---|---|---|
//! | `documents/<2 digits>/<32 digits>` | truth | checked: each chunk by its seal, each subtree by its hash, when it is read |

use std::fmt;

use budstikke_keys::seal::{CHUNK_BYTES, Last, sealed_len};
use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::document::content::{Content, list_bytes};
use budstikke_protocol::limits::SUBTREE_BYTES;
use serde::{Deserialize, Serialize};

use super::name::FileName;

/// What a sealed document begins with.
pub(crate) const MAGIC: &[u8; 21] = b"BUDSTIKKE-DOCUMENT-1\n";

/// The most bytes of a document that rides in the journal: one chunk. A file of its own costs a second and a third sync,
/// which the journal shares with every other commit.
pub const SMALL_BYTES_MAX: usize = CHUNK_BYTES;

/// The chunks of a whole subtree.
const SUBTREE_CHUNKS: usize = SUBTREE_BYTES / CHUNK_BYTES;

const CHUNK: u64 = 65_536;
const SEALED_CHUNK: u64 = 65_552;
const TAG: u64 = 16;
const HEADER: u64 = 21;

/// A document that was written: its digests, and its sealed bytes.
#[derive(Debug)]
pub struct Written {
    /// What the bytes hash to.
    pub content: Content,
    /// The sealed bytes, for the commit that names them.
    pub body: Body,
}

/// The sealed bytes of a document, on the disk or about to ride with the commit that names them.
pub struct Body {
    /// The key that they are sealed with.
    pub(crate) key: SymmetricKey,
    /// The bytes.
    pub(crate) bytes: Sealed,
}

/// Sealed bytes, or where they are.
pub(crate) enum Sealed {
    /// In memory.
    Attached(Vec<u8>),
    /// In a file, synced with its folder.
    File(FileName),
}

/// Where the sealed bytes of a document are, as the commit says that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Place {
    /// In the same frame.
    Attached {
        /// So many bytes into its attachments.
        at: u64,
    },
    /// In a file.
    File(FileName),
}

impl Place {
    /// The file, if it is one.
    pub(crate) fn file(self) -> Option<FileName> {
        match self {
            Self::File(file) => Some(file),
            Self::Attached { .. } => None,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body(..)")
    }
}

/// Where each part of a sealed document of a known size is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    size: u64,
}

impl Layout {
    /// The layout of a document of `size` bytes.
    pub(crate) fn of(size: u64) -> Self {
        Self { size }
    }

    /// How many bytes the chunk at `index` holds; 0 beyond the end.
    pub(crate) fn chunk_len(self, index: u64) -> usize {
        let rest = self.size.saturating_sub(index.saturating_mul(CHUNK));
        usize::try_from(rest.min(CHUNK)).unwrap_or(CHUNK_BYTES)
    }

    /// How many bytes the subtree at `index` holds; 0 beyond the end.
    pub(crate) fn subtree_len(self, index: u64) -> usize {
        let rest = self.size.saturating_sub(first_chunk(index).saturating_mul(CHUNK));
        usize::try_from(rest).map_or(SUBTREE_BYTES, |rest| rest.min(SUBTREE_BYTES))
    }

    /// Whether more chunks follow the one at `index`.
    pub(crate) fn last(self, index: u64) -> Last {
        match self.chunk_len(index.saturating_add(1)) {
            0 => Last::Final,
            _ => Last::More,
        }
    }

    /// How many chunks the first `subtrees` subtrees have, and where the last of them ends.
    pub(crate) fn written(self, subtrees: u64) -> (u64, u64) {
        let chunks = first_chunk(subtrees).min(self.size.div_ceil(CHUNK));
        let plain = chunks.saturating_mul(CHUNK).min(self.size);
        let tags = chunks.saturating_mul(TAG);
        (chunks, HEADER.saturating_add(plain).saturating_add(tags))
    }

    /// How many bytes a document has that rides in the journal, which never has a list.
    pub(crate) fn sealed_len(self) -> u64 {
        sealed_len(self.size).unwrap_or(u64::MAX).saturating_add(HEADER)
    }

    /// How many bytes the file of the document has.
    pub(crate) fn file_len(self) -> u64 {
        match self.list() {
            Some((start, bytes)) => start.saturating_add(bytes),
            None => self.sealed_len(),
        }
    }

    /// Where the list starts, and how many bytes it has once sealed; nothing when there is none.
    pub(crate) fn list(self) -> Option<(u64, u64)> {
        let bytes = Some(list_bytes(self.size)).filter(|bytes| *bytes > 0)?;
        let start = sealed_len(self.size)?.checked_add(HEADER)?;
        Some((start, bytes.checked_add(TAG)?))
    }
}

/// Where the sealed chunk at `index` starts; that is the same in every document.
pub(crate) fn chunk_start(index: u64) -> u64 {
    index.saturating_mul(SEALED_CHUNK).saturating_add(HEADER)
}

/// The key of the list of subtree hashes of the document with this key.
pub(crate) fn list_key(document: &SymmetricKey) -> SymmetricKey {
    document.derive("budstikke 2026 subtree list v1", &[])
}

/// The first chunk of the subtree at `index`.
pub(crate) fn first_chunk(subtree: u64) -> u64 {
    subtree.saturating_mul(u64::try_from(SUBTREE_CHUNKS).unwrap_or(u64::MAX))
}
