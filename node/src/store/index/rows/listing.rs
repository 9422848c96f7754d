//! What a commit does to the rows of the lists: the row of a document under its patient says whether it is listed, and as which entry of
//! the log; a row of `relist`, that the list of a patient is another than at the last head.

use std::collections::{BTreeMap, BTreeSet};

use budstikke_protocol::index::list::Listed;
use budstikke_protocol::log::commitment::Commitment;
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::patient::Identifier;

use crate::store::bytes::take;
use crate::store::index::db::Index;
use crate::store::index::draft::Rows;
use crate::store::index::error::IndexError;
use crate::store::index::mode::RowsError;
use crate::store::index::patient_tables::{self, LinkRow};
use crate::store::index::tables::{self, PatientMac, Table};
use crate::store::journal::frame::Position;
use crate::store::names::DocumentName;

/// The most identifiers that may be one patient's: somebody without a number gets one at each visit.
pub const LINKED_MAX: usize = 16;

/// How a list has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Changed {
    /// Something came, or was taken out.
    Otherwise,
    /// Something was erased: no file may hold it any more.
    Erased,
}

/// The list of a patient is another than at the last head.
#[derive(Debug, Default, Clone)]
pub(crate) struct Relisting {
    /// Commits that name the patient.
    pub(crate) places: BTreeSet<Position>,
    /// Whether something was erased.
    pub(crate) erases: bool,
}

/// What reads rows: with changes that are not written yet, or without.
pub(crate) trait ReadRows {
    /// The rows whose keys begin with `prefix`.
    fn of_prefix(&self, prefix: &[u8]) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, IndexError>;

    /// What links an identifier to others.
    fn link(&self, mac: &PatientMac) -> Result<Option<LinkRow>, IndexError>;

    /// The records that the list of an identifier holds, in the order of the log: those of every identifier that is linked to it.
    fn listed(&self, mac: &PatientMac) -> Result<BTreeMap<Listed, DocumentName>, IndexError> {
        let group = self.link(mac)?.map_or_else(|| vec![*mac], |link| link.group);
        let mut listed = BTreeMap::new();
        for mac in group {
            for (key, value) in self.of_prefix(&Table::Patient.key(&[&mac]))? {
                if !value.is_empty() {
                    let name = tables::name_in_key(&key).ok_or(IndexError::Row)?;
                    listed.insert(listed_in(&value).ok_or(IndexError::Row)?, name);
                }
            }
        }
        Ok(listed)
    }
}

impl ReadRows for Index {
    fn of_prefix(&self, prefix: &[u8]) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, IndexError> {
        self.rows_of(prefix)
    }

    fn link(&self, mac: &PatientMac) -> Result<Option<LinkRow>, IndexError> {
        self.row(&patient_tables::linked(mac))
    }
}

impl ReadRows for Rows<'_> {
    fn of_prefix(&self, prefix: &[u8]) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, IndexError> {
        self.rows_of(prefix)
    }

    fn link(&self, mac: &PatientMac) -> Result<Option<LinkRow>, IndexError> {
        self.get(&patient_tables::linked(mac))
    }
}

impl Rows<'_> {
    /// The identifiers whose lists have changed since the last head.
    pub(crate) fn relisting(&self) -> Result<BTreeMap<PatientMac, Relisting>, IndexError> {
        let mut found: BTreeMap<PatientMac, Relisting> = BTreeMap::new();
        for (key, value) in self.rows_of(&Table::Relist.key(&[]))? {
            let (mac, at) = patient_tables::relist_in_key(&key).ok_or(IndexError::Row)?;
            let relisting = found.entry(mac).or_default();
            relisting.places.insert(at);
            relisting.erases |= !value.is_empty();
        }
        Ok(found)
    }

    /// Notes a document under its patient, with the entry of the log that the list names, if it is listed.
    pub(super) fn list(
        &mut self,
        name: DocumentName,
        patient: &Identifier,
        listed: Option<(u64, &Entry)>,
        at: Position,
    ) -> Result<(), RowsError> {
        let mac = self.index.patient(patient.reveal());
        let value = match listed {
            Some((index, Entry::Record(commitment))) => {
                [&index.to_be_bytes()[..], commitment.as_bytes()].concat()
            }
            Some(_) | None => Vec::new(),
        };
        let key = patient_tables::patient(&mac, name);
        self.put(key.clone(), value);
        self.relist_for(&key, at, Changed::Otherwise)
    }

    /// Takes a document out of its patient's list. The commit at `at` names the patient.
    pub(super) fn unlist(
        &mut self,
        name: DocumentName,
        patients: &BTreeSet<Identifier>,
        at: Position,
    ) -> Result<(), RowsError> {
        for key in self.of_patients(name, patients)? {
            self.relist_for(&key, at, Changed::Otherwise)?;
            self.put(key, Vec::new());
        }
        Ok(())
    }

    /// Makes identifiers those of one patient. The group holds all that each was linked to before.
    pub(super) fn linked(&mut self, group: &[Identifier], at: Position) -> Result<(), RowsError> {
        let macs: BTreeSet<PatientMac> =
            group.iter().map(|identifier| self.index.patient(identifier.reveal())).collect();
        let mut before = BTreeSet::new();
        for mac in &macs {
            before.extend(self.link(mac)?.into_iter().flat_map(|link| link.group));
        }
        let fits = macs.len() == group.len() && (2..=LINKED_MAX).contains(&macs.len());
        if !fits || !before.is_subset(&macs) {
            self.moved()?;
        }
        let row = LinkRow { at, group: macs.into_iter().collect() };
        for mac in &row.group {
            self.set(patient_tables::linked(mac), &row)?;
            self.put(patient_tables::relist(mac, at), Vec::new());
        }
        Ok(())
    }

    /// A head holds every list as it is.
    pub(super) fn relisted(&mut self) -> Result<(), RowsError> {
        for key in self.rows_of(&Table::Relist.key(&[]))?.into_keys() {
            self.remove(key);
        }
        Ok(())
    }

    /// Notes that the lists have changed which a document is in, if it is in any, by its row under its patient.
    pub(super) fn relist_for(
        &mut self,
        key: &[u8],
        at: Position,
        changed: Changed,
    ) -> Result<(), RowsError> {
        if self.bytes(key)?.is_none_or(|value| value.is_empty()) {
            return Ok(());
        }
        let mac = patient_tables::patient_in_key(key).ok_or(IndexError::Row)?;
        let erases = if changed == Changed::Erased { vec![1] } else { Vec::new() };
        self.put(patient_tables::relist(&mac, at), erases.clone());
        if let Some(link) = self.link(&mac)? {
            for other in link.group.iter().filter(|other| **other != mac) {
                self.put(patient_tables::relist(other, link.at), erases.clone());
            }
        }
        Ok(())
    }

    /// The rows of a document under its patients. Whose it is, the access record says; where it does not, the row is looked for.
    pub(super) fn of_patients(
        &self,
        name: DocumentName,
        patients: &BTreeSet<Identifier>,
    ) -> Result<Vec<Vec<u8>>, RowsError> {
        let mut keys = Vec::new();
        for patient in patients {
            let key = patient_tables::patient(&self.index.patient(patient.reveal()), name);
            if self.bytes(&key)?.is_some() {
                keys.push(key);
            }
        }
        if patients.is_empty() {
            for key in self.index.ascending(Table::Patient.key(&[]), None) {
                let key = key?;
                if tables::name_in_key(&key) == Some(name) {
                    keys.push(key);
                }
            }
        }
        Ok(keys)
    }
}

/// The record in the value of a row under a patient.
fn listed_in(mut value: &[u8]) -> Option<Listed> {
    let index = u64::from_be_bytes(take(&mut value)?);
    let commitment = Commitment::from_bytes(take(&mut value)?);
    value.is_empty().then_some(Listed { index, commitment })
}
