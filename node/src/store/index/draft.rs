//! Rows that change together, before they are written: what has changed is read as if it were written.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::db::Index;
use super::error::IndexError;
use super::mode::{Mode, RowsError};
use super::tables::{self, Applied, DocumentRow, Table};
use super::work::Work;
use crate::store::documents::name::FileName;
use crate::store::journal::frame::Position;
use crate::store::names::DocumentName;

/// Rows that change together.
#[derive(Debug)]
pub(crate) struct Rows<'a> {
    pub(super) index: &'a Index,
    pub(super) mode: Mode,
    pub(super) applied: Option<Applied>,
    /// The last frame that was applied before.
    pub(super) since: Option<Position>,
    /// How many entries of the log stood in full tiles when the index was begun.
    pub(super) tiled: u64,
    /// The rows of the commits that were applied; nothing stands for a row that goes.
    pub(super) group: Work,
    /// The rows of the commit that is being applied.
    pub(super) commit: Work,
}

impl<'a> Rows<'a> {
    /// No changes yet. In a new index, the first `tiled` entries of the log get no rows.
    pub(crate) fn new(index: &'a Index, mode: Mode, tiled: u64) -> Result<Self, IndexError> {
        let applied: Option<Applied> = index.row(&tables::applied())?;
        let since = applied.map(|applied| applied.last);
        let (group, commit) = Default::default();
        Ok(Self { index, mode, applied, since, tiled, group, commit })
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

    /// The row of a document that is here.
    pub(super) fn document(&self, name: DocumentName) -> Result<Option<DocumentRow>, IndexError> {
        Ok(self.get(&tables::document(name))?.filter(DocumentRow::is_here))
    }

    pub(super) fn moved(&self) -> Result<(), RowsError> {
        match self.mode {
            Mode::New => Err(RowsError::Moved),
            Mode::Replay => Ok(()),
        }
    }

    pub(super) fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, IndexError> {
        let changed = self.commit.rows.get(key).or_else(|| self.group.rows.get(key));
        match changed {
            None => self.index.row(key),
            Some(None) => Ok(None),
            Some(Some(value)) => tables::from_value(value).map(Some).ok_or(IndexError::Row),
        }
    }

    /// The bytes of a row.
    pub(crate) fn bytes(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        match self.commit.rows.get(key).or_else(|| self.group.rows.get(key)) {
            None => self.index.bytes(key),
            Some(changed) => Ok(changed.clone()),
        }
    }

    /// The rows whose keys begin with `prefix`, as they are with all that has changed.
    pub(crate) fn rows_of(&self, prefix: &[u8]) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, IndexError> {
        let mut rows = self.index.rows_of(prefix)?;
        for work in [&self.group, &self.commit] {
            let changes = work.rows.range(prefix.to_vec()..);
            for (key, value) in changes.take_while(|(key, _)| key.starts_with(prefix)) {
                match value {
                    Some(value) => rows.insert(key.clone(), value.clone()),
                    None => rows.remove(key),
                };
            }
        }
        Ok(rows)
    }

    /// The keys that begin with `prefix`, with those that have changed.
    pub(super) fn keys(&self, prefix: Vec<u8>) -> Result<BTreeSet<Vec<u8>>, IndexError> {
        let written = self.index.ascending(prefix.clone(), None);
        let mut keys = written.collect::<Result<BTreeSet<_>, _>>()?;
        self.group.change_keys(&prefix, &mut keys);
        self.commit.change_keys(&prefix, &mut keys);
        Ok(keys)
    }

    pub(super) fn set<T: Serialize>(&mut self, key: Vec<u8>, row: &T) -> Result<(), RowsError> {
        self.put(key, tables::to_value(row).ok_or(IndexError::Row)?);
        Ok(())
    }

    pub(super) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.commit.rows.insert(key, Some(value));
    }

    pub(super) fn remove(&mut self, key: Vec<u8>) {
        self.commit.rows.insert(key, None);
    }
}
