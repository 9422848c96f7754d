//! What commits do to the rows of the index, gathered for one write.
//!
//! The commits of a group are applied one after another before any of them is written, so each must see the rows of those
//! before it. And a commit that was decided on facts which another has changed in the meantime must leave no trace.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::limits::NONCE_KEPT;
use budstikke_protocol::patient::Identifier;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::bundles::Changes;
use super::db::Index;
use super::error::IndexError;
use super::tables::{self, Applied, DocumentRow, FetchRow, Table};
use crate::store::documents::name::FileName;
use crate::store::effects::{Effect, Effects};
use crate::store::journal::frame::Position;
use crate::store::names::{DocumentName, Kind};

/// Why a commit has no place.
#[derive(Debug, Clone, Error)]
pub(crate) enum RowsError {
    /// Another commit has come first: what this one was decided on no longer holds.
    #[error("the document has been changed by somebody else in the meantime")]
    Moved,
    /// The index cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// Whether commits are new or were accepted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They are new: one that does not fit is refused.
    New,
    /// They stand in the journal: each is applied, also where damage has taken one before it.
    Replay,
}

/// Rows that change together.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    index: &'a Index,
    mode: Mode,
    applied: Option<Applied>,
    /// The last frame that was applied before.
    since: Option<Position>,
    /// The rows of the commits that were applied; nothing stands for a row that goes.
    group: Work,
    /// The rows of the commit that is being applied.
    commit: Work,
}

#[derive(Debug, Default)]
struct Work {
    rows: Changes,
    /// Files that no row names any more.
    released: Vec<FileName>,
}

impl<'a> Rows<'a> {
    /// No changes yet.
    pub(crate) fn new(index: &'a Index, mode: Mode) -> Result<Self, IndexError> {
        let applied: Option<Applied> = index.row(&tables::applied())?;
        let since = applied.map(|applied| applied.last);
        let (group, commit) = Default::default();
        Ok(Self { index, mode, applied, since, group, commit })
    }

    /// The last frame that was applied.
    pub(crate) fn last(&self) -> Option<Position> {
        self.applied.map(|applied| applied.last)
    }

    /// How many rows have changed.
    pub(crate) fn len(&self) -> usize {
        self.group.rows.len()
    }

    /// Whether something in this segment was erased: it takes no further frame then, because it will be written anew.
    pub(crate) fn erases_in(&self, segment: u64) -> bool {
        self.group.rows.keys().any(|key| {
            Table::of(key) == Some(Table::Erasing)
                && tables::place_in_key(key).is_some_and(|(_, at)| at.segment == segment)
        })
    }

    /// Applies a commit that stands, or will stand, at `at`.
    ///
    /// # Errors
    /// When it does not fit, or the index cannot be read; nothing of it is applied then.
    pub(crate) fn apply(&mut self, effects: &Effects, at: Position) -> Result<(), RowsError> {
        self.commit = Work::default();
        let before = self.applied.map_or((0, 0), |applied| (applied.frames, applied.documents));
        let mut documents = before.1;
        for effect in &effects.changes {
            documents = documents.saturating_add(self.change(effect, &effects.patients, at)?);
        }
        self.access(effects, at)?;
        let frames = before.0.saturating_add(1);
        let applied = Applied { version: tables::VERSION, last: at, frames, documents };
        self.set(tables::applied(), &applied)?;
        self.applied = Some(applied);
        let Work { rows, released } = mem::take(&mut self.commit);
        self.group.rows.extend(rows);
        self.group.released.extend(released);
        Ok(())
    }

    /// Notes the places at which the journal held nothing to be applied; none leaves what was noted before.
    pub(crate) fn lost(&mut self, gaps: &BTreeSet<Position>) -> Result<(), IndexError> {
        if !gaps.is_empty() {
            let value = tables::to_value(gaps).ok_or(IndexError::Row)?;
            self.group.rows.insert(tables::gaps(), Some(value));
        }
        Ok(())
    }

    /// Writes the rows. Gives the files that nothing names any more; the next group begins with no changes.
    pub(crate) fn write(&mut self) -> Result<Vec<FileName>, IndexError> {
        let Work { rows, released } = mem::take(&mut self.group);
        self.index.write(rows)?;
        Ok(released)
    }

    fn access(&mut self, effects: &Effects, at: Position) -> Result<(), RowsError> {
        self.put(tables::access(effects.time, at), Vec::new());
        for patient in &effects.patients {
            let mac = self.index.patient(patient.reveal());
            self.put(tables::access_by_patient(&mac, effects.time, at), Vec::new());
        }
        let Some(nonce) = &effects.nonce else { return Ok(()) };
        self.put(tables::nonce(effects.time, nonce), Vec::new());
        let forgotten = effects.time.minus(NONCE_KEPT.saturating_mul(2));
        for key in self.index.ascending(Table::Nonce.key(&[]), None) {
            let key = key?;
            if tables::nonce_in_key(&key).is_some_and(|(_, used)| used >= forgotten) {
                break;
            }
            self.remove(key);
        }
        Ok(())
    }

    /// Applies a change, and says how many documents are here that were not before.
    fn change(
        &mut self,
        effect: &Effect,
        patients: &BTreeSet<Identifier>,
        at: Position,
    ) -> Result<u64, RowsError> {
        match effect {
            Effect::Here { name, kind, patient, named, file } => {
                let mac = self.index.patient(patient.reveal());
                self.put(tables::patient(&mac, *name), Vec::new());
                self.end_fetch(*name, *file)?;
                let (kind, named, file) = (*kind, named.clone(), *file);
                let (sharing, withdrawal, erased) = (None, None, None);
                self.here(*name, DocumentRow { kind, at, file, named, sharing, withdrawal, erased })
            }
            Effect::Shared { name, sequence, named } => {
                self.shared(*name, at, *sequence, named).map(|()| 0)
            }
            Effect::Withdrawn(name) => self.withdrawn(*name, at).map(|()| 0),
            Effect::FetchStarted(name, file) => {
                if self.get::<FetchRow>(&tables::fetch(*name))?.is_some() {
                    self.moved()?;
                }
                self.end_fetch(*name, Some(*file))?;
                self.trace(*name, at, Some(*file))?;
                self.set(tables::fetch(*name), &FetchRow { at, file: *file }).map(|()| 0)
            }
            Effect::FetchEnded(name) => self.end_fetch(*name, None).map(|()| 0),
            Effect::Erased(name, kind) => self.erased(*name, *kind, patients, at),
        }
    }

    /// A copy may take the place of a copy, whose file may have been damaged or which was erased; nothing takes the place of
    /// an own document.
    fn here(&mut self, name: DocumentName, row: DocumentRow) -> Result<u64, RowsError> {
        let (before, at) = (self.get::<DocumentRow>(&tables::document(name))?, row.at);
        if let Some(before) = &before {
            // A fetch that was under way when the document was erased has lost its file.
            let is_lost = before.erased.is_some() && row.file.is_some() && before.file == row.file;
            if is_lost || (before.kind, row.kind) != (Kind::Copy, Kind::Copy) {
                self.moved()?;
            }
        }
        if let Some(before) = before.as_ref().filter(|before| before.is_here()) {
            self.unshare(name, before);
            self.commit.released.extend(before.file.filter(|file| Some(*file) != row.file));
            if before.at < at {
                self.trace(name, before.at, None)?;
            }
        }
        self.share(name, &row);
        self.set(tables::document(name), &row)?;
        // Where a crash has cut a write short the row may be there already, from this very commit.
        Ok(u64::from(before.is_none_or(|before| before.at >= at)))
    }

    fn shared(
        &mut self,
        name: DocumentName,
        at: Position,
        sequence: u64,
        named: &BTreeSet<OrganisationNumber>,
    ) -> Result<(), RowsError> {
        self.trace(name, at, None)?;
        let Some(mut row) = self.document(name)? else { return self.moved() };
        let known = row.sharing.map_or(0, |(_, sequence)| sequence);
        if row.withdrawal.is_some() || known.checked_add(1) != Some(sequence) {
            self.moved()?;
        }
        if sequence <= known {
            return Ok(());
        }
        self.unshare(name, &row);
        row.sharing = Some((at, sequence));
        row.named.clone_from(named);
        self.share(name, &row);
        self.set(tables::document(name), &row)
    }

    fn withdrawn(&mut self, name: DocumentName, at: Position) -> Result<(), RowsError> {
        self.trace(name, at, None)?;
        let Some(mut row) = self.document(name)? else { return self.moved() };
        if row.withdrawal.is_some() {
            return self.moved();
        }
        self.unshare(name, &row);
        row.withdrawal = Some(at);
        self.set(tables::document(name), &row)
    }

    /// What is erased stays on the disk until the segments in which it stands were written anew; the rows of `erasing` say
    /// where. A later copy, which a crash may have left in the index already, is not touched.
    fn erased(
        &mut self,
        name: DocumentName,
        kind: Kind,
        patients: &BTreeSet<Identifier>,
        at: Position,
    ) -> Result<u64, RowsError> {
        let before = self.get::<DocumentRow>(&tables::document(name))?;
        let row = before.as_ref().filter(|row| row.is_here() && row.at < at);
        let fetch = self.get::<FetchRow>(&tables::fetch(name))?.filter(|fetch| fetch.at < at);
        if row.is_none() && fetch.is_none() {
            self.moved()?;
        }
        let mut places = self.places(name)?;
        places.extend(row.map(|row| (row.at, row.file)));
        places.retain(|place, _| *place < at);
        for (place, file) in &places {
            self.set(tables::place(Table::Erasing, name, *place), file)?;
            self.remove(tables::place(Table::Trace, name, *place));
        }
        if fetch.is_some() {
            self.remove(tables::fetch(name));
        }
        self.forget_patient(name, patients)?;
        if let Some(row) = row {
            self.unshare(name, row);
        }
        let stays = before.as_ref().filter(|row| row.at > at || row.erased == Some(at));
        if stays.is_none() {
            let file = places.into_values().rev().flatten().next();
            let (named, sharing, withdrawal, erased) = (BTreeSet::new(), None, None, Some(at));
            let at = before.as_ref().map_or(at, |row| row.at);
            let row = DocumentRow { kind, at, file, named, sharing, withdrawal, erased };
            self.set(tables::document(name), &row)?;
        }
        // What a crash has left of this erasure was not counted, and the document that would be may be blank by now.
        let is_left = |row: DocumentRow| row.erased >= Some(at) && Some(row.at) > self.since;
        Ok(u64::from(before.is_none_or(is_left)))
    }

    /// Where something is said of a document beside the place that its row points to, and where something still has to go.
    fn places(
        &self,
        name: DocumentName,
    ) -> Result<BTreeMap<Position, Option<FileName>>, RowsError> {
        let mut places = BTreeMap::new();
        for table in [Table::Erasing, Table::Trace] {
            for key in self.keys(tables::of_document(table, name))? {
                let (_, place) = tables::place_in_key(&key).ok_or(IndexError::Row)?;
                places.insert(place, self.get::<Option<FileName>>(&key)?.flatten());
            }
        }
        Ok(places)
    }

    /// Whose document it was, the access record says; that of a damaged one does not, and is looked for.
    fn forget_patient(
        &mut self,
        name: DocumentName,
        patients: &BTreeSet<Identifier>,
    ) -> Result<(), RowsError> {
        for patient in patients {
            self.remove(tables::patient(&self.index.patient(patient.reveal()), name));
        }
        if patients.is_empty() {
            for key in self.index.ascending(Table::Patient.key(&[]), None) {
                let key = key?;
                if tables::name_in_key(&key) == Some(name) {
                    self.remove(key);
                }
            }
        }
        Ok(())
    }

    fn trace(
        &mut self,
        name: DocumentName,
        at: Position,
        file: Option<FileName>,
    ) -> Result<(), RowsError> {
        self.set(tables::place(Table::Trace, name, at), &file)
    }

    /// Its file goes, unless it is the document's from now on.
    fn end_fetch(&mut self, name: DocumentName, kept: Option<FileName>) -> Result<(), RowsError> {
        if let Some(fetch) = self.get::<FetchRow>(&tables::fetch(name))? {
            self.commit.released.extend(Some(fetch.file).filter(|file| Some(*file) != kept));
            self.remove(tables::fetch(name));
        }
        Ok(())
    }

    fn share(&mut self, name: DocumentName, row: &DocumentRow) {
        if row.kind == Kind::Own && row.withdrawal.is_none() {
            for asker in &row.named {
                self.put(tables::shared(*asker, name), Vec::new());
            }
        }
    }

    fn unshare(&mut self, name: DocumentName, row: &DocumentRow) {
        for asker in &row.named {
            self.remove(tables::shared(*asker, name));
        }
    }

    /// The row of a document that is here.
    fn document(&self, name: DocumentName) -> Result<Option<DocumentRow>, IndexError> {
        Ok(self.get(&tables::document(name))?.filter(DocumentRow::is_here))
    }

    fn moved(&self) -> Result<(), RowsError> {
        match self.mode {
            Mode::New => Err(RowsError::Moved),
            Mode::Replay => Ok(()),
        }
    }

    fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, IndexError> {
        let changed = self.commit.rows.get(key).or_else(|| self.group.rows.get(key));
        match changed {
            None => self.index.row(key),
            Some(None) => Ok(None),
            Some(Some(value)) => tables::from_value(value).map(Some).ok_or(IndexError::Row),
        }
    }

    /// The keys that begin with `prefix`, with those that have changed.
    fn keys(&self, prefix: Vec<u8>) -> Result<BTreeSet<Vec<u8>>, IndexError> {
        let written = self.index.ascending(prefix.clone(), None);
        let mut keys = written.collect::<Result<BTreeSet<_>, _>>()?;
        for changes in [&self.group.rows, &self.commit.rows] {
            let of_prefix = changes.range(prefix.clone()..);
            for (key, value) in of_prefix.take_while(|(key, _)| key.starts_with(&prefix)) {
                if value.is_none() {
                    keys.remove(key);
                } else {
                    keys.insert(key.clone());
                }
            }
        }
        Ok(keys)
    }

    fn set<T: Serialize>(&mut self, key: Vec<u8>, row: &T) -> Result<(), RowsError> {
        self.put(key, tables::to_value(row).ok_or(IndexError::Row)?);
        Ok(())
    }

    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.commit.rows.insert(key, Some(value));
    }

    fn remove(&mut self, key: Vec<u8>) {
        self.commit.rows.insert(key, None);
    }
}
