//! What lists give: what could be read, and what could not.

use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::decide::{Permit, Scope};
use budstikke_protocol::access::record::Record;
use budstikke_protocol::ids::{DocumentId, Nonce, OrganisationNumber};

use super::entry::{self, Entry};
use super::error::StoreError;
use super::index::db::Index;
use super::index::error::IndexError;
use super::index::shared_tables;
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

/// The documents and copies that are here, by custodian and id.
pub(crate) fn everything(
    (journal, index): (&Journal, &Index),
    permit: &Permit,
    after: Option<(OrganisationNumber, DocumentId)>,
    limit: usize,
) -> Result<Page, StoreError> {
    if permit.scope() != Scope::Everything {
        return Err(StoreError::NotPermitted);
    }
    let after =
        after.map(|(custodian, document)| tables::document(DocumentName { custodian, document }));
    let keys = index.ascending(Table::Document.key(&[]), after);
    gather(journal, index, keys, tables::name_in_key, limit)
}

/// The documents and copies of a patient that are here.
pub(crate) fn of_patient(
    (journal, index): (&Journal, &Index),
    permit: &Permit,
    patient: &str,
) -> Result<Page, StoreError> {
    if permit.scope() != Scope::Everything {
        return Err(StoreError::NotPermitted);
    }
    let keys = index.ascending(Table::Patient.key(&[&index.patient(patient)]), None);
    gather(journal, index, keys, tables::name_in_key, usize::MAX)
}

/// The own documents that are shared by name with the organisation of the permit and not withdrawn, by id.
pub(crate) fn shared_with(
    (journal, index): (&Journal, &Index),
    permit: &Permit,
    after: Option<DocumentId>,
    limit: usize,
) -> Result<Page, StoreError> {
    let Scope::SharedWith(asker) = permit.scope() else { return Err(StoreError::NotPermitted) };
    let asker = tables::organisation(asker);
    // Behind every custodian's document with that id.
    let after =
        after.map(|document| Table::Shared.key(&[&asker, &document.to_bytes(), &[u8::MAX; 9]]));
    let keys = index.ascending(Table::Shared.key(&[&asker]), after);
    gather(journal, index, keys, shared_tables::name_in_shared_key, limit)
}

/// The documents whose names stand in the first `limit` of `keys`.
fn gather(
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

/// The nonces of questions that were asked lately, and when.
pub(crate) fn nonces(index: &Index) -> Result<Vec<(Nonce, Timestamp)>, StoreError> {
    let keys = index.ascending(Table::Nonce.key(&[]), None);
    keys.map(|key| Ok(tables::nonce_in_key(&key?).ok_or(IndexError::Row)?)).collect()
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
