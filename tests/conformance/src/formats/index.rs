//! The formats of the index, one module each.

pub mod access_anchor;
pub mod label;
pub mod list_proof;
pub mod list_value;
pub mod map_proof;
pub mod map_root;
pub mod presence;
pub mod ticket;

use std::io;
use std::path::Path;

use budstikke_keys::digest::Sha256Digest;
use data_encoding::HEXLOWER;

use crate::vector::write;

/// Writes the vectors of these formats.
pub fn write_all(root: &Path) -> io::Result<()> {
    write::<label::Labels>(root)?;
    write::<list_value::ListValues>(root)?;
    write::<list_proof::ListProofs>(root)?;
    write::<map_root::MapRoots>(root)?;
    write::<map_proof::MapProofs>(root)?;
    write::<presence::PresenceFiles>(root)?;
    write::<ticket::Tickets>(root)?;
    write::<access_anchor::AccessAnchors>(root)
}

/// Bytes as vectors have them.
fn hex(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(bytes.as_ref())
}

/// The bytes of a text in hexadecimal.
fn unhex<const N: usize>(text: &str) -> [u8; N] {
    HEXLOWER.decode(text.as_bytes()).unwrap().try_into().unwrap()
}

/// SHA-256 over parts, one after another.
fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    *Sha256Digest::of(&parts.concat()).as_bytes()
}
