//! What searches have found, as the rest of the node sees it.

use std::collections::BTreeMap;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::{FindId, OrganisationNumber};
use budstikke_protocol::patient::Identifier;

use super::found::{Found, FoundMember};
use crate::store::entry::{find, record};
use crate::store::error::StoreError;
use crate::store::index::error::IndexError;
use crate::store::index::find_tables::{self, InflatedRow};
use crate::store::index::live::LiveIndex;
use crate::store::index::tables::Table;
use crate::store::journal::Journal;
use crate::store::journal::frame::Position;
use crate::store::kept::KeptChange;

/// What searches have found.
#[derive(Debug, Clone, Copy)]
pub struct Finds<'a> {
    journal: &'a Journal,
    index: &'a LiveIndex,
}

/// What the members said last of a patient, each with when that was.
pub type Last = BTreeMap<OrganisationNumber, (Timestamp, FoundMember)>;

impl<'a> Finds<'a> {
    /// What searches have found, from these parts of a store.
    pub(crate) fn new(journal: &'a Journal, index: &'a LiveIndex) -> Self {
        Self { journal, index }
    }

    /// What each member said last when a patient was sought under all of these identifiers.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn last(&self, patients: &[Identifier]) -> Result<Last, StoreError> {
        let mut last = Last::new();
        let Some(first) = patients.first() else { return Ok(last) };
        let index = self.index.get()?;
        let prefix = Table::Found.key(&[&index.patient(first.reveal())]);
        let mut wanted: BTreeMap<Position, Vec<OrganisationNumber>> = BTreeMap::new();
        for key in index.ascending(prefix, None) {
            let key = key?;
            let at = index.row::<Position>(&key)?.ok_or(IndexError::Row)?;
            let member = find_tables::member_in_key(&key).ok_or(IndexError::Row)?;
            wanted.entry(at).or_default().push(member);
        }
        for (at, members) in wanted {
            let (time, found) = self.at(at)?;
            if !patients.iter().all(|patient| found.patients.contains(patient)) {
                continue;
            }
            let said = found.members.into_iter().filter(|said| members.contains(&said.member));
            last.extend(said.map(|said| (said.member, (time, said))));
        }
        Ok(last)
    }

    /// All that one search has found, and when; nothing when there was none with this id.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn get(&self, find: FindId) -> Result<Option<(Timestamp, Found)>, StoreError> {
        let mut whole: Option<(Timestamp, Found)> = None;
        for key in self.index.get()?.ascending(find_tables::of_find(find), None) {
            let at = find_tables::position_in_key(&key?).ok_or(IndexError::Row)?;
            let (time, part) = self.at(at)?;
            match &mut whole {
                Some((_, found)) => found.members.extend(part.members),
                None => whole = Some((time, part)),
            }
        }
        Ok(whole)
    }

    /// The members that have claimed records and showed none, each with the epoch in which that was last.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn inflated(&self) -> Result<BTreeMap<OrganisationNumber, u32>, StoreError> {
        let index = self.index.get()?;
        let keys = index.ascending(Table::Inflated.key(&[]), None);
        keys.map(|key| {
            let key = key?;
            let row = index.row::<InflatedRow>(&key)?.ok_or(IndexError::Row)?;
            Ok((find_tables::member_in_key(&key).ok_or(IndexError::Row)?, row.epoch))
        })
        .collect()
    }

    fn at(&self, at: Position) -> Result<(Timestamp, Found), StoreError> {
        let found = find(self.journal, at, |change| match change {
            KeptChange::Found(found) => Some((**found).clone()),
            _ => None,
        })?;
        Ok((record(self.journal, at)?.time, found))
    }
}
