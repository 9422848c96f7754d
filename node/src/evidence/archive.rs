//! The archive around evidence of any kind: its members, read one after another and bounded; its headers, written.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use budstikke_keys::time::Timestamp;
use budstikke_protocol::document::judge::Failure as Named;
use tar::{Entry, EntryType, Header};

/// Bytes of a tar block.
pub(super) const BLOCK: u64 = 512;

/// The most bytes of `evidence.json`.
pub(super) const DESCRIPTOR_BYTES_MAX: u64 = 64 * 1024;

/// Why a file cannot be read as evidence: the name of the failure, and what was found.
#[derive(Debug)]
pub struct Unreadable {
    /// [`Named::Truncated`] or [`Named::Damaged`].
    pub failure: Named,
    /// For people.
    pub found: String,
}

impl Unreadable {
    pub(super) fn damaged(found: impl Into<String>) -> Self {
        Self { failure: Named::Damaged, found: found.into() }
    }

    pub(super) fn truncated() -> Self {
        Self { failure: Named::Truncated, found: "the file ends too early".to_owned() }
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::truncated()
        } else {
            Self::damaged(error.to_string())
        }
    }
}

/// Whether the file ends as archives end.
pub(super) fn ends_with_empty_blocks(file: &mut File, length: u64) -> io::Result<bool> {
    let tail = 2 * BLOCK;
    let is_whole = length.checked_rem(BLOCK) == Some(0) && length >= tail;
    let mut bytes = Vec::new();
    if is_whole {
        file.seek(SeekFrom::Start(length.saturating_sub(tail)))?;
        file.read_to_end(&mut bytes)?;
        file.seek(SeekFrom::Start(0))?;
    }
    Ok(is_whole && bytes.iter().all(|byte| *byte == 0))
}

/// Passes a member of this name that is a plain file.
pub(super) fn named<'a, R: Read>(
    entry: Entry<'a, R>,
    name: &str,
) -> Result<Entry<'a, R>, Unreadable> {
    if is_named(&entry, name) {
        Ok(entry)
    } else {
        Err(Unreadable::damaged(format!("there is no {name} where it should stand")))
    }
}

/// Whether a member has this name and is a plain file.
pub(super) fn is_named<R: Read>(entry: &Entry<'_, R>, name: &str) -> bool {
    entry.path_bytes().as_ref() == name.as_bytes() && entry.header().entry_type().is_file()
}

/// A bound of the protocol as the size of a member.
pub(super) fn most(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// The text of a member of at most `max` bytes.
pub(super) fn text<R: Read>(entry: Entry<'_, R>, max: u64) -> Result<String, Unreadable> {
    String::from_utf8(bytes(entry, max)?).ok().ok_or(Unreadable::damaged("a member is not UTF-8"))
}

/// The bytes of a member of at most `max` bytes.
pub(super) fn bytes<R: Read>(mut entry: Entry<'_, R>, max: u64) -> Result<Vec<u8>, Unreadable> {
    let size = entry.size();
    if size > max {
        return Err(Unreadable::damaged("a member is larger than it can be"));
    }
    let mut bytes = Vec::new();
    let read = entry.read_to_end(&mut bytes)?;
    if u64::try_from(read).ok() != Some(size) {
        return Err(Unreadable::truncated());
    }
    Ok(bytes)
}

/// Passes a file of `length` bytes whose last member ends at `end`.
pub(super) fn whole(length: u64, end: u64) -> Result<(), Unreadable> {
    let whole =
        end.checked_next_multiple_of(BLOCK).map_or(u64::MAX, |end| end.saturating_add(2 * BLOCK));
    if length < whole {
        return Err(Unreadable::truncated());
    }
    // A tar reader stops at the first empty block: what stands behind the end would be seen by nobody.
    if length > whole {
        return Err(Unreadable::damaged("there is something after the last member"));
    }
    Ok(())
}

/// The header of a member, but for its name.
pub(super) fn header(size: u64, now: Timestamp) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(now.unix_seconds()).unwrap_or(0));
    header.set_size(size);
    header
}
