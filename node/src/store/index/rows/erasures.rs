//! What an erasure does to the rows of a document.

use std::collections::{BTreeMap, BTreeSet};

use budstikke_protocol::patient::Identifier;

use super::listing::Changed;
use crate::store::documents::name::FileName;
use crate::store::index::announce_rows;
use crate::store::index::draft::Rows;
use crate::store::index::error::IndexError;
use crate::store::index::mode::RowsError;
use crate::store::index::tables::{self, DocumentRow, FetchRow, Table};
use crate::store::journal::frame::Position;
use crate::store::names::{DocumentName, Kind};

impl Rows<'_> {
    /// What is erased stays on the disk until the segments in which it stands were written anew; the rows of `erasing` say
    /// where. A later copy, which a crash may have left in the index already, is not touched.
    pub(super) fn erased(
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
        self.forget_patient(name, patients, at)?;
        for record in self.keys(tables::of_document(Table::Record, name))? {
            self.remove(record);
        }
        if let Some(row) = row {
            self.unshare(name, &row.named);
        }
        let stays = before.as_ref().filter(|row| row.at > at || row.erased == Some(at));
        if stays.is_none() {
            let file = places.into_values().rev().flatten().next();
            let (named, sharing, withdrawal, logged) = Default::default();
            let erased = Some(at);
            let at = before.as_ref().map_or(at, |row| row.at);
            let row = DocumentRow { kind, at, file, named, sharing, withdrawal, logged, erased };
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
        at: Position,
    ) -> Result<(), RowsError> {
        for patient in patients {
            let mac = self.index.patient(patient.reveal());
            self.remove(announce_rows::known(&mac, name));
        }
        if patients.is_empty() {
            for key in self.index.ascending(Table::Known.key(&[]), None) {
                let key = key?;
                if tables::name_in_key(&key) == Some(name) {
                    self.remove(key);
                }
            }
        }
        for key in self.of_patients(name, patients)? {
            self.relist_for(&key, at, Changed::Erased)?;
            self.remove(key);
        }
        Ok(())
    }
}
