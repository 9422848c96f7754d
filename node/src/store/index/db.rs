//! The database under the index: sled, behind guards.
//!
//! sled 0.34 is unmaintained, does not reach the disk when it says that it has flushed, and may panic on damage. Here it may:
//! no row is the only place of anything, nothing personal is in one, and it is opened on a thread of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::thread;
use std::time::{Duration, Instant};

use budstikke_keys::secret::SymmetricKey;
use serde::de::DeserializeOwned;

use super::bundles::{Bundles, Changes};
use super::check::check;
use super::error::IndexError;
use super::patient_tables;
use super::tables::{self, DocumentRow, FetchRow, PatientMac, Table};
use crate::store::documents::name::FileName;
use crate::store::files::{self, FileError};
use crate::store::names::DocumentName;

/// Memory for pages; sled's own default of 1 GiB would be more than a small site's machine has.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// sled's thread does its only real sync; off, nothing would reach the disk before the end.
const FLUSH_EVERY_MS: u64 = 500;

/// Rows that wait in memory to be written together, which costs a fraction of writing each: some four thousand commits,
/// which a start after a crash applies again in a tenth of a second.
const WAITING_ROWS: usize = 16_384;

/// How long a database that is still being closed is waited for, and how long between two looks.
const LOCK_WAIT: Duration = Duration::from_secs(10);
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// The open index.
#[derive(Debug)]
pub(crate) struct Index {
    bundles: Bundles,
    /// The newest rows, which hold before those in the database.
    waiting: RwLock<Changes>,
    /// Held by whoever writes: what comes while rows move from memory to the database must not be taken for written.
    writing: Mutex<()>,
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
        let bundles = opened.join().ok().ok_or(IndexError::Panicked)??;
        let patients = storage.derive("budstikke 2026 patient rows v1", &[]);
        Ok(Self { bundles, waiting: RwLock::default(), writing: Mutex::default(), patients })
    }

    /// The MAC that stands for a patient identifier in keys.
    pub(crate) fn patient(&self, identifier: &str) -> PatientMac {
        let mac = self.patients.mac(identifier.as_bytes());
        mac.first_chunk().copied().unwrap_or_default()
    }

    /// The row with this key, read as what its table holds.
    pub(crate) fn row<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, IndexError> {
        let value = self.bytes(key)?;
        value.map(|value| tables::from_value(&value).ok_or(IndexError::Row)).transpose()
    }

    /// The bytes of the row with this key.
    pub(crate) fn bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        match self.waiting().get(key) {
            Some(change) => Ok(change.clone()),
            None => self.bundles.get(key),
        }
    }

    /// The rows whose keys begin with `prefix`, in order.
    pub(crate) fn rows_of(&self, prefix: &[u8]) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, IndexError> {
        let waiting = self.waiting();
        let mut rows = self.bundles.of_prefix(prefix)?;
        let changes = waiting.range(prefix.to_vec()..);
        for (key, value) in changes.take_while(|(key, _)| key.starts_with(prefix)) {
            match value {
                Some(value) => rows.insert(key.clone(), value.clone()),
                None => rows.remove(key),
            };
        }
        Ok(rows)
    }

    /// The row of a document that is here.
    pub(crate) fn document(&self, name: DocumentName) -> Result<Option<DocumentRow>, IndexError> {
        Ok(self.row(&tables::document(name))?.filter(DocumentRow::is_here))
    }

    /// The keys that begin with `prefix`, ascending; those up to and with `after` are passed over.
    pub(crate) fn ascending(
        &self,
        prefix: Vec<u8>,
        after: Option<Vec<u8>>,
    ) -> impl Iterator<Item = Result<Vec<u8>, IndexError>> {
        let end = end_of(&prefix);
        let mut from = Some(after.map_or(Bound::Included(prefix), Bound::Excluded));
        std::iter::from_fn(move || {
            let next = self.first(from.take()?, &end).transpose()?;
            from = next.as_ref().ok().map(|key| Bound::Excluded(key.clone()));
            Some(next)
        })
    }

    /// The keys that begin with `prefix`, descending.
    pub(crate) fn descending(
        &self,
        prefix: Vec<u8>,
    ) -> impl Iterator<Item = Result<Vec<u8>, IndexError>> {
        let mut end = Some(end_of(&prefix));
        std::iter::from_fn(move || {
            let next = self.last(&prefix, end.take()?).transpose()?;
            end = next.as_ref().ok().cloned();
            Some(next)
        })
    }

    /// The identifiers that may have lists: those under which a document is listed, and those that are linked to another.
    pub(crate) fn listed_patients(&self) -> Result<BTreeSet<PatientMac>, IndexError> {
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.settle()?;
        drop(writing);
        let mut patients = BTreeSet::new();
        for table in [Table::Patient, Table::Linked] {
            self.bundles.for_each(&table.key(&[]), |key, value| {
                if !value.is_empty() {
                    patients.insert(patient_tables::patient_in_key(key).ok_or(IndexError::Row)?);
                }
                Ok(())
            })?;
        }
        Ok(patients)
    }

    /// Every document file that a row names.
    pub(crate) fn files(&self) -> Result<BTreeSet<FileName>, IndexError> {
        // A file whose row waits in memory must not be taken for a stray one.
        self.flush()?;
        let mut files = BTreeSet::new();
        self.bundles.for_each(&Table::Document.key(&[]), |_, value| {
            let row: DocumentRow = tables::from_value(value).ok_or(IndexError::Row)?;
            files.extend(row.file.filter(|_| row.is_here()));
            Ok(())
        })?;
        self.bundles.for_each(&Table::Fetch.key(&[]), |_, value| {
            files.insert(tables::from_value::<FetchRow>(value).ok_or(IndexError::Row)?.file);
            Ok(())
        })?;
        Ok(files)
    }

    /// Writes rows, at the latest when it is flushed. After a crash of a table none is there before all of the tables before
    /// it.
    pub(crate) fn write(&self, rows: Changes) -> Result<(), IndexError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = self.waiting.write().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(rows);
        let are_enough = waiting.len() >= WAITING_ROWS;
        drop(waiting);
        if are_enough { self.settle() } else { Ok(()) }
    }

    /// Brings what was written to the disk, as far as sled does.
    pub(crate) fn flush(&self) -> Result<(), IndexError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.settle()?;
        self.bundles.flush()
    }

    /// Writes what waits. Whoever reads meanwhile finds it in one place or the other.
    fn settle(&self) -> Result<(), IndexError> {
        self.bundles.write(&self.waiting())?;
        self.waiting.write().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(())
    }

    fn waiting(&self) -> RwLockReadGuard<'_, Changes> {
        self.waiting.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first key from `from` on and before `end`.
    fn first(&self, from: Bound<Vec<u8>>, end: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        let waiting = self.waiting();
        let mut written = self.bundles.first(from.as_ref().map(Vec::as_slice), end)?;
        // A queue that drains leaves many rows behind that go: only one that the database has makes it be asked again.
        for (key, change) in waiting.range((from, Bound::Unbounded)) {
            if key.as_slice() >= end || written.as_ref().is_some_and(|written| written < key) {
                break;
            }
            if change.is_some() {
                return Ok(Some(key.clone()));
            }
            if written.as_ref() == Some(key) {
                written = self.bundles.first(Bound::Excluded(key), end)?;
            }
        }
        Ok(written)
    }

    /// The last key from `start` on and before `end`.
    fn last(&self, start: &[u8], mut end: Vec<u8>) -> Result<Option<Vec<u8>>, IndexError> {
        let waiting = self.waiting();
        loop {
            let written = self.bundles.last(start, &end)?;
            let change = waiting
                .range::<[u8], _>((Bound::Unbounded, Bound::Excluded(end.as_slice())))
                .next_back();
            match change.filter(|(key, _)| key.as_slice() >= start) {
                Some((key, change)) if written.as_ref().is_none_or(|written| key >= written) => {
                    if change.is_some() {
                        return Ok(Some(key.clone()));
                    }
                    end.clone_from(key);
                }
                Some(_) | None => return Ok(written),
            }
        }
    }
}

/// Behind every key with this prefix: each is shorter than what is put behind it.
fn end_of(prefix: &[u8]) -> Vec<u8> {
    [prefix, &[u8::MAX; 80]].concat()
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

fn open_and_check(path: &Path) -> Result<Bundles, IndexError> {
    let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES);
    let bundles = Bundles::of(unlocked(&config.flush_every_ms(Some(FLUSH_EVERY_MS)))?);
    check(&bundles)?;
    Ok(bundles)
}

/// Opens a database. sled lets go of its lock a moment after its last handle is gone, so a database that was open in this
/// process is waited for; that no other process has it is the journal's lock to say.
fn unlocked(config: &sled::Config) -> sled::Result<sled::Db> {
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
