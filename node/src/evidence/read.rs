//! Reads evidence: each member once, in order, bounded, and the document as a stream. Nothing is believed here.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::document::content::{Content, ContentHasher};
use budstikke_protocol::ids::{DocumentId, Fingerprint, OrganisationNumber};
use budstikke_protocol::limits::{STATEMENT_BYTES_MAX, SUBTREE_BYTES};
use budstikke_protocol::log::receipt::RECEIPT_BYTES_MAX;
use serde_json::{Map, Value};
use tar::{Archive, Entry};

use super::archive::{
    DESCRIPTOR_BYTES_MAX, Unreadable, bytes, ends_with_empty_blocks, is_named, most, named, text,
    whole,
};
use super::form::{Descriptor, FORMAT, MEMBERS, RECEIPT, VERSION, VERSION_WITHOUT_RECEIPTS};
use crate::rosters::CHAIN_BYTES_MAX;

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
    whole(length, end)?;
    let Descriptor { federation, organisation, document, signing_input_sha256, .. } = descriptor;
    let noted = Noted { federation, organisation, document, signing_input: signing_input_sha256 };
    Ok(Parts { rosters, manifest, receipt, noted, content })
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
