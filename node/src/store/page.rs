//! What lists give: what could be read, and what could not.

use budstikke_protocol::access::record::Record;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};

use super::entry::{self, Entry};
use super::error::StoreError;
use super::index::db::Index;
use super::index::error::IndexError;
use super::index::tables::{self, Table};
use super::journal::Journal;
use super::journal::segment::JournalError;
use super::names::DocumentName;

/// A page of documents.
#[derive(Debug)]
pub struct Page {
    /// Those that could be read.
    pub found: Vec<Entry>,
    /// Those that are here but damaged; an answer without them is a partial one.
    pub damaged: Vec<JournalError>,
    /// Behind what the next page begins; nothing when this is the last.
    pub next: Option<(OrganisationNumber, DocumentId)>,
}

/// Accesses, newest first.
#[derive(Debug)]
pub struct Accesses {
    /// Those that could be read.
    pub found: Vec<Record>,
    /// Those that were recorded but are damaged.
    pub damaged: Vec<JournalError>,
}

/// The documents whose names stand in the first `limit` of `keys`.
pub(crate) fn gather(
    journal: &Journal,
    index: &Index,
    mut keys: impl Iterator<Item = Result<Vec<u8>, IndexError>>,
    name_in: fn(&[u8]) -> Option<DocumentName>,
    limit: usize,
) -> Result<Page, StoreError> {
    let mut page = Page { found: Vec::new(), damaged: Vec::new(), next: None };
    let mut last = None;
    for key in keys.by_ref().take(limit) {
        let name = name_in(&key?).ok_or(IndexError::Row)?;
        last = Some((name.custodian, name.document));
        match entry::look_up(journal, index, name) {
            Ok(entry) => page.found.extend(entry),
            Err(StoreError::Journal(error)) => page.damaged.push(error),
            Err(error) => return Err(error),
        }
    }
    page.next = if keys.next().is_some() { last } else { None };
    Ok(page)
}

/// The newest accesses, of all or those to one patient's data.
pub(crate) fn accesses(
    journal: &Journal,
    index: &Index,
    patient: Option<&str>,
    limit: usize,
) -> Result<Accesses, StoreError> {
    let prefix = match patient {
        Some(patient) => Table::AccessByPatient.key(&[&index.patient(patient)]),
        None => Table::Access.key(&[]),
    };
    let mut accesses = Accesses { found: Vec::new(), damaged: Vec::new() };
    for key in index.descending(prefix).take(limit) {
        let at = tables::position_in_key(&key?).ok_or(IndexError::Row)?;
        match entry::record(journal, at) {
            Ok(record) => accesses.found.push(record),
            Err(error) => accesses.damaged.push(error),
        }
    }
    Ok(accesses)
}
