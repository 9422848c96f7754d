//! The rows of the index in sled, which sees bundles of them.
//!
//! A bundle is named by the first key that it may hold, the first of a table by the table alone, and holds the rows from its name
//! up to the next name. What stands in it beyond that does not count: when a bundle is split, its later parts are written
//! first, so a crash in between leaves their rows in both, and each is found once.

use std::collections::BTreeMap;
use std::ops::Bound;

use sled::{Db, IVec};

use super::bundle::{self, RowsByKey, Spread, Walk};
use super::error::IndexError;

/// Changes of rows, by key; nothing stands for a row that goes.
pub(crate) type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// The rows in sled.
#[derive(Debug)]
pub(crate) struct Bundles(Db);

impl Bundles {
    /// The rows in this database.
    pub(crate) fn of(db: Db) -> Self {
        Self(db)
    }

    /// The row with this key.
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        let Some((_, bytes)) = self.around(key)? else { return Ok(None) };
        Ok(bundle::find(&bytes, key)?.map(<[u8]>::to_vec))
    }

    /// The first row in `from` and before `end`.
    pub(crate) fn first(
        &self,
        from: Bound<&[u8]>,
        end: &[u8],
    ) -> Result<Option<Vec<u8>>, IndexError> {
        let (Bound::Included(start) | Bound::Excluded(start)) = from else { return Ok(None) };
        let name = self.around(start)?.map_or_else(|| start.into(), |(name, _)| name);
        let mut bundles = self.0.range(name..IVec::from(end)).peekable();
        while let Some(bundle) = bundles.next() {
            let (_, bytes) = bundle?;
            let next = bundles.peek().and_then(|next| next.as_ref().ok());
            let end = next.map_or(end, |(name, _)| name.as_ref());
            let is_behind = |key: &[u8]| match from {
                Bound::Excluded(start) => key > start,
                Bound::Included(_) | Bound::Unbounded => key >= start,
            };
            let mut rows = Walk::over(&bytes);
            while rows.next_row()?.is_some() && rows.key() < end {
                if is_behind(rows.key()) {
                    return Ok(Some(rows.key().to_vec()));
                }
            }
        }
        Ok(None)
    }

    /// The last row from `start` on and before `end`.
    pub(crate) fn last(&self, start: &[u8], end: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        let name = self.around(start)?.map_or_else(|| start.into(), |(name, _)| name);
        let mut end = IVec::from(end);
        for bundle in self.0.range(name..end.clone()).rev() {
            let (name, bytes) = bundle?;
            let mut rows = bundle::unpack(&bytes)?.into_keys().rev();
            if let Some(key) = rows.find(|key| key.as_slice() < end.as_ref()) {
                return Ok(Some(key).filter(|key| key.as_slice() >= start));
            }
            end = name;
        }
        Ok(None)
    }

    /// Every row whose key begins with `prefix`, bundle by bundle, in order.
    pub(crate) fn rows(
        &self,
        prefix: &[u8],
    ) -> impl Iterator<Item = Result<RowsByKey, IndexError>> + use<> {
        let mut bundles = self.0.scan_prefix(prefix).peekable();
        std::iter::from_fn(move || {
            let bundle = bundles.next()?;
            let next = bundles.peek().and_then(|next| next.as_ref().ok()).map(|(name, _)| name);
            Some(bundle.map_err(IndexError::from).and_then(|(_, bytes)| {
                let mut rows = bundle::unpack(&bytes)?;
                if let Some(next) = next {
                    rows.split_off(next.as_ref());
                }
                Ok(rows)
            }))
        })
    }

    /// Writes rows, table by table: after a crash some of them are there, and of a table none before all of the tables
    /// before it.
    pub(crate) fn write(&self, changes: &Changes) -> Result<(), IndexError> {
        let mut changes = changes.iter().peekable();
        while let Some((first, _)) = changes.peek() {
            let table = first.first().copied();
            let (name, mut rows) = match self.around(first)? {
                Some((name, bytes)) => (name, bundle::unpack(&bytes)?),
                None => (first.iter().take(1).copied().collect(), RowsByKey::new()),
            };
            let next = self.0.get_gt(&name)?.map(|(next, _)| next);
            let next = next.filter(|next| next.first().copied() == table);
            if let Some(next) = &next {
                rows.split_off(next.as_ref());
            }
            let is_here = |key: &Vec<u8>| {
                key.first().copied() == table
                    && next.as_ref().is_none_or(|next| key.as_slice() < next.as_ref())
            };
            let mut last = None;
            while let Some((key, change)) = changes.next_if(|(key, _)| is_here(key)) {
                match change {
                    Some(value) => rows.insert(key.clone(), value.clone()),
                    None => rows.remove(key),
                };
                last = Some(key);
            }
            // What was put behind everything else in its table will be followed by more.
            let grows = next.is_none() && rows.keys().next_back() == last;
            self.put(name, &rows, if grows { Spread::Full } else { Spread::Even })?;
        }
        Ok(())
    }

    /// Brings what was written to the disk, as far as sled does.
    pub(crate) fn flush(&self) -> Result<(), IndexError> {
        self.0.flush()?;
        Ok(())
    }

    /// The bundle that would hold the row with this key, with its name.
    fn around(&self, key: &[u8]) -> Result<Option<(IVec, IVec)>, IndexError> {
        let bundle = self.0.range(..=key).next_back().transpose()?;
        Ok(bundle.filter(|(name, _)| name.first() == key.first()))
    }

    fn put(&self, name: IVec, rows: &RowsByKey, spread: Spread) -> Result<(), IndexError> {
        if rows.is_empty() {
            return self.remove(&name);
        }
        let bundles = bundle::pack(rows, spread).ok_or(IndexError::Row)?;
        let mut names: Vec<IVec> =
            bundles.iter().map(|bundle| bundle.first.as_slice().into()).collect();
        if let Some(first) = names.first_mut() {
            *first = name;
        }
        for (name, bundle) in names.into_iter().zip(bundles).rev() {
            self.0.insert(name, bundle.bytes)?;
        }
        Ok(())
    }

    /// Removes an empty bundle. What a crash has left of its rows in the one before it must not count again.
    fn remove(&self, name: &IVec) -> Result<(), IndexError> {
        if let Some((before, bytes)) = self.0.get_lt(name)?
            && before.first() == name.first()
        {
            let mut rows = bundle::unpack(&bytes)?;
            if !rows.split_off(name.as_ref()).is_empty() {
                self.put(before, &rows, Spread::Even)?;
            }
        }
        self.0.remove(name)?;
        Ok(())
    }
}
