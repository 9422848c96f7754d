//! Writes evidence: the small members at once, the document as a stream.

use std::io;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Claimed;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::Fingerprint;
use tar::Builder;

use super::archive::{BLOCK, header};
use super::form::{Descriptor, FORMAT, MEMBERS, RECEIPT, VERSION};

/// What goes before the bytes of the document: all other members, and the document's header.
///
/// # Errors
/// When the archive cannot be built, which no input can cause.
pub fn before(
    manifest: &Claimed<Manifest>,
    federation: Fingerprint,
    rosters: &str,
    receipt: Option<&str>,
    now: Timestamp,
) -> io::Result<Vec<u8>> {
    let claimed = manifest.claimed();
    let descriptor = Descriptor {
        format: FORMAT.to_owned(),
        version: VERSION,
        created: now,
        federation,
        organisation: claimed.organisation,
        document: claimed.document,
        signing_input_sha256: Sha256Digest::of(manifest.signing_input()),
    };
    let descriptor = serde_json::to_string_pretty(&descriptor).map_err(io::Error::other)? + "\n";
    let [first, second, third, last] = MEMBERS;
    let mut archive = Builder::new(Vec::new());
    let always = [(first, descriptor.as_str()), (second, rosters), (third, manifest.compact())];
    for (name, text) in always.into_iter().chain(receipt.map(|text| (RECEIPT, text))) {
        archive.append_data(
            &mut header(u64::try_from(text.len()).map_err(io::Error::other)?, now),
            name,
            text.as_bytes(),
        )?;
    }
    let mut head = header(claimed.size, now);
    head.set_path(last)?;
    head.set_cksum();
    let mut bytes = std::mem::take(archive.get_mut());
    bytes.extend_from_slice(head.as_bytes());
    Ok(bytes)
}

/// What goes after the bytes of a document of `size` bytes: zeroes to the end of its block, and the two empty blocks that end the archive.
pub fn after(size: u64) -> Vec<u8> {
    let over = size.checked_rem(BLOCK).unwrap_or(0);
    let padding = if over == 0 { 0 } else { BLOCK.saturating_sub(over) };
    vec![0; usize::try_from(padding.saturating_add(2 * BLOCK)).unwrap_or(0)]
}
