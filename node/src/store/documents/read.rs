//! The reader: gives a document subtree by subtree, each checked against its hash before anybody sees it.

use std::sync::Arc;

use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::document::content::Subtrees;
use budstikke_protocol::document::manifest::Manifest;
use tokio::task::spawn_blocking;

use super::body::{Layout, SMALL_BYTES_MAX, chunk_start, first_chunk};
use super::bulk;
use super::source::{DocumentError, Source};
use super::subtree::Subtree;

/// An open document. It stays readable when the document is withdrawn or its file removed.
#[derive(Debug, Clone)]
pub struct DocumentReader(Arc<Open>);

#[derive(Debug)]
struct Open {
    source: Source,
    subtrees: Subtrees,
}

impl DocumentReader {
    /// Opens the document of a manifest, whose list of subtree hashes is checked against the signed root.
    pub(crate) fn open(
        source: Source,
        key: &SymmetricKey,
        manifest: &Manifest,
    ) -> Result<Self, DocumentError> {
        source.check_magic()?;
        let list = source.list(key)?;
        let start = Layout::of(manifest.size).list().map_or(0, |(start, _)| start);
        let subtrees = Subtrees::parse(manifest.blake3, manifest.size, &list);
        let subtrees = subtrees.ok().ok_or_else(|| source.damaged(start))?;
        Ok(Self(Arc::new(Open { source, subtrees })))
    }

    /// The list of subtree hashes.
    pub fn subtrees(&self) -> &Subtrees {
        &self.0.subtrees
    }

    /// The bytes of the subtree at `index`, in the memory of one that is no longer needed.
    ///
    /// # Errors
    /// [`DocumentError::Damaged`] when they are not those that were signed, or there is no such subtree.
    pub async fn subtree(&self, index: u64, memory: Subtree) -> Result<Subtree, DocumentError> {
        let open = Arc::clone(&self.0);
        if open.subtrees.subtree_len(index) <= SMALL_BYTES_MAX {
            return open.subtree(index, memory);
        }
        if open.subtrees.count() == 1 {
            let read = spawn_blocking(move || open.subtree(index, memory)).await;
            return read.ok().ok_or(DocumentError::Interrupted)?;
        }
        bulk::run(move || open.subtree(index, memory)).await?
    }
}

impl Open {
    fn subtree(&self, index: u64, mut subtree: Subtree) -> Result<Subtree, DocumentError> {
        self.source.subtree(index, &mut subtree)?;
        let start = chunk_start(first_chunk(index));
        let verified = self.subtrees.verify_parts(index, subtree.chunks());
        verified.ok().ok_or_else(|| self.source.damaged(start))?;
        Ok(subtree)
    }
}
