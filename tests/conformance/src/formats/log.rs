//! The formats of the log, one module each.

pub mod accusation;
mod bad_note;
pub mod bundle;
pub mod checkpoint;
pub mod commitment;
pub mod consistency;
pub mod cosignature;
pub mod entry;
pub mod fork;
pub mod inclusion;
pub mod note;
pub mod origin;
pub mod policy;
pub mod receipt;
pub mod rendezvous;
pub mod root;
pub mod sample;
pub mod tile_path;
pub mod tile_set;
pub mod verifier_key;
pub mod witness;

use std::io;
use std::path::Path;

use budstikke_protocol::log::tree::TreeHash;
use data_encoding::{BASE64, HEXLOWER};

use crate::vector::write;

/// Writes the vectors of these formats.
pub fn write_all(root: &Path) -> io::Result<()> {
    write::<note::Notes>(root)?;
    write::<verifier_key::VerifierKeys>(root)?;
    write::<cosignature::Cosignatures>(root)?;
    write::<commitment::Commitments>(root)?;
    write::<entry::Entries>(root)?;
    write::<origin::Origins>(root)?;
    write::<root::Roots>(root)?;
    write::<inclusion::Inclusions>(root)?;
    write::<consistency::Consistencies>(root)?;
    write::<tile_path::TilePaths>(root)?;
    write::<tile_set::TileSets>(root)?;
    write::<bundle::Bundles>(root)?;
    write::<checkpoint::Checkpoints>(root)?;
    write::<policy::Policies>(root)?;
    write::<receipt::Receipts>(root)?;
    write::<rendezvous::Rendezvous>(root)?;
    write::<witness::Requests>(root)?;
    write::<fork::Forks>(root)?;
    write::<accusation::Accusations>(root)
}

/// Bytes as vectors have them.
fn hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(bytes.as_ref())
}

/// The bytes of a text in hexadecimal.
fn unhex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}

/// Hashes as vectors have them: in base64, as notes and proofs have them too.
fn texts(hashes: &[TreeHash]) -> Vec<String> {
    hashes.iter().map(|hash| BASE64.encode(hash.as_bytes())).collect()
}

/// Hashes as the lines of a proof.
fn lines(hashes: &[TreeHash]) -> String {
    texts(hashes).iter().flat_map(|hash| [hash, "\n"]).collect()
}

/// The hash of a text in base64.
fn hash(text: &str) -> TreeHash {
    TreeHash::from_bytes(BASE64.decode(text.as_bytes()).unwrap().try_into().unwrap())
}

/// The hashes of texts in base64.
fn hashes(texts: &[String]) -> Vec<TreeHash> {
    texts.iter().map(|text| hash(text)).collect()
}
