//! The bare work of publishing, as a reference: hash, seal, sign, append to a file, sync; nothing is looked up, recorded or kept.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use budstikke::entropy;
use budstikke_keys::seal::{Last, Sealer};
use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::document::content::ContentHasher;

use crate::publisher::Signer;

/// A file that documents are appended to.
#[derive(Debug)]
pub(crate) struct Plain {
    file: File,
    signer: Signer,
}

impl Plain {
    /// Makes the file.
    pub(crate) fn create(path: &Path, signer: Signer) -> Self {
        Self { file: File::create(path).unwrap(), signer }
    }

    /// Publishes documents one after another, with one sync for each group of them, and gives the time.
    pub(crate) fn publish_all(&mut self, documents: &[Vec<u8>], group: usize) -> Duration {
        let began = Instant::now();
        let mut frames = Vec::new();
        for group in documents.chunks(group) {
            frames.clear();
            for document in group {
                self.prepare(document, &mut frames);
            }
            self.append(&frames);
        }
        began.elapsed()
    }

    /// Hashes, seals and signs a document, and puts it behind what is in `frames`.
    pub(crate) fn prepare(&self, document: &[u8], frames: &mut Vec<u8>) {
        let mut hasher = ContentHasher::default();
        hasher.update(document).unwrap();
        let content = hasher.finish().unwrap();
        let key = SymmetricKey::from_bytes(entropy::draw().unwrap());
        let mut sealed = document.to_vec();
        Sealer::new(&key).seal(0, Last::Final, &[], &mut sealed).unwrap();
        let manifest = self.signer.sign(&content);
        frames.extend_from_slice(manifest.compact().as_bytes());
        frames.extend_from_slice(&sealed);
    }

    /// Appends bytes, syncs, and gives the time.
    pub(crate) fn append(&mut self, frames: &[u8]) -> Duration {
        let began = Instant::now();
        self.file.write_all(frames).unwrap();
        self.file.sync_data().unwrap();
        began.elapsed()
    }
}
