//! Erasing: what a commit has declared erased goes from the disk.
//!
//! The commit is the point without return. From then on the document is gone for everybody who asks, and the rows of `erasing` say
//! what is still to do: its file is removed, and each segment in which something is said of it is written anew without that.
//! A crash at any moment leaves the rows, or lets them come back with the journal, and the work is done again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use budstikke_keys::jws::Claimed;
use budstikke_protocol::document::manifest::Manifest;
use zeroize::Zeroizing;

use super::blank::{blank, is_about};
use super::documents::name::FileName;
use super::entry::{Entry, StartedFetch};
use super::error::StoreError;
use super::files::{self, FileError};
use super::index::db::Index;
use super::index::error::IndexError;
use super::index::live::LiveIndex;
use super::index::tables::{self, FetchRow, Table};
use super::journal::Journal;
use super::journal::frame::Position;
use super::names::{DocumentName, Kind};

/// What there is to erase.
#[derive(Debug)]
pub struct Erasable {
    /// Whether it is this organisation's own.
    pub kind: Kind,
    /// Its manifest, where that can still be read.
    pub manifest: Option<Claimed<Manifest>>,
}

/// What there is to erase of a document. One that is being fetched counts as a copy.
pub(crate) fn erasable(
    journal: &Journal,
    index: &Index,
    name: DocumentName,
) -> Result<Option<Erasable>, StoreError> {
    if let Some(row) = index.document(name)? {
        let manifest = Entry::read(journal, name, &row).ok().map(|entry| entry.manifest);
        return Ok(Some(Erasable { kind: row.kind, manifest }));
    }
    let Some(row) = index.row::<FetchRow>(&tables::fetch(name))? else { return Ok(None) };
    let manifest = StartedFetch::read(journal, name, &row).ok().map(|started| started.manifest);
    Ok(Some(Erasable { kind: Kind::Copy, manifest }))
}

/// What is to go from one segment.
#[derive(Default)]
struct Work {
    /// By the place of the commit, what it must not speak of any more.
    places: BTreeMap<u64, BTreeSet<DocumentName>>,
    files: BTreeSet<FileName>,
    /// The rows that say so.
    rows: Vec<Vec<u8>>,
}

/// Takes from the disk what is erased and still there. What goes wrong in one segment does not keep the others from it.
pub(crate) fn finish(
    journal: &Journal,
    index: &LiveIndex,
    documents: &Path,
) -> Result<(), StoreError> {
    let mut outcome = Ok(());
    // The index is not held meanwhile: it may have to be opened anew.
    let left = left(&*index.get()?)?;
    for (segment, work) in left {
        let done = work.files.iter().try_for_each(|file| remove(*file, documents));
        let done = done.map_err(StoreError::from).and_then(|()| clear(journal, segment, &work));
        match done {
            Ok(()) => index.get()?.write(work.rows.into_iter().map(|row| (row, None)).collect())?,
            Err(error) => outcome = Err(error),
        }
    }
    outcome
}

/// The documents that are erased and not yet gone from the disk.
pub(crate) fn unfinished(index: &Index) -> Result<BTreeSet<DocumentName>, IndexError> {
    let keys = index.ascending(Table::Erasing.key(&[]), None);
    keys.map(|key| Ok(tables::place_in_key(&key?).ok_or(IndexError::Row)?.0)).collect()
}

fn left(index: &Index) -> Result<BTreeMap<u64, Work>, IndexError> {
    let mut left: BTreeMap<u64, Work> = BTreeMap::new();
    for key in index.ascending(Table::Erasing.key(&[]), None) {
        let key = key?;
        let (name, at) = tables::place_in_key(&key).ok_or(IndexError::Row)?;
        let work = left.entry(at.segment).or_default();
        work.places.entry(at.offset).or_default().insert(name);
        work.files.extend(index.row::<Option<FileName>>(&key)?.flatten());
        work.rows.push(key);
    }
    Ok(left)
}

/// Removes a document file, durably.
fn remove(file: FileName, documents: &Path) -> Result<(), FileError> {
    let (path, folder) = (file.path(documents), file.folder(documents));
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(FileError::on("remove", &path)(error));
        }
        _ => {}
    }
    if folder.exists() { files::sync_folder(&folder) } else { Ok(()) }
}

/// Writes a segment anew, unless an earlier run has done so.
fn clear(journal: &Journal, segment: u64, work: &Work) -> Result<(), StoreError> {
    let speaks = |(offset, names): (&u64, &BTreeSet<DocumentName>)| {
        let at = Position { segment, offset: *offset };
        match journal.commit(at) {
            Ok(commit) => is_about(&commit, names).ok().unwrap_or(true),
            Err(_) => true,
        }
    };
    if !work.places.iter().any(speaks) {
        return Ok(());
    }
    let mut edit = |offset, commit: &mut Zeroizing<Vec<u8>>, attachments: &mut [u8]| {
        let names = work.places.get(&offset);
        names.is_none_or(|names| blank(commit, attachments, names).is_ok())
    };
    Ok(journal.rewrite(segment, &mut edit)?)
}
