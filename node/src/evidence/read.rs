//! Reads evidence: each member once, in order, bounded, and the document as a stream. Nothing is believed here.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::document::content::{Content, ContentHasher};
use budstikke_protocol::document::judge::Failure as Named;
use budstikke_protocol::ids::{DocumentId, Fingerprint, OrganisationNumber};
use budstikke_protocol::limits::{STATEMENT_BYTES_MAX, SUBTREE_BYTES};
use budstikke_protocol::log::receipt::RECEIPT_BYTES_MAX;
use serde_json::{Map, Value};
use tar::{Archive, Entry};

use super::form::{BLOCK, Descriptor, FORMAT, MEMBERS, RECEIPT, VERSION, VERSION_WITHOUT_RECEIPTS};
use crate::rosters::CHAIN_BYTES_MAX;

/// The most bytes of `evidence.json`.
const DESCRIPTOR_BYTES_MAX: u64 = 64 * 1024;

/// The members of an evidence file.
#[derive(Debug)]
pub struct Parts {
    /// The rosters, a line each.
    pub rosters: String,
    /// The manifest, a compact JWS.
    pub manifest: String,
    /// The receipt for the manifest, unless the file has none.
    pub receipt: Option<Vec<u8>>,
    /// What the file notes of itself.
    pub noted: Noted,
    /// What the document's bytes hash to.
    pub content: Content,
}

/// What `evidence.json` notes; none of it is proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// The federation whose rosters are in the file.
    pub federation: Fingerprint,
    /// The custodian.
    pub organisation: OrganisationNumber,
    /// The document.
    pub document: DocumentId,
    /// SHA-256 of the manifest's signing input.
    pub signing_input: Sha256Digest,
}

/// Why a file cannot be read as evidence: the name of the failure, and what was found.
#[derive(Debug)]
pub struct Unreadable {
    /// [`Named::Truncated`] or [`Named::Damaged`].
    pub failure: Named,
    /// For people.
    pub found: String,
}

impl Unreadable {
    fn damaged(found: impl Into<String>) -> Self {
        Self { failure: Named::Damaged, found: found.into() }
    }

    fn truncated() -> Self {
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

/// Reads the evidence in `path`, hashing the document as it goes by. `progress` is told how many bytes of how many are read.
///
/// # Errors
/// When the file ends too early, or is not evidence of a version that is known.
pub fn read(path: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Parts, Unreadable> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let ends_well = ends_with_empty_blocks(&mut file, length)?;
    let mut archive = Archive::new(BufReader::with_capacity(SUBTREE_BYTES, file));
    // Raw: the headers by which tar's dialects say long names, other sizes and sparse files are members that do not belong here.
    let mut members = archive.entries()?.raw(true);
    let mut next = || members.next().ok_or_else(Unreadable::truncated)?.map_err(Unreadable::from);
    let [first, second, third, last] = MEMBERS;
    let descriptor = descriptor(&text(named(next()?, first)?, DESCRIPTOR_BYTES_MAX)?)?;
    // It is evidence, but not all of it: whatever else is wrong comes of that.
    if !ends_well {
        return Err(Unreadable::truncated());
    }
    let rosters = text(named(next()?, second)?, CHAIN_BYTES_MAX)?;
    // A changed manifest shall be told as such, also when the change made it something that is not text.
    let manifest = bytes(named(next()?, third)?, most(STATEMENT_BYTES_MAX))?;
    let manifest = String::from_utf8_lossy(&manifest).into_owned();
    let mut document = next()?;
    let mut receipt = None;
    if descriptor.version > VERSION_WITHOUT_RECEIPTS && is_named(&document, RECEIPT) {
        receipt = Some(bytes(document, most(RECEIPT_BYTES_MAX))?);
        document = next()?;
    }
    let document = named(document, last)?;
    let end = document.raw_file_position().saturating_add(document.size());
    let content = content(document, progress)?;
    let whole =
        end.checked_next_multiple_of(BLOCK).map_or(u64::MAX, |end| end.saturating_add(2 * BLOCK));
    if length < whole {
        return Err(Unreadable::truncated());
    }
    // A tar reader stops at the first empty block: what stands behind the end would be seen by nobody.
    if length > whole {
        return Err(Unreadable::damaged("there is something after the document"));
    }
    let Descriptor { federation, organisation, document, signing_input_sha256, .. } = descriptor;
    let noted = Noted { federation, organisation, document, signing_input: signing_input_sha256 };
    Ok(Parts { rosters, manifest, receipt, noted, content })
}

fn ends_with_empty_blocks(file: &mut File, length: u64) -> io::Result<bool> {
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

fn named<'a, R: Read>(entry: Entry<'a, R>, name: &str) -> Result<Entry<'a, R>, Unreadable> {
    if is_named(&entry, name) {
        Ok(entry)
    } else {
        Err(Unreadable::damaged(format!("there is no {name} where it should stand")))
    }
}

fn is_named<R: Read>(entry: &Entry<'_, R>, name: &str) -> bool {
    entry.path_bytes().as_ref() == name.as_bytes() && entry.header().entry_type().is_file()
}

fn most(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn text<R: Read>(entry: Entry<'_, R>, max: u64) -> Result<String, Unreadable> {
    String::from_utf8(bytes(entry, max)?).ok().ok_or(Unreadable::damaged("a member is not UTF-8"))
}

fn bytes<R: Read>(mut entry: Entry<'_, R>, max: u64) -> Result<Vec<u8>, Unreadable> {
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

fn descriptor(text: &str) -> Result<Descriptor, Unreadable> {
    let unreadable = || Unreadable::damaged("evidence.json is not that of evidence version 1 or 2");
    // A map first: serde would take an array for a structure.
    let members: Map<String, Value> = serde_json::from_str(text).ok().ok_or_else(unreadable)?;
    let descriptor: Descriptor =
        serde_json::from_value(Value::Object(members)).ok().ok_or_else(unreadable)?;
    let is_known = [VERSION, VERSION_WITHOUT_RECEIPTS].contains(&descriptor.version);
    if descriptor.format == FORMAT && is_known { Ok(descriptor) } else { Err(unreadable()) }
}

fn content<R: Read>(
    mut entry: Entry<'_, R>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Content, Unreadable> {
    let size = entry.size();
    let mut hasher = ContentHasher::default();
    let mut buffer = vec![0; SUBTREE_BYTES];
    let mut done = 0_u64;
    loop {
        let read = entry.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        hasher.update(bytes).map_err(|error| Unreadable::damaged(error.to_string()))?;
        done = done.saturating_add(u64::try_from(read).unwrap_or(0));
        progress(done, size);
    }
    if done != size {
        return Err(Unreadable::truncated());
    }
    hasher.finish().map_err(|error| Unreadable::damaged(error.to_string()))
}
