//! The presence file: eight bytes for each patient, so that whoever has it asks no further where there is nothing.
//!
//! A tag is present when it stands there an odd number of times. So the file only grows during an epoch, and every later copy
//! proves what an earlier one did not say. What comes together is sorted, which hides in which order patients came.

use std::collections::BTreeSet;

use budstikke_keys::digest::Sha256Digest;
use sha2::{Digest as _, Sha256};

use super::label::LabelTag;

/// Bytes of a tag.
pub const TAG_BYTES: usize = 8;

/// A presence file, and what it means.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    present: BTreeSet<LabelTag>,
    hash: Sha256,
    bytes: u64,
}

/// A piece of a presence file is not whole tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a presence file is tags of eight bytes each")]
pub struct PresenceError;

impl Presence {
    /// Adds what comes next in the file.
    ///
    /// # Errors
    /// [`PresenceError`]; nothing was added then.
    pub fn extend(&mut self, bytes: &[u8]) -> Result<(), PresenceError> {
        let (tags, rest) = bytes.as_chunks::<TAG_BYTES>();
        if !rest.is_empty() {
            return Err(PresenceError);
        }
        for tag in tags {
            self.toggle(LabelTag::from_bytes(*tag));
        }
        self.hash.update(bytes);
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(())
    }

    /// Has `tags` come or go, and gives the bytes by which the file grows: each of them once, in order.
    pub fn change(&mut self, tags: &BTreeSet<LabelTag>) -> Vec<u8> {
        let bytes: Vec<u8> = tags.iter().flat_map(LabelTag::as_bytes).copied().collect();
        // Whole tags are never refused.
        self.extend(&bytes).ok();
        bytes
    }

    /// Whether a tag is there. Of 2^64 tags a file holds a few millions: one that is there by chance is rarer than a broken disk.
    pub fn has(&self, tag: LabelTag) -> bool {
        self.present.contains(&tag)
    }

    /// How many tags are there.
    pub fn count(&self) -> usize {
        self.present.len()
    }

    /// How many bytes the file has.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// SHA-256 over the file, as `head -c BYTES FILE | sha256sum` gives it.
    pub fn sha256(&self) -> Sha256Digest {
        Sha256Digest::from_bytes(self.hash.clone().finalize().into())
    }

    fn toggle(&mut self, tag: LabelTag) {
        if !self.present.remove(&tag) {
            self.present.insert(tag);
        }
    }
}
