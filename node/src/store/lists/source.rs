//! Of whom a row of the index speaks: keys hold nothing but MACs, so the identifier is read from a commit that names it.

use std::collections::BTreeSet;
use std::iter;

use budstikke_protocol::patient::Identifier;

use crate::store::entry;
use crate::store::error::StoreError;
use crate::store::index::db::Index;
use crate::store::index::error::IndexError;
use crate::store::index::rows::listing::ReadRows;
use crate::store::index::tables::{self, DocumentRow, PatientMac, Table};
use crate::store::journal::Journal;
use crate::store::journal::frame::Position;
use crate::store::kept::{Kept, KeptChange};

/// Finds the identifier with this MAC: in one of the commits at `places`, in the one that links it, or in the manifest of one of
/// its documents. None of them can be read where the journal is damaged.
pub(crate) fn identifier(
    journal: &Journal,
    index: &Index,
    mac: &PatientMac,
    places: &BTreeSet<Position>,
) -> Result<Option<Identifier>, IndexError> {
    let find = |at: &Position| named_in(journal, index, mac, *at);
    if let Some(found) = places.iter().find_map(find) {
        return Ok(Some(found));
    }
    if let Some(found) = index.link(mac)?.and_then(|link| find(&link.at)) {
        return Ok(Some(found));
    }
    for key in index.rows_of(&Table::Patient.key(&[mac]))?.into_keys() {
        let name = tables::name_in_key(&key).ok_or(IndexError::Row)?;
        let row = index.row::<DocumentRow>(&tables::document(name))?;
        if let Some(found) = row.and_then(|row| find(&row.at)) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The identifiers of a patient: this one, and those that are linked to it.
pub(crate) fn group(
    journal: &Journal,
    index: &Index,
    identifier: &Identifier,
) -> Result<Vec<Identifier>, StoreError> {
    let Some(link) = index.link(&index.patient(identifier.reveal()))? else {
        return Ok(vec![identifier.clone()]);
    };
    let group = entry::find(journal, link.at, |change| match change {
        KeptChange::Linked(group) if group.contains(identifier) => Some(group.clone()),
        _ => None,
    })?;
    let others = group.into_iter().filter(|other| other != identifier);
    Ok(iter::once(identifier.clone()).chain(others).collect())
}

/// The identifier with this MAC, when the commit there names it.
fn named_in(
    journal: &Journal,
    index: &Index,
    mac: &PatientMac,
    at: Position,
) -> Option<Identifier> {
    let effects = Kept::decode(&journal.commit(at).ok()?).ok()?.effects().ok()?;
    let is_it = |identifier: &&Identifier| index.patient(identifier.reveal()) == *mac;
    effects.identifiers().into_iter().find(is_it).cloned()
}
