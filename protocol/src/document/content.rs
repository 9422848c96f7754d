//! The bytes of a document: both digests in one pass, and the list of subtree hashes that lets a receiver check each MiB.
//!
//! A document is cut into aligned subtrees of [`SUBTREE_BYTES`]. The chaining value of each is a node of the BLAKE3 tree, so
//! the list alone gives the root: a receiver checks the list against the signed root before the first byte, then every
//! subtree before it is written. A document of one subtree needs no list; it is checked against the root itself.

use std::iter;

use blake3::Hasher;
use blake3::hazmat::{
    ChainingValue, HasherExt, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root,
};
use budstikke_keys::digest::Sha256Digest;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::ids::ContentRoot;
use crate::limits::{DOCUMENT_BYTES_MAX, SUBTREE_BYTES};

/// What is known of a document's bytes after one pass over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// How many there are.
    pub size: u64,
    /// SHA-256 of them.
    pub sha256: Sha256Digest,
    /// BLAKE3 of them, and of each MiB.
    pub subtrees: Subtrees,
}

/// The list of subtree hashes of a document, known to lead to `root`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subtrees {
    root: ContentRoot,
    size: u64,
    hashes: Vec<ChainingValue>,
}

/// Why bytes are not those of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ContentError {
    /// A document has at least one byte and no more than the limit.
    #[error("a document has 1 to {DOCUMENT_BYTES_MAX} bytes")]
    Size,
    /// The list has another length than the size asks for.
    #[error("the list of subtree hashes has the wrong length")]
    ListLength,
    /// The list does not lead to the signed root.
    #[error("the list of subtree hashes does not lead to the content root")]
    ListRoot,
    /// A subtree has another length than its place asks for, or there is no such place.
    #[error("subtree {index} has the wrong length")]
    SubtreeLength {
        /// Which, from 0.
        index: u64,
    },
    /// A subtree is not the one that was signed.
    #[error("subtree {index} does not verify")]
    Subtree {
        /// Which, from 0.
        index: u64,
    },
}

/// Takes the bytes of a document in order, and gives both digests at the end.
#[derive(Debug)]
pub struct ContentHasher {
    size: u64,
    sha256: Sha256,
    whole: Vec<ChainingValue>,
    /// The subtree that is being filled, and how many bytes it holds.
    subtree: Hasher,
    filled: usize,
}

impl Default for ContentHasher {
    fn default() -> Self {
        Self {
            size: 0,
            sha256: Sha256::new(),
            whole: Vec::new(),
            subtree: Hasher::new(),
            filled: 0,
        }
    }
}

impl ContentHasher {
    /// Takes the next bytes, however many.
    ///
    /// # Errors
    /// [`ContentError::Size`] when the document grows beyond its limit.
    pub fn update(&mut self, mut bytes: &[u8]) -> Result<(), ContentError> {
        while !bytes.is_empty() {
            if self.filled == SUBTREE_BYTES {
                self.close_subtree();
            }
            let take = bytes.len().min(SUBTREE_BYTES.saturating_sub(self.filled));
            let (now, later) = bytes.split_at(take);
            self.sha256.update(now);
            self.subtree.update(now);
            self.filled = self.filled.saturating_add(take);
            self.size = self.size.saturating_add(length(now));
            bytes = later;
        }
        if self.size > DOCUMENT_BYTES_MAX { Err(ContentError::Size) } else { Ok(()) }
    }

    /// Ends the document.
    ///
    /// # Errors
    /// [`ContentError::Size`] when there was no byte.
    pub fn finish(mut self) -> Result<Content, ContentError> {
        if self.size == 0 {
            return Err(ContentError::Size);
        }
        let root = if self.whole.is_empty() {
            ContentRoot::from_bytes(*self.subtree.finalize().as_bytes())
        } else {
            self.whole.push(self.subtree.finalize_non_root());
            root_of(&self.whole, self.size)
        };
        let sha256 = Sha256Digest::from_bytes(self.sha256.finalize().into());
        Ok(Content {
            size: self.size,
            sha256,
            subtrees: Subtrees { root, size: self.size, hashes: self.whole },
        })
    }

    /// A subtree is closed only when a byte after it is known: the last one may be the root.
    fn close_subtree(&mut self) {
        self.whole.push(self.subtree.finalize_non_root());
        self.subtree = Hasher::new();
        self.subtree.set_input_offset(self.size);
        self.filled = 0;
    }
}

impl Subtrees {
    /// Takes a list from a peer or a file: `bytes` is the hashes one after another, none for a document of one subtree.
    ///
    /// # Errors
    /// When the size is out of bounds, or the list has the wrong length or does not lead to `root`.
    pub fn parse(root: ContentRoot, size: u64, bytes: &[u8]) -> Result<Self, ContentError> {
        if size == 0 || size > DOCUMENT_BYTES_MAX {
            return Err(ContentError::Size);
        }
        if length(bytes) != list_bytes(size) {
            return Err(ContentError::ListLength);
        }
        let hashes: Vec<ChainingValue> = bytes.as_chunks::<32>().0.to_vec();
        if hashes.is_empty() || root_of(&hashes, size) == root {
            Ok(Self { root, size, hashes })
        } else {
            Err(ContentError::ListRoot)
        }
    }

    /// The list as it travels: the hashes one after another.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.as_flattened().to_vec()
    }

    /// BLAKE3 of the whole.
    pub fn root(&self) -> ContentRoot {
        self.root
    }

    /// How many subtrees there are, at least one.
    pub fn count(&self) -> u64 {
        subtree_count(self.size)
    }

    /// How many bytes the subtree at `index` has; 0 beyond the end.
    pub fn subtree_len(&self, index: u64) -> usize {
        let start = index.saturating_mul(length_of_subtree());
        usize::try_from(self.size.saturating_sub(start).min(length_of_subtree()))
            .unwrap_or(SUBTREE_BYTES)
    }

    /// Checks that `bytes` are the subtree at `index`.
    ///
    /// # Errors
    /// [`ContentError::SubtreeLength`] or [`ContentError::Subtree`].
    pub fn verify(&self, index: u64, bytes: &[u8]) -> Result<(), ContentError> {
        self.verify_parts(index, iter::once(bytes))
    }

    /// Checks that `parts`, one after another, are the subtree at `index`.
    ///
    /// # Errors
    /// As [`Subtrees::verify`].
    pub fn verify_parts<'a>(
        &self,
        index: u64,
        parts: impl Iterator<Item = &'a [u8]> + Clone,
    ) -> Result<(), ContentError> {
        let bytes = parts.clone().map(<[u8]>::len).fold(0, usize::saturating_add);
        if bytes == 0 || bytes != self.subtree_len(index) {
            return Err(ContentError::SubtreeLength { index });
        }
        let mut hasher = Hasher::new();
        hasher.set_input_offset(index.saturating_mul(length_of_subtree()));
        for part in parts {
            hasher.update(part);
        }
        let is_right = if self.hashes.is_empty() {
            hasher.finalize() == *self.root.as_bytes()
        } else {
            let signed = usize::try_from(index).ok().and_then(|index| self.hashes.get(index));
            signed == Some(&hasher.finalize_non_root())
        };
        if is_right { Ok(()) } else { Err(ContentError::Subtree { index }) }
    }
}

/// How many bytes the list of subtree hashes of a document of `size` bytes has.
pub fn list_bytes(size: u64) -> u64 {
    match subtree_count(size) {
        1 => 0,
        count => count.saturating_mul(32),
    }
}

/// How many subtrees a document of `size` bytes has.
pub fn subtree_count(size: u64) -> u64 {
    size.div_ceil(length_of_subtree())
}

/// The root of the tree over at least two subtree hashes.
fn root_of(hashes: &[ChainingValue], size: u64) -> ContentRoot {
    let (left, right) = halves(hashes, size);
    ContentRoot::from_bytes(*merge_subtrees_root(&left, &right, Mode::Hash).as_bytes())
}

fn node_of(hashes: &[ChainingValue], size: u64) -> ChainingValue {
    match hashes {
        [only] => *only,
        more => {
            let (left, right) = halves(more, size);
            merge_subtrees_non_root(&left, &right, Mode::Hash)
        }
    }
}

/// BLAKE3 gives the left child the largest power of two of chunks that leaves something to the right.
fn halves(hashes: &[ChainingValue], size: u64) -> (ChainingValue, ChainingValue) {
    let left_bytes = left_subtree_len(size);
    let left_count = usize::try_from(left_bytes.div_euclid(length_of_subtree()))
        .unwrap_or(usize::MAX)
        .min(hashes.len());
    let (left, right) = hashes.split_at(left_count);
    (node_of(left, left_bytes), node_of(right, size.saturating_sub(left_bytes)))
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn length_of_subtree() -> u64 {
    u64::try_from(SUBTREE_BYTES).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
