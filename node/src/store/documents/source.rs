//! Reading a sealed document: the one place that opens its chunks.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use budstikke_keys::seal::{Last, Sealer};
use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::document::content::ContentError;
use thiserror::Error;

use super::body::{Layout, MAGIC, chunk_start, first_chunk, list_key};
use super::subtree::Subtree;
use crate::store::bytes::count;
use crate::store::files::{DISK_HINT, FileError};

/// Why a document cannot be written or read.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The operating system said no.
    #[error(transparent)]
    File(#[from] FileError),
    /// What is there is not what was written.
    #[error("{} is damaged at byte {offset}", file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// Where the damaged part begins.
        offset: u64,
    },
    /// The bytes are no document, or not the one that was meant.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The bytes verify against BLAKE3 but have another SHA-256 than the manifest says: its signer has erred or lied.
    #[error("the document has another SHA-256 than its manifest says")]
    Sha256,
    /// The list of subtree hashes belongs to another document.
    #[error("the list of subtree hashes is another document's")]
    OtherDocument,
    /// A subtree arrived before the one that comes first.
    #[error("subtree {found} arrived where {wanted} was due")]
    OutOfOrder {
        /// The subtree that arrived.
        found: u64,
        /// The next one that is not yet written.
        wanted: u64,
    },
    /// The same document is being fetched by somebody else here.
    #[error("the same document is being fetched already")]
    Busy,
    /// An earlier call on this reader or writer was given up halfway, so it is of no use any more.
    #[error("the document was left halfway")]
    Interrupted,
}

impl DocumentError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::File(_) => DISK_HINT,
            Self::Damaged { .. } => "put the file back from a backup, or fetch the document again",
            Self::Content(_) => "check the file: a document has 1 byte to 16 GiB",
            Self::Sha256 | Self::OtherDocument => {
                "tell its custodian that the document and its manifest differ"
            }
            Self::Busy => "wait until the other fetch has ended",
            Self::OutOfOrder { .. } | Self::Interrupted => "try again",
        }
    }
}

/// The sealed bytes of a document, and what opens them.
#[derive(Debug)]
pub(crate) struct Source {
    file: Arc<File>,
    path: PathBuf,
    /// Where in the file the document starts: 0 in a file of its own.
    base: u64,
    sealer: Sealer,
    layout: Layout,
}

impl Source {
    /// The document of `size` bytes that starts at `base` of `file`.
    pub(crate) fn new(
        file: Arc<File>,
        path: PathBuf,
        base: u64,
        key: &SymmetricKey,
        size: u64,
    ) -> Self {
        Self { file, path, base, sealer: Sealer::new(key), layout: Layout::of(size) }
    }

    /// Checks that the bytes begin as a document does.
    pub(crate) fn check_magic(&self) -> Result<(), DocumentError> {
        let mut magic = [0; MAGIC.len()];
        self.read(&mut magic, 0)?;
        if &magic == MAGIC { Ok(()) } else { Err(self.damaged(0)) }
    }

    /// Reads and opens the subtree at `index` in the memory of `subtree`. Its bytes are what was sealed; whether they are
    /// those that were signed is for the caller to check.
    pub(crate) fn subtree(&self, index: u64, subtree: &mut Subtree) -> Result<(), DocumentError> {
        let first = first_chunk(index);
        subtree.resize(self.layout.subtree_len(index));
        self.read(subtree.sealed_mut(), chunk_start(first))?;
        for (chunk, room) in (first..).zip(subtree.rooms_mut()) {
            let opened = self.sealer.open(chunk, self.layout.last(chunk), &[], room);
            opened.map(drop).ok().ok_or_else(|| self.damaged(chunk_start(chunk)))?;
        }
        Ok(())
    }

    /// Reads and opens the list of subtree hashes; empty for a document of one subtree.
    pub(crate) fn list(&self, key: &SymmetricKey) -> Result<Vec<u8>, DocumentError> {
        let Some((start, bytes)) = self.layout.list() else { return Ok(Vec::new()) };
        let mut list = vec![0; count(bytes)];
        self.read(&mut list, start)?;
        let opened =
            Sealer::new(&list_key(key)).open(0, Last::Final, &[], &mut list).map(|list| list.len());
        list.truncate(opened.ok().ok_or_else(|| self.damaged(start))?);
        Ok(list)
    }

    /// The error of a part that does not read back.
    pub(crate) fn damaged(&self, at: u64) -> DocumentError {
        DocumentError::Damaged { file: self.path.clone(), offset: self.base.saturating_add(at) }
    }

    /// A file that ends before what should be in it is damaged.
    fn read(&self, buffer: &mut [u8], at: u64) -> Result<(), DocumentError> {
        self.file.read_exact_at(buffer, self.base.saturating_add(at)).map_err(|error| {
            match error.kind() {
                ErrorKind::UnexpectedEof => self.damaged(at),
                _ => FileError::on("read", &self.path)(error).into(),
            }
        })
    }
}
