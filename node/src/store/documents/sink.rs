//! A document file while it is written: chunks go in at the end, and the whole becomes durable at once.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use budstikke_keys::seal::{Last, Sealer};
use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::document::content::Subtrees;

use super::behind::Behind;
use super::body::{MAGIC, list_key};
use super::name::FileName;
use super::source::DocumentError;
use super::subtree::Subtree;
use crate::store::bytes::length;
use crate::store::files::{self, FileError};

/// A document file that is being written.
#[derive(Debug)]
pub(crate) struct Sink {
    documents: PathBuf,
    name: FileName,
    path: PathBuf,
    file: File,
    sealer: Sealer,
    /// The chunk that comes next, and where it goes.
    chunk: u64,
    end: u64,
    behind: Behind,
}

impl Sink {
    /// Begins a file.
    pub(crate) fn create(
        documents: &Path,
        name: FileName,
        key: &SymmetricKey,
    ) -> Result<Self, DocumentError> {
        files::create_folder(&name.folder(documents))?;
        let path = name.path(documents);
        let file = files::create(&path)?;
        files::lock(&file, &path)?;
        let mut sink = Self::at(file, documents, (name, key), (0, 0));
        sink.append(MAGIC)?;
        Ok(sink)
    }

    /// Goes on with a file behind so many chunks that end at such a byte; cuts off what stands behind them.
    pub(crate) fn resume(
        file: File,
        documents: &Path,
        name_and_key: (FileName, &SymmetricKey),
        written: (u64, u64),
    ) -> Result<Self, DocumentError> {
        let sink = Self::at(file, documents, name_and_key, written);
        sink.file.set_len(sink.end).map_err(FileError::on("cut", &sink.path))?;
        Ok(sink)
    }

    /// Seals a subtree where it stands and writes it. Its last chunk is the `last` of the document or not.
    pub(crate) fn write(&mut self, last: Last, subtree: &mut Subtree) -> Result<(), DocumentError> {
        let mut rooms = subtree.rooms_mut().peekable();
        while let Some(room) = rooms.next() {
            let last = if rooms.peek().is_some() { Last::More } else { last };
            let sealed = self.sealer.seal_where_it_stands(self.chunk, last, &[], room);
            sealed.ok().ok_or(DocumentError::Interrupted)?;
            self.chunk = self.chunk.saturating_add(1);
        }
        drop(rooms);
        self.append(subtree.sealed())?;
        Ok(self.behind.wrote(subtree.sealed(), &self.path)?)
    }

    /// Writes the list of subtree hashes, and makes the whole file and its name durable.
    pub(crate) fn finish(
        mut self,
        key: &SymmetricKey,
        subtrees: &Subtrees,
    ) -> Result<(), DocumentError> {
        let mut list = subtrees.to_bytes();
        if !list.is_empty() {
            let sealed = Sealer::new(&list_key(key)).seal(0, Last::Final, &[], &mut list);
            sealed.ok().ok_or(DocumentError::Interrupted)?;
            self.append(&list)?;
        }
        self.behind.end()?;
        files::sync(&self.file, &self.path)?;
        Ok(files::sync_folder(&self.name.folder(&self.documents))?)
    }

    fn at(
        file: File,
        documents: &Path,
        (name, key): (FileName, &SymmetricKey),
        (chunk, end): (u64, u64),
    ) -> Self {
        let (documents, path) = (documents.to_owned(), name.path(documents));
        let (sealer, behind) = (Sealer::new(key), Behind::default());
        Self { documents, name, path, file, sealer, chunk, end, behind }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), DocumentError> {
        self.file.write_all_at(bytes, self.end).map_err(FileError::on("write", &self.path))?;
        self.end = self.end.saturating_add(length(bytes));
        Ok(())
    }
}
