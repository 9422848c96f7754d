//! The rows of the index in sled, which sees bundles of them.
//!
//! A bundle is named by the first key that it may hold, the first of a table by the table alone, and holds the rows from its name
//! up to the next name. What stands in it beyond that does not count: when a bundle is split, its later parts are written
//! first, so a crash in between leaves their rows in both, and each is found once.

use std::collections::BTreeMap;
use std::ops::Bound;

use sled::{Db, IVec};

use super::bundle::{self, Spread, Walk};
use super::error::IndexError;
use super::row_list::RowList;

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
            let rows = bundle::unpack(&bytes, Some(&end))?;
            if let Some(key) = rows.last_key() {
                return Ok(Some(key.to_vec()).filter(|key| key.as_slice() >= start));
            }
            end = name;
        }
        Ok(None)
    }

    /// The rows whose keys begin with `prefix`, which may stand anywhere in their bundles.
    pub(crate) fn of_prefix(
        &self,
        prefix: &[u8],
    ) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, IndexError> {
        let mut rows = BTreeMap::new();
        let name = self.around(prefix)?.map_or_else(|| prefix.into(), |(name, _)| name);
        let mut bundles = self.0.range(name..).peekable();
        while let Some(bundle) = bundles.next() {
            let (name, bytes) = bundle?;
            let next = bundles.peek().and_then(|next| next.as_ref().ok()).map(|(name, _)| name);
            let mut walk = Walk::over(&bytes);
            while let Some(value) = walk.next_row()? {
                if next.is_some_and(|next| walk.key() >= next.as_ref()) {
                    break;
                }
                if walk.key().starts_with(prefix) {
                    rows.insert(walk.key().to_vec(), value.to_vec());
                }
            }
            let is_before = |name: &IVec| name.as_ref() <= prefix || name.starts_with(prefix);
            if !is_before(&name) || !next.is_some_and(is_before) {
                break;
            }
        }
        Ok(rows)
    }

    /// Shows every row of the tables whose keys begin with `prefix`, in order.
    pub(crate) fn for_each(
        &self,
        prefix: &[u8],
        mut show: impl FnMut(&[u8], &[u8]) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let mut bundles = self.0.scan_prefix(prefix).peekable();
        while let Some(bundle) = bundles.next() {
            let (_, bytes) = bundle?;
            let next = bundles.peek().and_then(|next| next.as_ref().ok()).map(|(name, _)| name);
            let mut walk = Walk::over(&bytes);
            while let Some(value) = walk.next_row()? {
                if next.is_some_and(|next| walk.key() >= next.as_ref()) {
                    break;
                }
                show(walk.key(), value)?;
            }
        }
        Ok(())
    }

    /// Writes rows, table by table: after a crash some of them are there, and of a table none before all of the tables
    /// before it.
    pub(crate) fn write(&self, changes: &Changes) -> Result<(), IndexError> {
        let mut changes = changes.iter().peekable();
        while let Some((first, _)) = changes.peek() {
            let table = first.first().copied();
            let (name, bytes) = match self.around(first)? {
                Some((name, bytes)) => (name, bytes),
                None => (first.iter().take(1).copied().collect(), IVec::default()),
            };
            let next = self.0.get_gt(&name)?.map(|(next, _)| next);
            let next = next.filter(|next| next.first().copied() == table);
            let is_here = |key: &[u8]| {
                key.first().copied() == table
                    && next.as_ref().is_none_or(|next| key < next.as_ref())
            };
            let here = std::iter::from_fn(|| changes.next_if(|(key, _)| is_here(key)));
            let (rows, last) = merge(&bytes, next.as_deref(), here)?;
            // What was put behind everything else in its table will be followed by more.
            let grows = next.is_none() && rows.last_key() == last;
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

    fn put(&self, name: IVec, rows: &RowList, spread: Spread) -> Result<(), IndexError> {
        if rows.len() == 0 {
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
            let rows = bundle::unpack(&bytes, Some(name))?;
            if rows.len() < bundle::unpack(&bytes, None)?.len() {
                self.put(before, &rows, Spread::Even)?;
            }
        }
        self.0.remove(name)?;
        Ok(())
    }
}

/// The rows of a bundle before `end` with changes to them, which come in their order; and the key of the last of these.
fn merge<'a>(
    bundle: &[u8],
    end: Option<&[u8]>,
    changes: impl Iterator<Item = (&'a Vec<u8>, &'a Option<Vec<u8>>)>,
) -> Result<(RowList, Option<&'a [u8]>), IndexError> {
    let (mut walk, mut rows, mut last) = (Walk::over(bundle), RowList::default(), None);
    let mut value = walk.next_row()?;
    for (key, change) in changes {
        while let Some(kept) = value.filter(|_| walk.key() < key.as_slice()) {
            rows.push(walk.key(), kept);
            value = walk.next_row()?;
        }
        if value.is_some() && walk.key() == key.as_slice() {
            value = walk.next_row()?;
        }
        if let Some(value) = change {
            rows.push(key, value);
        }
        last = Some(key.as_slice());
    }
    while let Some(kept) = value.filter(|_| end.is_none_or(|end| walk.key() < end)) {
        rows.push(walk.key(), kept);
        value = walk.next_row()?;
    }
    Ok((rows, last))
}
