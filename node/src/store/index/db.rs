//! The database under the index: sled, behind guards.
//!
//! sled 0.34 is unmaintained, does not reach the disk when it says that it has flushed, and may panic on damage. Here it may:
//! no row is the only place of anything, nothing personal is in one, and it is opened on a thread of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use budstikke_keys::secret::SymmetricKey;
use serde::de::DeserializeOwned;
use sled::{Db, IVec};
use thiserror::Error;

use super::tables::{self, Applied, DocumentRow, FetchRow, PatientMac, Table};
use crate::store::documents::name::FileName;
use crate::store::files::{self, FileError};
use crate::store::journal::frame::Position;
use crate::store::names::DocumentName;

/// Memory for pages; sled's own default of 1 GiB would be more than a small site's machine has.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// sled's thread does its only real sync; off, nothing would reach the disk before the end.
const FLUSH_EVERY_MS: u64 = 500;

/// How long a database that is still being closed is waited for, and how long between two looks.
const LOCK_WAIT: Duration = Duration::from_secs(10);
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Why the index cannot be used.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum IndexError {
    /// sled says no.
    #[error("the index cannot be used")]
    Sled(#[from] sled::Error),
    /// sled panicked.
    #[error("the index is damaged")]
    Panicked,
    /// A row is not one that this version writes.
    #[error("a row of the index cannot be read")]
    Row,
    /// Rows are missing, or there are more than there should be.
    #[error("the index does not hold as many rows as was noted")]
    Count,
    /// The journal does not hold what the index says was applied last.
    #[error("the index goes further than the journal")]
    Ahead,
    /// It has failed, and is built anew with the next commit.
    #[error("the index has failed and is built anew")]
    Away,
    /// Another version wrote it.
    #[error("the index is one of another version")]
    Version,
}

/// The open index.
#[derive(Debug)]
pub(crate) struct Index {
    db: Db,
    patients: SymmetricKey,
}

impl Index {
    /// Opens an index and looks at every row; one that is not there is made.
    ///
    /// # Errors
    /// When it should be rebuilt.
    pub(crate) fn open(path: &Path, storage: &SymmetricKey) -> Result<Self, IndexError> {
        let folder = path.to_owned();
        let opened =
            thread::Builder::new().name("index".to_owned()).spawn(move || open_and_check(&folder));
        let opened = opened.map_err(sled::Error::Io)?;
        let db = opened.join().ok().ok_or(IndexError::Panicked)??;
        Ok(Self { db, patients: storage.derive("budstikke 2026 patient rows v1", &[]) })
    }

    /// The MAC that stands for a patient identifier in keys.
    pub(crate) fn patient(&self, identifier: &str) -> PatientMac {
        self.patients.mac(identifier.as_bytes())
    }

    /// The row with this key, read as what its table holds.
    pub(crate) fn row<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, IndexError> {
        let value = self.db.get(key)?;
        value.map(|value| tables::from_value(&value).ok_or(IndexError::Row)).transpose()
    }

    /// The row of a document that is here.
    pub(crate) fn document(&self, name: DocumentName) -> Result<Option<DocumentRow>, IndexError> {
        Ok(self.row(&tables::document(name))?.filter(DocumentRow::is_here))
    }

    /// The keys that begin with `prefix`, ascending; those up to and with `after` are passed over.
    pub(crate) fn keys(
        &self,
        prefix: Vec<u8>,
        after: Option<Vec<u8>>,
    ) -> impl DoubleEndedIterator<Item = Result<IVec, IndexError>> + use<> {
        use std::ops::Bound::{Excluded, Included};
        // Every key is shorter than this, so no key with the prefix comes behind it.
        let end = [prefix.as_slice(), &[u8::MAX; 80]].concat();
        let start = after.map_or(Included(prefix), Excluded);
        self.db.range((start, Excluded(end))).keys().map(|key| Ok(key?))
    }

    /// Every document file that a row names.
    pub(crate) fn files(&self) -> Result<BTreeSet<FileName>, IndexError> {
        let mut files = BTreeSet::new();
        for key in self.keys(Table::Document.key(&[]), None) {
            let row = self.row::<DocumentRow>(&key?)?.filter(DocumentRow::is_here);
            files.extend(row.and_then(|row| row.file));
        }
        for key in self.keys(Table::Fetch.key(&[]), None) {
            files.extend(self.row::<FetchRow>(&key?)?.map(|row| row.file));
        }
        Ok(files)
    }

    /// Writes rows, in the order of their keys: after a crash the first of them are there, or all.
    pub(crate) fn write(&self, rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>) -> Result<(), IndexError> {
        for (key, value) in rows {
            match value {
                Some(value) => self.db.insert(key, value)?,
                None => self.db.remove(key)?,
            };
        }
        Ok(())
    }

    /// Brings what was written to the disk, as far as sled does.
    pub(crate) fn flush(&self) -> Result<(), IndexError> {
        self.db.flush()?;
        Ok(())
    }
}

/// Sets an index aside that cannot be used, in place of the one that was set aside before.
pub(crate) fn set_aside(path: &Path) -> Result<(), FileError> {
    if !path.exists() {
        return Ok(());
    }
    let folder = files::parent(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!("{name}.broken-");
    let mut last: u64 = 0;
    let on = || FileError::on("list", folder);
    for entry in fs::read_dir(folder).map_err(on())? {
        let old = entry.map_err(on())?.path();
        let number =
            old.file_name().and_then(|name| name.to_str()?.strip_prefix(&prefix)?.parse().ok());
        let Some(number) = number else { continue };
        last = last.max(number);
        remove(&old).map_err(FileError::on("remove", &old))?;
    }
    let aside = folder.join(format!("{prefix}{}", last.saturating_add(1)));
    fs::rename(path, aside).map_err(FileError::on("rename", path))
}

fn remove(path: &PathBuf) -> std::io::Result<()> {
    if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

fn open_and_check(path: &Path) -> Result<Db, IndexError> {
    let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES);
    let db = unlocked(&config.flush_every_ms(Some(FLUSH_EVERY_MS)))?;
    check(&db)?;
    Ok(db)
}

/// Opens a database. sled lets go of its lock a moment after its last handle is gone, so a database that was open in this
/// process is waited for; that no other process has it is the journal's lock to say.
fn unlocked(config: &sled::Config) -> sled::Result<Db> {
    let deadline = Instant::now().checked_add(LOCK_WAIT);
    loop {
        match config.open() {
            Err(sled::Error::Io(error))
                if error.to_string().contains("could not acquire lock")
                    && deadline.is_some_and(|deadline| Instant::now() < deadline) =>
            {
                thread::park_timeout(LOCK_PAUSE);
            }
            opened => return opened,
        }
    }
}

/// Reads every row. A lost row of a document or an access shows in the counts that are written with each commit; those that
/// a crash has left of later commits do not count.
fn check(db: &Db) -> Result<(), IndexError> {
    let applied = db.get(tables::applied())?;
    let applied = applied
        .map(|row| tables::from_value::<Applied>(&row).ok_or(IndexError::Version))
        .transpose()?;
    let is_counted = |at: Position| applied.is_some_and(|applied| at <= applied.last);
    let (mut frames, mut documents): (u64, u64) = (0, 0);
    for row in db.iter() {
        let (key, value) = row?;
        match Table::of(&key).ok_or(IndexError::Row)? {
            Table::Document => {
                tables::name_in_key(&key).ok_or(IndexError::Row)?;
                let row: DocumentRow = tables::from_value(&value).ok_or(IndexError::Row)?;
                documents = documents.saturating_add(u64::from(is_counted(row.at)));
            }
            Table::Fetch => {
                tables::from_value::<FetchRow>(&value).ok_or(IndexError::Row)?;
            }
            Table::Access => {
                let at = tables::position_in_key(&key).ok_or(IndexError::Row)?;
                frames = frames.saturating_add(u64::from(is_counted(at)));
            }
            Table::AccessByPatient
            | Table::Erasing
            | Table::Nonce
            | Table::Patient
            | Table::Shared
            | Table::Trace
            | Table::Applied => {}
        }
    }
    match applied {
        Some(applied) if applied.version != tables::VERSION => Err(IndexError::Version),
        Some(applied) if (applied.frames, applied.documents) != (frames, documents) => {
            Err(IndexError::Count)
        }
        Some(_) | None => Ok(()),
    }
}
