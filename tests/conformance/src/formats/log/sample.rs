//! Notes, keys and checkpoints of the vectors, put together by hand from the specification.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::public::PublicKey;
use data_encoding::{BASE64, HEXLOWER};

use super::texts;
use crate::cast;
use crate::definition;
use crate::leaves::leaves;

/// The log of the hospital of the vectors.
pub const ORIGIN: &str = "vectors.example/310000019";
/// The name of its key.
pub const LOG: &str = "hospital log";
/// The name of the municipality's witness key.
pub const WITNESS: &str = "municipality witness";
/// The name under which that cosigns.
pub const WITNESS_NAME: &str = "vectors.example/310000027/witness";
/// When it cosigns: [`cast::NOW`].
pub const COSIGNED: u64 = 1_795_349_045;

/// A verifier key with its right id.
pub fn vkey(name: &str, kind: u8, key: &PublicKey) -> String {
    vkey_of_bytes(name, kind, &key.to_bytes())
}

/// The same of bytes that need be no key.
pub fn vkey_of_bytes(name: &str, kind: u8, key: &[u8; 32]) -> String {
    let id = HEXLOWER.encode(&key_id(name, kind, key));
    format!("{name}+{id}+{}", BASE64.encode(&[&[kind][..], key].concat()))
}

/// The verifier key of the log of the vectors.
pub fn log_vkey() -> String {
    vkey(ORIGIN, 1, &cast::public(LOG))
}

/// The verifier key of its witness.
pub fn witness_vkey() -> String {
    vkey(WITNESS_NAME, 4, &cast::public(WITNESS))
}

/// The first four bytes of the hash over name, kind and key.
pub fn key_id(name: &str, kind: u8, key: &[u8; 32]) -> [u8; 4] {
    let hash = Sha256Digest::of(&[name.as_bytes(), b"\n", &[kind], key].concat());
    *hash.as_bytes().first_chunk().unwrap()
}

/// A signature line with any bytes.
pub fn line(name: &str, id: [u8; 4], signature: &[u8]) -> String {
    format!("\u{2014} {name} {}\n", BASE64.encode(&[&id, signature].concat()))
}

/// The line with which a key of the vectors signs.
pub fn signature(text: &str, name: &str, key: &str) -> String {
    let id = key_id(name, 1, &cast::public(key).to_bytes());
    line(name, id, &cast::key(key).sign(text.as_bytes()).to_bytes())
}

/// The line with which a key of the vectors cosigns.
pub fn cosignature(text: &str, name: &str, key: &str, time: u64) -> String {
    let id = key_id(name, 4, &cast::public(key).to_bytes());
    let message = format!("cosignature/v1\ntime {time}\n{text}");
    let signature = cast::key(key).sign(message.as_bytes()).to_bytes();
    line(name, id, &[&time.to_be_bytes()[..], &signature].concat())
}

/// The text of the checkpoint of the log by rule.
pub fn head(size: usize) -> String {
    let root = texts(&[definition::root(&leaves(size))]).remove(0);
    format!("{ORIGIN}\n{size}\n{root}\n")
}

/// A note of this text, signed by the log.
pub fn signed(text: &str) -> String {
    format!("{text}\n{}", signature(text, ORIGIN, LOG))
}

/// The same with the cosignature of the witness.
pub fn cosigned(text: &str) -> String {
    signed(text) + &cosignature(text, WITNESS_NAME, WITNESS, COSIGNED)
}
