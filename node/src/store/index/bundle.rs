//! A bundle: rows with neighbouring keys as one value, so that the database has few entries.
//!
//! sled 0.34 splits its pages at sixteen entries, keeps something of every page in memory and writes each anew again and again:
//! one entry a row made a million documents 2.6 GB of files and 245 MiB of memory before anything was read.
//!
//! ```text
//! for each row: bytes that its key has in common with the key before, u8 ‖ bytes of the rest of the key, u8
//!   ‖ bytes of the value, u16 BE ‖ the rest of the key ‖ the value
//! ```

use std::collections::BTreeMap;

use crate::store::bytes::take;

/// The bytes beyond which a bundle is split: small enough to be written anew for one row, large enough for some thirty.
pub(crate) const BUNDLE_BYTES: usize = 1024;

/// Rows, by key.
pub(crate) type RowsByKey = BTreeMap<Vec<u8>, Vec<u8>>;

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

/// Reads a bundle; nothing when it is not one.
pub(crate) fn unpack(mut bundle: &[u8]) -> Option<RowsByKey> {
    let mut rows = RowsByKey::new();
    let mut key = Vec::new();
    while !bundle.is_empty() {
        let [common, rest] = take::<2>(&mut bundle)?;
        let value = usize::from(u16::from_be_bytes(take(&mut bundle)?));
        let (rest, behind) = bundle.split_at_checked(usize::from(rest))?;
        let (value, behind) = behind.split_at_checked(value)?;
        key.get(usize::from(common)..)?;
        key.truncate(usize::from(common));
        key.extend_from_slice(rest);
        rows.insert(key.clone(), value.to_vec());
        bundle = behind;
    }
    Some(rows)
}

/// Writes rows as bundles; nothing when a key or a value is too long to have its length written.
pub(crate) fn pack(rows: &RowsByKey, spread: Spread) -> Option<Vec<Bundle>> {
    let all = bundle(rows.iter())?;
    let rows_max = match spread {
        _ if all.len() <= BUNDLE_BYTES => rows.len(),
        Spread::Full => rows.len().saturating_mul(BUNDLE_BYTES).checked_div(all.len())?,
        Spread::Even => rows.len().div_ceil(all.len().div_ceil(BUNDLE_BYTES)),
    };
    let mut rows = rows.iter().peekable();
    let mut bundles = Vec::new();
    while let Some(first) = rows.peek().map(|(first, _)| (*first).clone()) {
        bundles.push(Bundle { first, bytes: bundle(rows.by_ref().take(rows_max.max(1)))? });
    }
    Some(bundles)
}

fn bundle<'a>(rows: impl Iterator<Item = (&'a Vec<u8>, &'a Vec<u8>)>) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(BUNDLE_BYTES);
    let mut before: &[u8] = &[];
    for (key, value) in rows {
        let common = key.iter().zip(before).take_while(|(a, b)| a == b).count();
        let rest = key.get(common..)?;
        bytes.extend_from_slice(&[u8::try_from(common).ok()?, u8::try_from(rest.len()).ok()?]);
        bytes.extend_from_slice(&u16::try_from(value.len()).ok()?.to_be_bytes());
        bytes.extend_from_slice(rest);
        bytes.extend_from_slice(value);
        before = key;
    }
    Some(bytes)
}
