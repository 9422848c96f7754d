//! A bundle: rows with neighbouring keys as one value, so that the database has few entries.
//!
//! sled 0.34 splits its pages at sixteen entries, keeps something of every page in memory and writes each anew again and again:
//! one entry a row made a million documents 2.6 GB of files and 245 MiB of memory before anything was read.
//!
//! ```text
//! for each row: bytes that its key has in common with the key before, u8 ‖ bytes of the rest of the key, u8
//!   ‖ bytes of the value, u16 BE ‖ the rest of the key ‖ the value
//! ```

use std::cmp::Ordering;

use super::row_list::RowList;
use crate::store::bytes::take;

/// The bytes beyond which a bundle is split: small enough to be written anew for one row, large enough for some thirty.
pub(crate) const BUNDLE_BYTES: usize = 1024;

/// A bundle and the first of its keys.
pub(crate) struct Bundle {
    /// The first of its keys.
    pub(crate) first: Vec<u8>,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// How rows are spread over bundles when one is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    /// Each but the last is full, because the next rows come behind them all.
    Full,
    /// All have the same room, because the next rows come anywhere.
    Even,
}

/// A walk over the rows of a bundle, in the order of their keys.
pub(crate) struct Walk<'a> {
    rest: &'a [u8],
    key: Vec<u8>,
}

/// The bytes are not a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotABundle;

impl<'a> Walk<'a> {
    /// A walk that stands before the first row.
    pub(crate) fn over(bundle: &'a [u8]) -> Self {
        Self { rest: bundle, key: Vec::new() }
    }

    /// Goes to the next row and gives its value; nothing behind the last.
    pub(crate) fn next_row(&mut self) -> Result<Option<&'a [u8]>, NotABundle> {
        if self.rest.is_empty() { Ok(None) } else { self.step().map(Some).ok_or(NotABundle) }
    }

    /// The key of the row that the walk stands at.
    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }

    fn step(&mut self) -> Option<&'a [u8]> {
        let [common, rest] = take::<2>(&mut self.rest)?;
        let value = usize::from(u16::from_be_bytes(take(&mut self.rest)?));
        let (rest, behind) = self.rest.split_at_checked(usize::from(rest))?;
        let (value, behind) = behind.split_at_checked(value)?;
        self.key.get(usize::from(common)..)?;
        self.key.truncate(usize::from(common));
        self.key.extend_from_slice(rest);
        self.rest = behind;
        Some(value)
    }
}

/// Reads the rows of a bundle before `end`; nothing stands for an end behind all of them.
pub(crate) fn unpack(bundle: &[u8], end: Option<&[u8]>) -> Result<RowList, NotABundle> {
    let (mut walk, mut rows) = (Walk::over(bundle), RowList::default());
    while let Some(value) = walk.next_row()?.filter(|_| end.is_none_or(|end| walk.key() < end)) {
        rows.push(walk.key(), value);
    }
    Ok(rows)
}

/// Finds the value of one row, and reads no more than it takes.
pub(crate) fn find<'a>(bundle: &'a [u8], key: &[u8]) -> Result<Option<&'a [u8]>, NotABundle> {
    let mut walk = Walk::over(bundle);
    while let Some(value) = walk.next_row()? {
        match walk.key().cmp(key) {
            Ordering::Less => {}
            Ordering::Equal => return Ok(Some(value)),
            Ordering::Greater => break,
        }
    }
    Ok(None)
}

/// Writes rows as bundles; nothing when a key or a value is too long to have its length written.
pub(crate) fn pack(rows: &RowList, spread: Spread) -> Option<Vec<Bundle>> {
    let all = bundle(rows.iter())?;
    let rows_max = match spread {
        _ if all.bytes.len() <= BUNDLE_BYTES => return Some(vec![all]),
        Spread::Full => rows.len().saturating_mul(BUNDLE_BYTES).checked_div(all.bytes.len())?,
        Spread::Even => rows.len().div_ceil(all.bytes.len().div_ceil(BUNDLE_BYTES)),
    };
    let mut rows = rows.iter().peekable();
    let mut bundles = Vec::new();
    while rows.peek().is_some() {
        bundles.push(bundle(rows.by_ref().take(rows_max.max(1)))?);
    }
    Some(bundles)
}

fn bundle<'a>(rows: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Option<Bundle> {
    let mut bytes = Vec::with_capacity(BUNDLE_BYTES);
    let (mut first, mut before): (_, &[u8]) = (None, &[]);
    for (key, value) in rows {
        let common = key.iter().zip(before).take_while(|(a, b)| a == b).count();
        let rest = key.get(common..)?;
        bytes.extend_from_slice(&[u8::try_from(common).ok()?, u8::try_from(rest.len()).ok()?]);
        bytes.extend_from_slice(&u16::try_from(value.len()).ok()?.to_be_bytes());
        bytes.extend_from_slice(rest);
        bytes.extend_from_slice(value);
        first.get_or_insert(key);
        before = key;
    }
    Some(Bundle { first: first?.to_vec(), bytes })
}

#[cfg(test)]
mod tests;
