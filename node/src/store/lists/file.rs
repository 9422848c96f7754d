//! The file of the lists: what the map, the presence file and the counts were at the last head, so that no start has to compute labels.
//!
//! Parts stand one behind the other, each sealed under a key of its own. A part goes to the disk before its head does, so what stands behind
//! the last head was never made and is cut off. Where file and head do not agree, the file is of no use: a new epoch begins.
//!
//! | what | truth or derived | trusted or checked |
//! |---|---|---|
//! | `lists` | derived from `journal/` and the labels, which cost time | checked by its seal, and against the last head |
//! | `lists.new` | the same for a new epoch, or after an erasure; takes its place when its head is on the disk | the same |

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use budstikke_keys::seal::{Last, Sealer, TAG_BYTES};
use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::map::MapValue;
use zeroize::Zeroizing;

use super::book::{Book, Listing};
use super::shared::SharedLists;
use crate::entropy;
use crate::store::bytes::{length, take};
use crate::store::files::{self, FileError};
use crate::store::log::head::Head;

/// The first bytes.
pub(crate) const MAGIC: &[u8] = b"BUDSTIKKE-LISTS-1\n";

/// Lists in one part, so that a large file is read and written in pieces.
const LISTS_MAX: usize = 8192;

/// Bytes of the presence file in one part.
const PRESENCE_MAX: usize = 1 << 20;

/// More bytes than a sealed part ever has: of its lists 101 each.
const PART_MAX: usize = 101 * LISTS_MAX + PRESENCE_MAX + 64;

/// A part does not end what leads to a head.
const MORE: u8 = 0;

/// A part ends it.
const ENDS: u8 = 1;

/// It ends it, and takes something out that was erased: it still stands in the parts before.
const ERASES: u8 = 2;

/// What stands of a list in the file, and in the map.
pub(crate) type Row = Option<(MapValue, Listing)>;

/// The lists as they stand in a file, which goes on growing.
pub(crate) struct ListsFile {
    path: PathBuf,
    storage: SymmetricKey,
    /// The file, and up to where it holds what heads on the disk have; nothing when it must be written anew.
    open: Option<(File, u64)>,
    /// Whether another file waits to take its place.
    is_new_written: bool,
}

/// What leads from one head to the next.
pub(crate) struct Part<'a> {
    /// The number of entries of the head to which it leads.
    pub(crate) size: u64,
    /// The epoch, and when it began.
    pub(crate) epoch: (u32, u64),
    /// The lists that changed.
    pub(crate) lists: &'a [(Label, Row)],
    /// What came to the presence file.
    pub(crate) presence: &'a [u8],
    /// Whether something was erased.
    pub(crate) erases: bool,
}

/// What was read from a file.
#[derive(Default)]
struct Read {
    epoch: (u32, u64),
    lists: BTreeMap<Label, (MapValue, Listing)>,
    presence: Vec<u8>,
    erases: bool,
    /// Up to where.
    end: u64,
}

impl ListsFile {
    /// The file at this path, of which nothing is read yet.
    pub(crate) fn new(path: PathBuf, storage: &SymmetricKey) -> Self {
        let storage = SymmetricKey::from_bytes(storage.bytes());
        Self { path, storage, open: None, is_new_written: false }
    }

    /// Reads the lists that `head` has; nothing when no file holds them.
    pub(crate) fn load(&mut self, head: &Head, shared: &SharedLists) -> Option<Book> {
        let new = self.new_path();
        let taken = self.read(&self.path, head, shared);
        let (book, read) = if let Some(taken) = taken {
            taken
        } else {
            let taken = self.read(&new, head, shared)?;
            fs::rename(&new, &self.path).ok()?;
            taken
        };
        files::remove(&new).ok();
        let cut = files::reopen(&self.path).and_then(|file| {
            files::cut(&file, &self.path, read.end)?;
            Ok(file)
        });
        self.open = cut.ok().map(|file| (file, read.end));
        // What was erased goes now; and so does most of a file that says the same things again and again.
        let is_long = read.end > whole_bytes(&book).saturating_mul(3);
        if read.erases || is_long {
            self.open = None;
            if self.write_new(&book, head.size).is_ok() {
                self.settle().ok();
            }
        }
        Some(book)
    }

    /// Whether the next head has to write all of it.
    pub(crate) fn is_lost(&self) -> bool {
        self.open.is_none()
    }

    /// Appends what leads to a head, durably. It counts with [`Self::settle`].
    pub(crate) fn append(&mut self, part: &Part<'_>) -> Result<(), FileError> {
        let Some((file, end)) = &self.open else { return Ok(()) };
        let mut bytes = Vec::new();
        part.write(&self.storage, *end, &mut bytes).map_err(FileError::on("seal", &self.path))?;
        let written = file.write_all_at(&bytes, *end);
        written.map_err(FileError::on("write", &self.path))?;
        files::sync(file, &self.path)
    }

    /// Writes all of it into a file that takes the place of this one with [`Self::settle`].
    pub(crate) fn write_new(&mut self, book: &Book, size: u64) -> Result<(), FileError> {
        let new = self.new_path();
        files::remove(&new)?;
        let mut file = files::create(&new)?;
        let on = || FileError::on("write", &new);
        file.write_all(MAGIC).map_err(on())?;
        let lists: Vec<(Label, Row)> =
            book.lists().map(|(label, list)| (label, Some(list))).collect();
        let epoch = (book.epoch.number(), book.begun_ms);
        let (presence, erases) = (book.presence(), false);
        let part = Part { size, epoch, lists: &lists, presence, erases };
        let mut bytes = Vec::new();
        part.write(&self.storage, length(MAGIC), &mut bytes).map_err(on())?;
        file.write_all(&bytes).map_err(on())?;
        files::sync(&file, &new)?;
        self.is_new_written = true;
        Ok(())
    }

    /// The head to which the last writes lead is on the disk.
    pub(crate) fn settle(&mut self) -> Result<(), FileError> {
        if self.is_new_written {
            self.is_new_written = false;
            self.open = None;
            let new = self.new_path();
            fs::rename(&new, &self.path).map_err(FileError::on("rename", &new))?;
            files::sync_folder(files::parent(&self.path))?;
            self.open = Some((files::reopen(&self.path)?, 0));
        }
        if let Some((file, end)) = &mut self.open {
            *end = file.metadata().map_err(FileError::on("look at", &self.path))?.len();
        }
        Ok(())
    }

    /// Takes back what was written for a head that did not come to the disk.
    pub(crate) fn take_back(&mut self) {
        self.is_new_written = false;
        let is_cut = match &self.open {
            Some((file, end)) => files::cut(file, &self.path, *end).is_ok(),
            None => true,
        };
        if !is_cut {
            self.open = None;
        }
        files::remove(&self.new_path()).ok();
    }

    /// Leaves the file as it is, of which the disk took no more: the next head writes all of it anew.
    pub(crate) fn give_up(&mut self) {
        self.take_back();
        self.open = None;
    }

    /// Removes the file, whose content the next head writes anew.
    pub(crate) fn forget(&mut self) -> Result<(), FileError> {
        self.open = None;
        files::remove(&self.path)?;
        files::remove(&self.new_path())?;
        files::sync_folder(files::parent(&self.path))
    }

    fn new_path(&self) -> PathBuf {
        self.path.with_added_extension("new")
    }

    /// Reads a file up to a head; nothing unless it has the lists of that.
    fn read(&self, path: &Path, head: &Head, shared: &SharedLists) -> Option<(Book, Read)> {
        let bytes = fs::read(path).ok()?;
        let read = read(&self.storage, &bytes, head.size)?;
        let epoch = shared.epoch(read.epoch.0).ok()?;
        let book = Book::of(Arc::clone(&epoch), (read.epoch.1, *head), &read.lists, &read.presence);
        (book.index() == head.index).then_some((book, read))
    }
}

impl Part<'_> {
    /// Writes the part, or as many as it takes, for the place `at` of the file.
    fn write(
        &self,
        storage: &SymmetricKey,
        mut at: u64,
        file: &mut Vec<u8>,
    ) -> std::io::Result<()> {
        let mut lists = self.lists.chunks(LISTS_MAX).peekable();
        let mut presence = self.presence.chunks(PRESENCE_MAX).peekable();
        loop {
            let (some, tags) = (lists.next().unwrap_or_default(), presence.next());
            let is_last = lists.peek().is_none() && presence.peek().is_none();
            let kind = match (is_last, self.erases) {
                (false, _) => MORE,
                (true, false) => ENDS,
                (true, true) => ERASES,
            };
            let plain = self.plain(kind, some, tags.unwrap_or_default());
            let sealed = seal(storage, at, plain)?;
            at = at.saturating_add(length(&sealed));
            file.extend_from_slice(&sealed);
            if is_last {
                return Ok(());
            }
        }
    }

    fn plain(&self, kind: u8, lists: &[(Label, Row)], presence: &[u8]) -> Zeroizing<Vec<u8>> {
        let room = lists.len().saturating_mul(101).saturating_add(presence.len());
        let mut plain = Zeroizing::new(Vec::with_capacity(room.saturating_add(64)));
        plain.push(kind);
        plain.extend_from_slice(&self.size.to_be_bytes());
        plain.extend_from_slice(&self.epoch.0.to_be_bytes());
        plain.extend_from_slice(&self.epoch.1.to_be_bytes());
        let count = u32::try_from(lists.len()).unwrap_or(u32::MAX);
        plain.extend_from_slice(&count.to_be_bytes());
        for (label, row) in lists {
            plain.extend_from_slice(label.as_bytes());
            let count = row.map_or(0, |(_, listing)| listing.count);
            plain.extend_from_slice(&count.to_be_bytes());
            if let Some((value, listing)) = row {
                plain.extend_from_slice(value);
                plain.extend_from_slice(&listing.patient);
                plain.extend_from_slice(&listing.generation.to_be_bytes());
                plain.extend_from_slice(&listing.begun.to_be_bytes());
            }
        }
        plain.extend_from_slice(presence);
        plain
    }
}

/// How many bytes a file has at least that holds these lists once.
fn whole_bytes(book: &Book) -> u64 {
    let lists = book.index().map_count.saturating_mul(100);
    lists.saturating_add(length(book.presence())).saturating_add(1 << 20)
}

/// A part as it stands in the file: its length, the salt of its key, and what is sealed.
fn seal(
    storage: &SymmetricKey,
    at: u64,
    mut plain: Zeroizing<Vec<u8>>,
) -> std::io::Result<Vec<u8>> {
    let salt = entropy::draw::<32>()?;
    let key = storage.derive("budstikke 2026 lists v1", salt.as_slice());
    plain.reserve_exact(TAG_BYTES);
    let sealed = Sealer::new(&key).seal(at, Last::Final, &[], &mut plain);
    sealed.map_err(std::io::Error::other)?;
    let count = u32::try_from(plain.len()).map_err(std::io::Error::other)?;
    Ok([&count.to_be_bytes()[..], salt.as_slice(), plain.as_slice()].concat())
}

/// Reads parts up to the last that leads to a head of at most `size` entries. What stands behind it, or is torn, does not count.
fn read(storage: &SymmetricKey, file: &[u8], size: u64) -> Option<Read> {
    let mut rest = file.strip_prefix(MAGIC)?;
    let (mut read, mut waiting) = (Read::default(), Vec::new());
    let mut at = length(MAGIC);
    while let Some((plain, behind)) = open(storage, at, rest) {
        at = at.saturating_add(length(rest).saturating_sub(length(behind)));
        rest = behind;
        let mut parts = plain.as_slice();
        let [kind] = take(&mut parts)?;
        if u64::from_be_bytes(take(&mut parts)?) > size {
            break;
        }
        waiting.push(plain);
        if kind != MORE {
            for plain in waiting.drain(..) {
                read.apply(plain.get(9..)?)?;
            }
            (read.end, read.erases) = (at, read.erases || kind == ERASES);
        }
    }
    (read.end > 0).then_some(read)
}

/// Opens the part with which `file` begins, and gives what stands behind it.
pub(crate) fn open<'a>(
    storage: &SymmetricKey,
    at: u64,
    file: &'a [u8],
) -> Option<(Zeroizing<Vec<u8>>, &'a [u8])> {
    let mut rest = file;
    let count = usize::try_from(u32::from_be_bytes(take(&mut rest)?)).ok()?;
    let salt: [u8; 32] = take(&mut rest)?;
    if count > PART_MAX {
        return None;
    }
    let (sealed, behind) = rest.split_at_checked(count)?;
    let mut plain = Zeroizing::new(sealed.to_vec());
    let key = storage.derive("budstikke 2026 lists v1", &salt);
    let opened = Sealer::new(&key).open(at, Last::Final, &[], &mut plain).ok()?.len();
    plain.truncate(opened);
    Some((plain, behind))
}

impl Read {
    fn apply(&mut self, mut part: &[u8]) -> Option<()> {
        self.epoch = (u32::from_be_bytes(take(&mut part)?), u64::from_be_bytes(take(&mut part)?));
        for _ in 0..u32::from_be_bytes(take(&mut part)?) {
            let label = Label::from_bytes(take(&mut part)?);
            let count = u32::from_be_bytes(take(&mut part)?);
            if count == 0 {
                self.lists.remove(&label);
                continue;
            }
            let (value, patient) = (take(&mut part)?, take(&mut part)?);
            let generation = u32::from_be_bytes(take(&mut part)?);
            let begun = u64::from_be_bytes(take(&mut part)?);
            self.lists.insert(label, (value, Listing { patient, count, generation, begun }));
        }
        self.presence.extend_from_slice(part);
        Some(())
    }
}
