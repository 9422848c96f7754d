//! A document file while it is written: chunks go in at the end, and the whole becomes durable at once.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

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

/// How much room is reserved at a time. Where a block is given out only when it is written, every sync of another file waits for
/// what is written to it; and a sender that promises much and sends little has no more of the disk than this.
const RESERVED_BYTES: u64 = 64 * 1024 * 1024;

/// Held while a folder of document files is made: whoever finds it there may rely on its name being on the disk.
static FOLDERS: Mutex<()> = Mutex::new(());

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
    /// How long the file is going to be, as far as that is known, and up to where the disk keeps room for it.
    expected: u64,
    reserved: u64,
    behind: Behind,
}

impl Sink {
    /// Begins a file.
    pub(crate) fn create(
        documents: &Path,
        name: FileName,
        key: &SymmetricKey,
    ) -> Result<Self, DocumentError> {
        create_folder(&name.folder(documents))?;
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

    /// Tells how long the file is going to be.
    pub(crate) fn expect(&mut self, bytes: u64) {
        self.expected = bytes;
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
        let (expected, reserved) = (0, end);
        Self { documents, name, path, file, sealer, chunk, end, expected, reserved, behind }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), DocumentError> {
        if self.end >= self.reserved && self.end < self.expected {
            self.reserved = self.expected.min(self.end.saturating_add(RESERVED_BYTES));
            files::reserve(&self.file, &self.path, self.reserved)?;
        }
        self.file.write_all_at(bytes, self.end).map_err(FileError::on("write", &self.path))?;
        self.end = self.end.saturating_add(length(bytes));
        Ok(())
    }
}

/// Makes a folder of document files unless it is there. What a run before this one has made was synced when the store was opened.
fn create_folder(path: &Path) -> Result<(), FileError> {
    let _made = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    if path.is_dir() { Ok(()) } else { files::create_folder(path) }
}
