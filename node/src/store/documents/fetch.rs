//! A fetch: a document of somebody else on its way into a file, which goes on where it broke off.
//!
//! Only whole subtrees count, and only those that were checked against the signed root before they were written. What a file
//! holds after a break is known to be that by its seals, so that a fetch knows where to go on before the list of subtree
//! hashes has come again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Verified;
use budstikke_keys::seal::Last;
use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::document::content::{Content, Subtrees, subtree_count};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::ContentRoot;
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use super::body::{Body, Layout, Sealed, Written};
use super::bulk;
use super::name::FileName;
use super::sink::Sink;
use super::source::{DocumentError, Source};
use super::subtree::Subtree;
use crate::entropy;
use crate::store::files::{self, FileError};
use crate::store::names::DocumentName;

/// A fetch that was started, and what its file holds.
#[derive(Debug)]
pub struct Fetch {
    documents: PathBuf,
    name: DocumentName,
    manifest: String,
    expected: Expected,
    file: FileName,
    key: SymmetricKey,
    sink: Option<Sink>,
    sha256: Sha256,
    verified: u64,
}

#[derive(Debug, Clone, Copy)]
struct Expected {
    size: u64,
    sha256: Sha256Digest,
    root: ContentRoot,
}

/// Takes the subtrees of a document that is being fetched. Its file stays when it is dropped.
#[derive(Debug)]
pub struct FetchWriter {
    /// Away while a thread for blocking work has it; a call that is given up in the meantime loses it.
    work: Option<Box<Work>>,
}

#[derive(Debug)]
struct Work {
    expected: Expected,
    file: FileName,
    key: SymmetricKey,
    sink: Sink,
    subtrees: Subtrees,
    sha256: Sha256,
    verified: u64,
}

impl Fetch {
    /// A fetch that begins, once it is committed.
    pub(crate) fn new(
        documents: &Path,
        manifest: &Verified<Manifest>,
    ) -> Result<Self, DocumentError> {
        let drawn = FileName::draw()
            .and_then(|name| Ok((name, SymmetricKey::from_bytes(entropy::draw()?))));
        let (file, key) = drawn.map_err(FileError::on("draw a name for a file in", documents))?;
        Ok(Self::of(documents, (manifest.statement(), manifest.compact()), file, key))
    }

    /// A fetch that was committed earlier, with what its file holds by now.
    pub(crate) fn reopen(
        documents: &Path,
        manifest: (&Manifest, &str),
        file: FileName,
        key: SymmetricKey,
    ) -> Result<Self, DocumentError> {
        let mut fetch = Self::of(documents, manifest, file, key);
        if file.path(documents).exists() {
            fetch.examine()?;
        }
        Ok(fetch)
    }

    /// The manifest of the document, a compact JWS.
    pub fn manifest(&self) -> &str {
        &self.manifest
    }

    /// How many subtrees are verified and written: the first that is missing.
    pub fn verified_subtrees(&self) -> u64 {
        self.verified
    }

    /// Goes on with the list of subtree hashes that leads to the root of the manifest.
    ///
    /// # Errors
    /// When the list is another document's, or the disk says no.
    pub fn resume(self, subtrees: Subtrees) -> Result<FetchWriter, DocumentError> {
        if subtrees.root() != self.expected.root {
            return Err(DocumentError::OtherDocument);
        }
        let mut sink = match self.sink {
            Some(sink) => sink,
            None => Sink::create(&self.documents, self.file, &self.key)?,
        };
        let Self { expected, file, key, sha256, verified, .. } = self;
        sink.expect(Layout::of(expected.size).file_len());
        let work = Work { expected, file, key, sink, subtrees, sha256, verified };
        Ok(FetchWriter { work: Some(Box::new(work)) })
    }

    /// The name of the document.
    pub(crate) fn name(&self) -> DocumentName {
        self.name
    }

    /// The file that it is written to.
    pub(crate) fn file(&self) -> FileName {
        self.file
    }

    /// The key that the file is sealed with.
    pub(crate) fn key(&self) -> &SymmetricKey {
        &self.key
    }

    fn of(
        documents: &Path,
        (manifest, compact): (&Manifest, &str),
        file: FileName,
        key: SymmetricKey,
    ) -> Self {
        Self {
            documents: documents.to_owned(),
            name: DocumentName::of(manifest),
            manifest: compact.to_owned(),
            expected: Expected {
                size: manifest.size,
                sha256: manifest.sha256,
                root: manifest.blake3,
            },
            file,
            key,
            sink: None,
            sha256: Sha256::new(),
            verified: 0,
        }
    }

    /// Counts the subtrees that open, one after another; what stands behind them is cut off.
    fn examine(&mut self) -> Result<(), DocumentError> {
        let path = self.file.path(&self.documents);
        let file = files::reopen(&path)?;
        files::lock(&file, &path)
            .map_err(|error| if error.is_busy() { DocumentError::Busy } else { error.into() })?;
        let reading = Arc::new(file.try_clone().map_err(FileError::on("open", &path))?);
        let source = Source::new(reading, path.clone(), 0, &self.key, self.expected.size);
        if source.check_magic().is_err() {
            // The break came before the first byte did.
            drop(file);
            return std::fs::remove_file(&path)
                .map_err(|error| FileError::on("remove", &path)(error).into());
        }
        let mut subtree = Subtree::default();
        while self.verified < subtree_count(self.expected.size)
            && source.subtree(self.verified, &mut subtree).is_ok()
        {
            subtree.chunks().for_each(|chunk| self.sha256.update(chunk));
            self.verified = self.verified.saturating_add(1);
        }
        let written = Layout::of(self.expected.size).written(self.verified);
        self.sink = Some(Sink::resume(file, &self.documents, (self.file, &self.key), written)?);
        Ok(())
    }
}

impl FetchWriter {
    /// How many subtrees are verified and written: the first that is missing.
    pub fn verified_subtrees(&self) -> u64 {
        self.work.as_ref().map_or(0, |work| work.verified)
    }

    /// Takes the next subtree, and writes it once it has been checked. Gives back its memory.
    ///
    /// # Errors
    /// When it is not the next one, is not what was signed, or the disk says no; the writer is of no use then, and what was
    /// verified before stays.
    pub async fn push_subtree(
        &mut self,
        index: u64,
        mut subtree: Subtree,
    ) -> Result<Subtree, DocumentError> {
        let mut work = self.work.take().ok_or(DocumentError::Interrupted)?;
        let pushed = bulk::run(move || work.push(index, &mut subtree).map(|()| (work, subtree)));
        let (work, memory) = pushed.await??;
        self.work = Some(work);
        Ok(memory)
    }

    /// Ends the document: every byte of it is verified against both digests and on the disk then.
    ///
    /// # Errors
    /// When a subtree is missing, [`DocumentError::Sha256`], or when the disk says no.
    pub async fn finish(mut self) -> Result<Written, DocumentError> {
        let work = self.work.take().ok_or(DocumentError::Interrupted)?;
        spawn_blocking(move || work.finish()).await.ok().ok_or(DocumentError::Interrupted)?
    }
}

impl Work {
    fn push(&mut self, index: u64, subtree: &mut Subtree) -> Result<(), DocumentError> {
        if index != self.verified {
            return Err(DocumentError::OutOfOrder { found: index, wanted: self.verified });
        }
        self.subtrees.verify_parts(index, subtree.chunks())?;
        subtree.chunks().for_each(|chunk| self.sha256.update(chunk));
        self.verified = self.verified.saturating_add(1);
        let is_last = self.verified == self.subtrees.count();
        self.sink.write(if is_last { Last::Final } else { Last::More }, subtree)?;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Written, DocumentError> {
        let Self { expected, file, key, sink, subtrees, sha256, verified, .. } = *self;
        if verified != subtrees.count() {
            return Err(DocumentError::OutOfOrder { found: subtrees.count(), wanted: verified });
        }
        let sha256 = Sha256Digest::from_bytes(sha256.finalize().into());
        if sha256 != expected.sha256 {
            return Err(DocumentError::Sha256);
        }
        sink.finish(&key, &subtrees)?;
        let content = Content { size: expected.size, sha256, subtrees };
        Ok(Written { content, body: Body { key, bytes: Sealed::File(file) } })
    }
}
