//! The journal: every commit in the order in which it was acknowledged. It is the truth that everything else follows from.
//!
//! | file | truth or derived | trusted or checked |
//! |---|---|---|
//! | `journal/<number>.segment` | truth | checked: each frame by its checksum behind the start, by its seal when it is read |

pub(crate) mod frame;
pub(crate) mod frames;
pub(crate) mod rewrite;
pub(crate) mod segment;
pub(crate) mod survey;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use budstikke_keys::secret::SymmetricKey;
use zeroize::Zeroizing;

use crate::store::files::{self, FileError};
use crate::store::report::Damage;
use frame::Position;
use rewrite::{Edit, REWRITTEN, rewritten};
use segment::{JournalError, Segment};

/// The segments of a journal, for this process alone.
#[derive(Debug)]
pub(crate) struct Journal {
    folder: PathBuf,
    storage: SymmetricKey,
    /// Each segment that was read from since the start, so that a read is not an `open` too: one file descriptor for each
    /// 64 MiB of journal.
    open: Mutex<BTreeMap<u64, Arc<Segment>>>,
    /// Held by whoever puts a rewritten segment into its place, and by whoever needs the segments to stay as they are.
    places: Mutex<()>,
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
        let journal = Self {
            folder: folder.to_owned(),
            storage: SymmetricKey::from_bytes(storage.bytes()),
            open: Mutex::default(),
            places: Mutex::default(),
            _lock: lock,
        };
        journal.remove_rewritten()?;
        Ok(journal)
    }

    /// The key under which everything here is sealed.
    pub(crate) fn storage(&self) -> &SymmetricKey {
        &self.storage
    }

    /// The file of a segment.
    pub(crate) fn path(&self, number: u64) -> PathBuf {
        Segment::path(&self.folder, number)
    }

    /// Bytes of a segment that are not what was written.
    pub(crate) fn damage(&self, number: u64, bytes: Range<u64>) -> Damage {
        Damage { file: self.path(number), bytes }
    }

    /// The numbers of the segments that are here, ascending.
    pub(crate) fn numbers(&self) -> Result<Vec<u64>, FileError> {
        let mut numbers = Vec::new();
        for path in self.files()? {
            let name = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".segment"));
            let number = name.and_then(|digits| u64::from_str_radix(digits, 16).ok());
            numbers.extend(number.filter(|number| self.path(*number) == path));
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
        let mut open = self.known();
        if let Some(segment) = open.get(&number) {
            return Ok(Arc::clone(segment));
        }
        let segment = Arc::new(Segment::open(&self.folder, number, &self.storage)?);
        open.insert(number, Arc::clone(&segment));
        Ok(segment)
    }

    /// Writes a segment anew that takes no further frame, with its commits as `edit` leaves them: each at its place and of
    /// its length, under a new key. After a crash the old file is there or the new one.
    ///
    /// # Errors
    /// When its head is damaged, a commit cannot be edited, or the disk says no. The old file is there then.
    pub(crate) fn rewrite(&self, number: u64, edit: &mut Edit<'_>) -> Result<(), JournalError> {
        let old = Segment::open(&self.folder, number, &self.storage)?;
        let path = self.path(number);
        let rewritten = rewritten(&path);
        rewrite::write(&old, &rewritten, (number, &self.storage), edit).inspect_err(|_| {
            // What cannot be removed is, at the next start or attempt.
            drop(fs::remove_file(&rewritten));
        })?;
        let _still = self.still();
        let mut open = self.known();
        fs::rename(&rewritten, &path).map_err(FileError::on("rename", &rewritten))?;
        open.remove(&number);
        drop(open);
        Ok(files::sync_folder(&self.folder)?)
    }

    /// Lets no segment be replaced until it is dropped.
    pub(crate) fn still(&self) -> MutexGuard<'_, ()> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a whole frame stands here, or, at the start of a segment, a head that can be read.
    pub(crate) fn is_whole_at(&self, at: Position) -> bool {
        let segment = Segment::open(&self.folder, at.segment, &self.storage);
        let has_frame =
            |segment: &Segment| segment.has_frame(at.offset) && segment.commit(at.offset).is_ok();
        segment.is_ok_and(|segment| at.offset == 0 || has_frame(&segment))
    }

    /// Removes a segment without a frame; its number is free again.
    pub(crate) fn remove(&self, number: u64) -> Result<(), FileError> {
        self.known().remove(&number);
        let path = self.path(number);
        files::remove(&path)?;
        files::sync_folder(&self.folder)
    }

    /// Reads a commit as it was before it was sealed.
    pub(crate) fn commit(&self, at: Position) -> Result<Zeroizing<Vec<u8>>, JournalError> {
        self.segment(at.segment)?.commit(at.offset)
    }

    /// The same, and the byte behind the frame.
    pub(crate) fn commit_and_end(
        &self,
        at: Position,
    ) -> Result<(Zeroizing<Vec<u8>>, u64), JournalError> {
        self.segment(at.segment)?.commit_and_end(at.offset)
    }

    /// The error of a frame that reads back as nothing known.
    pub(crate) fn newer(&self, at: Position) -> JournalError {
        JournalError::Newer { file: self.path(at.segment), offset: at.offset }
    }

    fn keep(&self, number: u64, segment: Segment) -> Arc<Segment> {
        let segment = Arc::new(segment);
        self.known().insert(number, Arc::clone(&segment));
        segment
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Segment>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes what a crash has left of a segment that was being written anew.
    fn remove_rewritten(&self) -> Result<(), FileError> {
        for path in self.files()? {
            if path.extension().is_some_and(|extension| extension == REWRITTEN) {
                fs::remove_file(&path).map_err(FileError::on("remove", &path))?;
            }
        }
        Ok(())
    }

    fn files(&self) -> Result<Vec<PathBuf>, FileError> {
        let entries = fs::read_dir(&self.folder)
            .and_then(|entries| entries.map(|entry| entry.map(|e| e.path())).collect());
        entries.map_err(FileError::on("list", &self.folder))
    }
}
