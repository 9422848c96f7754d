//! What commits do to the rows of the index, gathered for one write.
//!
//! The commits of a group are applied one after another before any of them is written, so each must see the rows of those
//! before it. And a commit that was decided on facts which another has changed in the meantime must leave no trace.

mod erasures;
pub(crate) mod listing;

use std::collections::BTreeSet;
use std::mem;

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::limits::NONCE_KEPT;
use budstikke_protocol::patient::Identifier;

use super::announce_rows;
use super::draft::Rows;
use super::log_rows;
use super::mode::RowsError;
use super::shared_tables;
use super::tables::{self, Applied, DocumentRow, FetchRow, LogRow, Table};
use super::work::Work;
use crate::store::documents::name::FileName;
use crate::store::effects::{Effect, Effects};
use crate::store::journal::frame::Position;
use crate::store::log::head::Head;
use crate::store::names::{DocumentName, Kind};

impl Rows<'_> {
    /// Applies a commit that stands, or will stand, at `at`.
    ///
    /// # Errors
    /// When it does not fit, or the index cannot be read; nothing of it is applied then.
    pub(crate) fn apply(&mut self, effects: &Effects, at: Position) -> Result<(), RowsError> {
        self.commit = Work::default();
        let mut applied = self.applied_at(at);
        for effect in &effects.changes {
            if let Effect::Event(by, event) = effect {
                let more = self.event(*by, event, (effects.time, at))?;
                applied.events = applied.events.saturating_add(more);
                continue;
            }
            if let Effect::Sought(tickets) = effect {
                self.sought(tickets, (effects.time, at), &mut applied.tickets)?;
                continue;
            }
            let more = self.change(effect, effects, at)?;
            applied.documents = applied.documents.saturating_add(more);
        }
        self.access(effects, at)?;
        applied.frames = applied.frames.saturating_add(1);
        log_rows::logged(&mut applied.log, &effects.logged, at, &mut self.commit.rows);
        self.done(&applied)
    }

    /// Applies a head of the log that stands, or will stand, at `at`.
    pub(crate) fn head(&mut self, head: Head, at: Position) -> Result<(), RowsError> {
        self.commit = Work::default();
        let mut applied = self.applied_at(at);
        log_rows::head(&mut applied.log, head, &mut self.commit.rows);
        self.relisted()?;
        self.done(&applied)
    }

    /// Lets the rows go of entries of the log that stand in full tiles by now, when something else is written too.
    pub(crate) fn tiled(&mut self, tiled: u64) -> Result<(), RowsError> {
        let Some(mut applied) = self.applied.filter(|_| self.len() > 0) else { return Ok(()) };
        self.commit = Work::default();
        self.commit.rows = log_rows::tiled(&mut applied.log, tiled);
        self.done(&applied)
    }

    /// The log as it is with all that was applied.
    pub(crate) fn log(&self) -> LogRow {
        self.applied.map(|applied| applied.log).unwrap_or_default()
    }

    pub(super) fn applied_at(&self, last: Position) -> Applied {
        let (version, new) = (tables::VERSION, LogRow { tiled: self.tiled, ..LogRow::default() });
        let (frames, documents, heads, events, tickets) = Default::default();
        let fresh = Applied { version, last, frames, documents, heads, events, log: new, tickets };
        Applied { last, ..self.applied.unwrap_or(fresh) }
    }

    pub(super) fn done(&mut self, applied: &Applied) -> Result<(), RowsError> {
        self.set(tables::applied(), applied)?;
        self.applied = Some(*applied);
        let Work { rows, released } = mem::take(&mut self.commit);
        self.group.rows.extend(rows);
        self.group.released.extend(released);
        Ok(())
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
        effects: &Effects,
        at: Position,
    ) -> Result<u64, RowsError> {
        match effect {
            Effect::Here { name, kind, patient, named, file, is_open } => {
                let entry = effects.of_manifest(*name);
                let entry = entry.and_then(|(before, entry)| {
                    Some((self.log().entries.checked_add(before)?, entry))
                });
                let logged = entry.map(|(index, _)| index);
                let listed = entry.filter(|_| *kind == Kind::Own && *is_open);
                self.list(*name, patient, listed, at)?;
                self.end_fetch(*name, *file)?;
                let (kind, named, file) = (*kind, named.clone(), *file);
                let (sharing, withdrawal, erased) = (None, None, None);
                self.here(
                    *name,
                    DocumentRow { kind, at, file, named, sharing, withdrawal, logged, erased },
                )
            }
            Effect::Shared { name, sequence, named } => {
                self.shared(*name, at, *sequence, named).map(|()| 0)
            }
            Effect::Withdrawn(name) => self.withdrawn(*name, &effects.patients, at).map(|()| 0),
            Effect::Linked(group) => self.linked(group, at).map(|()| 0),
            Effect::FetchStarted(name, file) => {
                if self.get::<FetchRow>(&tables::fetch(*name))?.is_some() {
                    self.moved()?;
                }
                self.end_fetch(*name, Some(*file))?;
                self.trace(*name, at, Some(*file))?;
                self.set(tables::fetch(*name), &FetchRow { at, file: *file }).map(|()| 0)
            }
            Effect::FetchEnded(name) => self.end_fetch(*name, None).map(|()| 0),
            Effect::Erased(name, kind) => self.erased(*name, *kind, &effects.patients, at),
            Effect::Delivered(name, to) => self.delivered(*name, *to, effects.time).map(|()| 0),
            Effect::Retried(name) => self.retried(*name, effects.time).map(|()| 0),
            Effect::Known { name, patient } => self.known(*name, patient, at).map(|()| 0),
            Effect::Told(to, name) => {
                self.told(*to, *name);
                Ok(0)
            }
            Effect::Found(found) => self.found(found, at).map(|()| 0),
            Effect::Event(..) | Effect::Sought(_) => Ok(0),
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
            self.unshare(name, &before.named);
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
        let before = mem::replace(&mut row.named, named.clone());
        let mut told = BTreeSet::new();
        for asker in before.intersection(named) {
            if !self.is_to_be_told(*asker, name)? {
                told.insert(*asker);
            }
        }
        self.unshare(name, &before);
        row.sharing = Some((at, sequence));
        self.share(name, &row);
        // Whoever was told before knows of it.
        for asker in told {
            self.told(asker, name);
        }
        self.set(tables::document(name), &row)
    }

    fn withdrawn(
        &mut self,
        name: DocumentName,
        patients: &BTreeSet<Identifier>,
        at: Position,
    ) -> Result<(), RowsError> {
        self.trace(name, at, None)?;
        let Some(mut row) = self.document(name)? else { return self.moved() };
        if row.withdrawal.is_some() {
            return self.moved();
        }
        self.unshare(name, &row.named);
        // The manifest says of whom it is, whether or not this commit does.
        self.unlist(name, patients, row.at)?;
        row.withdrawal = Some(at);
        self.set(tables::document(name), &row)
    }

    pub(super) fn trace(
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
                self.put(shared_tables::shared(*asker, name), Vec::new());
                self.put(announce_rows::announce(*asker, name), Vec::new());
            }
        }
    }

    fn unshare(&mut self, name: DocumentName, named: &BTreeSet<OrganisationNumber>) {
        for asker in named {
            self.remove(shared_tables::shared(*asker, name));
            self.told(*asker, name);
        }
    }
}
