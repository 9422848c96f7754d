//! The journal: every commit in the order in which it was acknowledged. It is the truth that everything else follows from.
//!
//! | file | truth or derived | trusted or checked |
//! |---|---|---|
//! | `journal/<number>.segment` | truth | checked: each frame by its checksum when the store is opened, by its seal when it is read |

pub(crate) mod frame;
pub(crate) mod segment;
pub(crate) mod survey;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use budstikke_keys::secret::SymmetricKey;
use zeroize::Zeroizing;

use crate::store::files::{self, FileError};
use frame::Position;
use segment::{JournalError, Segment};

/// The segments of a journal, for this process alone.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    storage: SymmetricKey,
    /// Each segment that was read from since the start, so that a read is not an `open` too: one file descriptor for each
    /// 64 MiB of journal.
    open: Mutex<BTreeMap<u64, Arc<Segment>>>,
    /// Two processes on one journal would each cut off what the other writes.
    _lock: File,
}

impl Journal {
    /// Takes the journal in this folder, which exists.
    ///
    /// # Errors
    /// When another process has it, which [`FileError::is_busy`] tells, or the operating system says no.
    pub(crate) fn open(folder: &Path, storage: &SymmetricKey) -> Result<Self, FileError> {
        let lock = files::open(folder)?;
        files::lock(&lock, folder)?;
        let storage = SymmetricKey::from_bytes(storage.bytes());
        Ok(Self { folder: folder.to_owned(), storage, open: Mutex::default(), _lock: lock })
    }

    /// The key under which everything here is sealed.
    pub(crate) fn storage(&self) -> &SymmetricKey {
        &self.storage
    }

    /// The file of a segment.
    pub(crate) fn path(&self, number: u64) -> PathBuf {
        Segment::path(&self.folder, number)
    }

    /// The numbers of the segments that are here, ascending.
    pub(crate) fn numbers(&self) -> Result<Vec<u64>, FileError> {
        let on = || FileError::on("list", &self.folder);
        let mut numbers = Vec::new();
        for file in fs::read_dir(&self.folder).map_err(on())? {
            let name = file.map_err(on())?.file_name();
            let number = name
                .to_str()
                .and_then(|name| u64::from_str_radix(name.strip_suffix(".segment")?, 16).ok());
            numbers.extend(
                number.filter(|number| Segment::path(&self.folder, *number).ends_with(&name)),
            );
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Begins a segment.
    pub(crate) fn create(&self, number: u64) -> Result<Arc<Segment>, JournalError> {
        Ok(self.keep(number, Segment::create(&self.folder, number, &self.storage)?))
    }

    /// A segment, to read in it.
    pub(crate) fn segment(&self, number: u64) -> Result<Arc<Segment>, JournalError> {
        let known =
            self.open.lock().unwrap_or_else(PoisonError::into_inner).get(&number).map(Arc::clone);
        match known {
            Some(segment) => Ok(segment),
            None => Ok(self.keep(number, Segment::open(&self.folder, number, &self.storage)?)),
        }
    }

    /// Removes a segment without a frame; its number is free again.
    pub(crate) fn remove(&self, number: u64) -> Result<(), FileError> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        let path = self.path(number);
        fs::remove_file(&path).map_err(FileError::on("remove", &path))?;
        files::sync_folder(&self.folder)
    }

    /// Reads a commit as it was before it was sealed.
    pub(crate) fn commit(&self, at: Position) -> Result<Zeroizing<Vec<u8>>, JournalError> {
        self.segment(at.segment)?.commit(at.offset)
    }

    fn keep(&self, number: u64, segment: Segment) -> Arc<Segment> {
        let segment = Arc::new(segment);
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(number, Arc::clone(&segment));
        segment
    }
}
