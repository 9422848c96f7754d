//! Entry bundles: up to 256 entries, each behind its length in two bytes, big-endian.

use thiserror::Error;

/// Why bytes are no bundle, or an entry fits in none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BundleError {
    /// An entry of more than 65 535 bytes.
    #[error("an entry in a bundle has at most 65535 bytes")]
    EntryTooLong,
    /// The bytes end within an entry, or before all are there.
    #[error("the bundle ends too early")]
    Short,
    /// Bytes behind the last entry.
    #[error("there are bytes behind the last entry of the bundle")]
    Trailing,
}

/// Writes `entry` behind what `bundle` holds.
///
/// # Errors
/// [`BundleError::EntryTooLong`]; nothing was written then.
pub fn add_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), BundleError> {
    let length = u16::try_from(entry.len()).ok().ok_or(BundleError::EntryTooLong)?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle of `width` entries, all of `bytes`.
///
/// # Errors
/// [`BundleError`] when the bytes are not exactly so many entries.
pub fn entries(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    let mut rest = bytes;
    let mut found = Vec::new();
    for _ in 0..width {
        let (length, behind) = rest.split_first_chunk().ok_or(BundleError::Short)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, behind) = behind.split_at_checked(length).ok_or(BundleError::Short)?;
        found.push(entry);
        rest = behind;
    }
    if rest.is_empty() { Ok(found) } else { Err(BundleError::Trailing) }
}
