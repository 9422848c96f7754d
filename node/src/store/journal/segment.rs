//! A segment of the journal: a file of frames under one key, written by one run of the process, or anew for an erasure.
//!
//! ```text
//! twice: magic ‖ number, u64 BE ‖ salt, 32 random bytes ‖ 16 bytes of a MAC under the storage key ‖ CRC-32
//! frames
//! ```
//!
//! The key of the segment is derived from the storage key, the salt and the number; the nonce of a frame is the byte at which
//! it starts. So no pair of key and nonce is used twice: every run begins a segment, and a segment in which a write has failed
//! takes no further frame. The head stands there twice because without the salt no frame would open. The checksum tells a
//! damaged head, the MAC tells the wrong key.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use budstikke_keys::seal::{Last, Sealer};
use budstikke_keys::secret::SymmetricKey;
use thiserror::Error;
use zeroize::Zeroizing;

use super::frame::{FRAME_BYTES_MAX, Frame, HEAD_BYTES, LENGTH_BYTES, counted_len, sealed_len};
use crate::entropy;
use crate::store::bytes::{length, take};
use crate::store::files::{self, DISK_HINT, FileError};

const MAGIC: &[u8; 20] = b"BUDSTIKKE-JOURNAL-2\n";

/// The head of a segment whose commits have a form that was never released.
const MAGIC_OLDER: &[u8; 20] = b"BUDSTIKKE-JOURNAL-1\n";
const BLOCK_BYTES: usize = 80;
const MAC_BYTES: usize = 16;

/// The bytes before the first frame.
pub(crate) const HEADER_BYTES: u64 = 160;

/// The bytes from which on a segment takes no further frame: few files, and a small one to copy for a backup or to rewrite
/// for an erasure.
pub(crate) const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// Why a part of the journal cannot be read.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The operating system said no.
    #[error(transparent)]
    File(#[from] FileError),
    /// What is there is not what was written.
    #[error("{} is damaged at byte {offset}", file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// Where the damaged part begins.
        offset: u64,
    },
    /// The keyring is not the one that the journal was written with.
    #[error("{} is sealed with another key", file.display())]
    WrongKey {
        /// Which file.
        file: PathBuf,
    },
    /// It has the form of a version before the first release.
    #[error("{} has a form that was never released, and that is no longer read", file.display())]
    Older {
        /// Which file.
        file: PathBuf,
    },
    /// The commit opens, but says what this version does not understand.
    #[error("{} holds at byte {offset} what only a newer version understands", file.display())]
    Newer {
        /// Which file.
        file: PathBuf,
        /// Where.
        offset: u64,
    },
}

impl JournalError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::File(_) => DISK_HINT,
            Self::Damaged { .. } => {
                "put the file back from a backup; everything else is still served"
            }
            Self::WrongKey { .. } => "put back the keyring that this home was made with",
            Self::Older { .. } => {
                "use the version that wrote it; a home for this one is made with budstikke init"
            }
            Self::Newer { .. } => "use the version that wrote it, or a newer one",
        }
    }
}

/// An open segment.
#[derive(Debug)]
pub(crate) struct Segment {
    path: PathBuf,
    file: Arc<File>,
    sealer: Sealer,
}

impl Segment {
    /// The name of the file of a segment.
    pub(crate) fn path(folder: &Path, number: u64) -> PathBuf {
        folder.join(format!("{number:016x}.segment"))
    }

    /// Makes a segment without frames, durable with its name.
    pub(crate) fn create(
        folder: &Path,
        number: u64,
        storage: &SymmetricKey,
    ) -> Result<Self, JournalError> {
        let (segment, head) = Self::begin(Self::path(folder, number), number, storage)?;
        match segment.append(&head, 0).and_then(|()| files::sync_folder(folder)) {
            Ok(()) => Ok(segment),
            Err(error) => {
                // Nobody needs half a head; one that cannot be removed is passed over when it is read.
                drop(fs::remove_file(&segment.path));
                Err(error.into())
            }
        }
    }

    /// Makes an empty file for a segment, and the head that it must begin with: its salt is new.
    pub(crate) fn begin(
        path: PathBuf,
        number: u64,
        storage: &SymmetricKey,
    ) -> Result<(Self, Vec<u8>), JournalError> {
        let salt = entropy::draw::<32>().map_err(FileError::on("draw a salt for", &path))?;
        let head = block(number, &salt, storage).repeat(2);
        let sealer = Sealer::new(&key(number, &salt, storage));
        Ok((Self { file: Arc::new(files::create(&path)?), path, sealer }, head))
    }

    /// Opens a segment to read it.
    pub(crate) fn open(
        folder: &Path,
        number: u64,
        storage: &SymmetricKey,
    ) -> Result<Self, JournalError> {
        let path = Self::path(folder, number);
        let file = files::open(&path)?;
        let mut header = [0; BLOCK_BYTES * 2];
        file.read_exact_at(&mut header, 0).map_err(|error| unread(error, &path, 0))?;
        let salt = salt(&header, number, storage, &path)?;
        let sealer = Sealer::new(&key(number, &salt, storage));
        Ok(Self { path, file: Arc::new(file), sealer })
    }

    /// The file, for those who read a document in it.
    pub(crate) fn file(&self) -> (Arc<File>, &Path) {
        (Arc::clone(&self.file), &self.path)
    }

    /// Seals the commit of the frame that will start at `offset`, in place.
    pub(crate) fn seal(&self, offset: u64, commit: &mut Vec<u8>) -> Result<(), JournalError> {
        self.sealer.seal(offset, Last::Final, &[], commit).ok().ok_or_else(|| self.damaged(offset))
    }

    /// Opens the sealed commit of the frame that starts at `offset`, in place, and gives its length.
    pub(crate) fn unseal(&self, offset: u64, sealed: &mut [u8]) -> Result<usize, JournalError> {
        let opened = self.sealer.open(offset, Last::Final, &[], sealed);
        opened.map(|commit| commit.len()).ok().ok_or_else(|| self.damaged(offset))
    }

    /// Reads the commit of the frame at `offset`.
    pub(crate) fn commit(&self, offset: u64) -> Result<Zeroizing<Vec<u8>>, JournalError> {
        Ok(self.commit_and_end(offset)?.0)
    }

    /// The same, and the byte of the file behind the frame.
    pub(crate) fn commit_and_end(
        &self,
        offset: u64,
    ) -> Result<(Zeroizing<Vec<u8>>, u64), JournalError> {
        let head = self.head(offset)?;
        let (sealed, end) = (self.sealed_len(head, offset)?, self.end(head, offset)?);
        let start = offset.saturating_add(length(&[0; HEAD_BYTES]));
        let mut commit = Zeroizing::new(vec![0; sealed]);
        self.read(&mut commit, start, offset)?;
        let len = self.unseal(offset, &mut commit)?;
        commit.truncate(len);
        Ok((commit, end))
    }

    /// Whether a frame with a right checksum stands at `offset`.
    pub(crate) fn has_frame(&self, offset: u64) -> bool {
        let mut frame = Vec::new();
        let most = u64::try_from(FRAME_BYTES_MAX.saturating_add(HEAD_BYTES)).unwrap_or(u64::MAX);
        let read = (&*self.file).seek(SeekFrom::Start(offset));
        let read = read.and_then(|_| (&*self.file).take(most).read_to_end(&mut frame));
        read.is_ok() && Frame::parse(&frame).is_some()
    }

    /// The byte of the file at which the attachments of the frame at `offset` start.
    pub(crate) fn attachments(&self, offset: u64) -> Result<u64, JournalError> {
        let sealed = self.sealed_len(self.head(offset)?, offset)?.saturating_add(HEAD_BYTES);
        Ok(offset.saturating_add(u64::try_from(sealed).unwrap_or(u64::MAX)))
    }

    /// Appends frames at `offset` and brings them to the disk.
    pub(crate) fn append(&self, frames: &[u8], offset: u64) -> Result<(), FileError> {
        self.file.write_all_at(frames, offset).map_err(FileError::on("write", &self.path))?;
        files::sync(&self.file, &self.path)
    }

    /// Cuts off what nobody was promised.
    pub(crate) fn cut(&self, bytes: u64) -> Result<(), FileError> {
        files::cut(&self.file, &self.path, bytes)
    }

    /// The error of a frame that does not read back.
    pub(crate) fn damaged(&self, offset: u64) -> JournalError {
        JournalError::Damaged { file: self.path.clone(), offset }
    }

    /// The error of a frame that reads back as nothing known.
    pub(crate) fn newer(&self, offset: u64) -> JournalError {
        JournalError::Newer { file: self.path.clone(), offset }
    }

    /// What stands before the sealed commit of the frame at `offset`.
    fn head(&self, offset: u64) -> Result<[u8; HEAD_BYTES], JournalError> {
        let mut head = [0; HEAD_BYTES];
        self.read(&mut head, offset, offset)?;
        Ok(head)
    }

    fn sealed_len(&self, head: [u8; HEAD_BYTES], offset: u64) -> Result<usize, JournalError> {
        sealed_len(head).ok_or_else(|| self.damaged(offset))
    }

    /// The byte of the file behind the frame.
    fn end(&self, head: [u8; HEAD_BYTES], offset: u64) -> Result<u64, JournalError> {
        let counted = counted_len(&head).ok_or_else(|| self.damaged(offset))?;
        let bytes = u64::try_from(counted.saturating_add(LENGTH_BYTES)).unwrap_or(u64::MAX);
        Ok(offset.saturating_add(bytes))
    }

    /// Reads a part of the frame at `offset`.
    fn read(&self, buffer: &mut [u8], at: u64, offset: u64) -> Result<(), JournalError> {
        self.file.read_exact_at(buffer, at).map_err(|error| unread(error, &self.path, offset))
    }
}

/// A file that ends before what should be in it is damaged.
fn unread(error: io::Error, path: &Path, offset: u64) -> JournalError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => JournalError::Damaged { file: path.to_owned(), offset },
        _ => FileError::on("read", path)(error).into(),
    }
}

/// The copies of the head at the start of a segment that are damaged.
pub(crate) fn damaged_copies(segment: &[u8]) -> impl Iterator<Item = Range<u64>> {
    let copies = segment.chunks_exact(BLOCK_BYTES).zip([0..80, 80..HEADER_BYTES]);
    copies.filter(|(block, _)| !is_whole(block)).map(|(_, bytes)| bytes)
}

fn is_whole(block: &[u8]) -> bool {
    let crc = block.split_last_chunk::<4>();
    crc.is_some_and(|(block, crc)| crc32fast::hash(block).to_be_bytes() == *crc)
}

fn block(number: u64, salt: &[u8; 32], storage: &SymmetricKey) -> Vec<u8> {
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    block.extend_from_slice(MAGIC);
    block.extend_from_slice(&number.to_be_bytes());
    block.extend_from_slice(salt);
    let mac = mac(&block, storage);
    block.extend_from_slice(&mac);
    let crc = crc32fast::hash(&block);
    block.extend_from_slice(&crc.to_be_bytes());
    block
}

fn salt(
    header: &[u8],
    number: u64,
    storage: &SymmetricKey,
    path: &Path,
) -> Result<[u8; 32], JournalError> {
    let damaged = || JournalError::Damaged { file: path.to_owned(), offset: 0 };
    let mut block =
        header.chunks_exact(BLOCK_BYTES).find(|block| is_whole(block)).ok_or_else(damaged)?;
    let whole = block;
    let magic = take::<20>(&mut block).ok_or_else(damaged)?;
    if &magic == MAGIC_OLDER {
        return Err(JournalError::Older { file: path.to_owned() });
    }
    let stated = take(&mut block).map(u64::from_be_bytes).ok_or_else(damaged)?;
    let salt = take::<32>(&mut block).ok_or_else(damaged)?;
    if &magic != MAGIC || stated != number {
        return Err(damaged());
    }
    let (said, made) = whole.split_at_checked(60).ok_or_else(damaged)?;
    if made.first_chunk::<MAC_BYTES>() == Some(&mac(said, storage)) {
        Ok(salt)
    } else {
        Err(JournalError::WrongKey { file: path.to_owned() })
    }
}

fn mac(head: &[u8], storage: &SymmetricKey) -> [u8; MAC_BYTES] {
    let mac = storage.derive("budstikke 2026 journal head v1", &[]).mac(head);
    mac.first_chunk().copied().unwrap_or_default()
}

fn key(number: u64, salt: &[u8; 32], storage: &SymmetricKey) -> SymmetricKey {
    storage.derive(
        "budstikke 2026 journal segment v1",
        &[salt.as_slice(), &number.to_be_bytes()].concat(),
    )
}
