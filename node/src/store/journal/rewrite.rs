//! Writing a segment anew: some of its commits say less than before, and all else stands where it stood.
//!
//! The new file has a salt of its own, for under the old one another text would be sealed with a key and nonce that were used.
//! Every frame keeps its place and its length, so that positions stay true. What does not open under the old key would never
//! open under the new one: zeros take its place, and it stays damaged.

use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use budstikke_keys::secret::SymmetricKey;
use zeroize::Zeroizing;

use super::frame::{Frame, HEAD_BYTES};
use super::segment::{HEADER_BYTES, JournalError, Segment};
use super::survey::Survey;
use crate::store::bytes::{count, length};
use crate::store::files::{self, FileError};

/// What the name of a rewritten segment ends with until it takes the place of the old one.
pub(crate) const REWRITTEN: &str = "rewritten";

/// Edits the commit of the frame at an offset, whose length must stay, and the attachments that ride with it. False when the
/// commit is not one that it understands.
pub(crate) type Edit<'a> = dyn FnMut(u64, &mut Zeroizing<Vec<u8>>, &mut [u8]) -> bool + 'a;

/// The file that is going to take the place of a segment.
pub(crate) fn rewritten(segment: &Path) -> PathBuf {
    segment.with_added_extension(REWRITTEN)
}

/// Writes the segment `old` to `path`, as `edit` leaves it, and brings it to the disk.
pub(crate) fn write(
    old: &Segment,
    path: &Path,
    (number, storage): (u64, &SymmetricKey),
    edit: &mut Edit<'_>,
) -> Result<(), JournalError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(FileError::on("remove", path)(error).into());
        }
        _ => {}
    }
    let (_, from) = old.file();
    let bytes = fs::read(from).map_err(FileError::on("read", from))?;
    let (new, head) = Segment::begin(path.to_owned(), number, storage)?;
    let (file, _) = new.file();
    let mut rewrite = Rewrite { old, new: &new, edit, path, out: BufWriter::new(&file) };
    rewrite.put(&head)?;
    let mut at = HEADER_BYTES;
    for (offset, frame) in Survey::of(&bytes).frames {
        rewrite.gap(at, &bytes, offset)?;
        rewrite.whole(offset, &frame)?;
        at = offset.saturating_add(length_of(&frame));
    }
    rewrite.gap(at, &bytes, length(&bytes))?;
    rewrite.out.flush().map_err(FileError::on("write", path))?;
    Ok(files::sync(&file, path)?)
}

/// A sealed commit and the attachments that ride with it, as they were edited.
type Edited = (Zeroizing<Vec<u8>>, Vec<u8>);

/// A segment on its way into another file.
struct Rewrite<'a, 'e> {
    old: &'a Segment,
    new: &'a Segment,
    edit: &'a mut Edit<'e>,
    path: &'a Path,
    out: BufWriter<&'a File>,
}

impl Rewrite<'_, '_> {
    /// Writes a frame whose checksum is right.
    fn whole(&mut self, offset: u64, frame: &Frame<'_>) -> Result<(), JournalError> {
        let Some((sealed, attachments)) = self.edited(offset, frame)? else {
            return self.zeros(length_of(frame));
        };
        let mut bytes = Vec::with_capacity(frame.bytes());
        let is_continuing = frame.is_continuing;
        Frame { sealed: &sealed, attachments: &attachments, is_continuing }.write(&mut bytes);
        self.put(&bytes)
    }

    /// Writes what stands from `at` up to `end` and is no whole frame. A frame of which only the attachments are damaged still
    /// has a commit that opens: it stays so, with the checksum that tells the damage.
    fn gap(&mut self, mut at: u64, bytes: &[u8], end: u64) -> Result<(), JournalError> {
        while let Some(gap) = bytes.get(count(at)..count(end)).filter(|gap| !gap.is_empty()) {
            let edited =
                Frame::unchecked(gap).map(|frame| self.edited(at, &frame)).transpose()?.flatten();
            let (Some(head), Some((sealed, attachments))) =
                (gap.first_chunk::<HEAD_BYTES>(), edited)
            else {
                return self.zeros(length(gap));
            };
            for part in [head.as_slice(), &sealed, &attachments] {
                self.put(part)?;
                at = at.saturating_add(length(part));
            }
        }
        Ok(())
    }

    /// The commit of a frame, edited and sealed again, and its attachments; nothing when it does not open.
    fn edited(&mut self, offset: u64, frame: &Frame<'_>) -> Result<Option<Edited>, JournalError> {
        let mut commit = Zeroizing::new(frame.sealed.to_vec());
        let Ok(len) = self.old.unseal(offset, &mut commit) else { return Ok(None) };
        commit.truncate(len);
        let mut attachments = frame.attachments.to_vec();
        if !(self.edit)(offset, &mut commit, &mut attachments) || commit.len() != len {
            return Err(self.old.newer(offset));
        }
        self.new.seal(offset, &mut commit)?;
        Ok(Some((commit, attachments)))
    }

    fn zeros(&mut self, bytes: u64) -> Result<(), JournalError> {
        self.put(&vec![0; count(bytes)])
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        Ok(self.out.write_all(bytes).map_err(FileError::on("write", self.path))?)
    }
}

fn length_of(frame: &Frame<'_>) -> u64 {
    u64::try_from(frame.bytes()).unwrap_or(u64::MAX)
}
