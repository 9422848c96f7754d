//! Verifying the export of a log, or a receipt, offline: the files and a key that the reviewer trusts are all that is needed.

use std::fs;
use std::path::Path;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Claimed;
use budstikke_keys::note::{Note, VerifierKey};
use budstikke_protocol::document::erasure::Erasure;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use budstikke_protocol::log::checkpoint::{Checkpoint, SignedCheckpoint};
use budstikke_protocol::log::commitment::{Commitment, Salt};
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::receipt::Receipt;
use budstikke_protocol::log::tree::TreeHead;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::checks::{Checks, Failed, LogCheck, Trusted, TrustedLog, key, told};
use super::fork;
use super::tiles;
use crate::index_export::note;

/// What is to be verified.
#[derive(Debug)]
pub enum Subject<'a> {
    /// The folder of an export.
    Export(&'a Path),
    /// The file of a fork proof.
    Fork(&'a Path),
    /// A receipt.
    Receipt {
        /// Its file.
        receipt: &'a Path,
        /// The file of the statement that it is for: a manifest, in compact form.
        statement: &'a Path,
        /// The salt, unless it stands in the receipt.
        salt: Option<Zeroizing<[u8; 32]>>,
        /// The document of the manifest.
        document: Option<&'a Path>,
    },
}

/// Verifies an export or a receipt. What cannot be read is a failed check like any other.
pub fn verify(
    subject: &Subject<'_>,
    trusted: TrustedLog,
    progress: &mut dyn FnMut(u64, u64),
) -> Vec<LogCheck> {
    let mut checks = Checks::default();
    // The line that says why stands among the checks.
    let done = match subject {
        Subject::Export(folder) => export(&mut checks, folder, trusted, progress),
        Subject::Fork(path) => fork::verify(&mut checks, path, trusted),
        Subject::Receipt { receipt: path, statement, salt, document } => {
            receipt(&mut checks, (path, statement, *document), salt.clone(), trusted)
        }
    };
    match done {
        Ok(()) | Err(Failed) => checks.into_lines(),
    }
}

fn export(
    checks: &mut Checks,
    folder: &Path,
    trusted: TrustedLog,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Failed> {
    let note = checks.note(
        "checkpoint",
        note(folder).and_then(|note| {
            let checkpoint = claimed(&note)?;
            let TreeHead { size, root } = checkpoint.head;
            Ok((
                (note, checkpoint.origin.clone()),
                format!("{}, {size} entries, root {root}", checkpoint.origin),
            ))
        }),
    )?;
    let (note, origin) = note;
    let (key, known) = key(checks, trusted, &origin)?;
    let checkpoint = checks.note("signature", open(note, &key))?;
    witnessed(checks, (&checkpoint, &key), &known)?;
    tiles::verify(checks, folder, checkpoint.head(), progress)
}

fn receipt(
    checks: &mut Checks,
    (path, statement, document): (&Path, &Path, Option<&Path>),
    salt: Option<Zeroizing<[u8; 32]>>,
    trusted: TrustedLog,
) -> Result<(), Failed> {
    let read = |path: &Path| fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    let parsed = read(path).and_then(|bytes| {
        let receipt = Receipt::parse(&bytes).map_err(|error| told(&error))?;
        let origin = claimed(receipt.note())?.origin;
        let found = format!("{origin}, entry {}", receipt.index());
        Ok(((receipt, origin), found))
    });
    let (receipt, origin) = checks.note("receipt", parsed)?;
    let (key, known) = key(checks, trusted, &origin)?;
    let statement = checks.note("statement", read(statement).and_then(|bytes| stated(&bytes)))?;
    if let Some(document) = document {
        checks.note("document", same_document(&statement, document))?;
    }
    let in_receipt = receipt.extra().and_then(|extra| <[u8; 32]>::try_from(extra).ok());
    let salt = salt
        .or(in_receipt.map(Zeroizing::new))
        .ok_or_else(|| "no salt stands in the receipt; say --salt HEX".to_owned());
    let salt =
        checks.note("salt", salt.map(|salt| (Salt::from_bytes(salt), "32 bytes".to_owned())))?;
    let commitment = Commitment::to(Sha256Digest::of(statement.text.as_bytes()), &salt);
    let entry =
        if statement.is_erasure { Entry::Erase(commitment) } else { Entry::Record(commitment) };
    let proven = open(receipt.note().clone(), &key).and_then(|(checkpoint, _)| {
        let is_in = receipt.verify_in(&entry.leaf_hash(), &checkpoint);
        is_in.map_err(|error| told(&error)).map(|()| checkpoint)
    });
    let proven = proven.map(|checkpoint| {
        let (TreeHead { size, root }, index) = (*checkpoint.head(), receipt.index());
        let found = format!("commitment {commitment} is entry {index} of {size}, root {root}");
        (checkpoint, found)
    });
    let checkpoint = checks.note("record", proven)?;
    witnessed(checks, (&checkpoint, &key), &known)
}

/// What a note claims to be.
fn claimed(note: &Note) -> Result<Checkpoint, String> {
    note.text().parse().map_err(|error| told(&error))
}

fn open(note: Note, key: &VerifierKey) -> Result<(SignedCheckpoint, String), String> {
    let opened = SignedCheckpoint::open(note, key).map_err(|error| told(&error))?;
    Ok((opened, format!("by {key}")))
}

fn witnessed(
    checks: &mut Checks,
    (checkpoint, key): (&SignedCheckpoint, &VerifierKey),
    trusted: &Trusted,
) -> Result<(), Failed> {
    let origin = &checkpoint.checkpoint().origin;
    let grade = trusted.grade(checkpoint, key);
    checks.note("witnesses", grade.map(|grade| ((), trusted.told(grade, origin))))
}

/// A statement, and what is to be known of it.
struct Stated {
    text: String,
    is_erasure: bool,
    manifest: Option<Manifest>,
}

/// Reads a statement. Its signature is for the evidence file to show; the log commits to the bytes.
fn stated(bytes: &[u8]) -> Result<(Stated, String), String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?.trim_end();
    let text = text.to_owned();
    let digest = Sha256Digest::of(text.as_bytes());
    if let Ok(manifest) = Claimed::<Manifest>::parse(&text, STATEMENT_BYTES_MAX) {
        let manifest = manifest.claimed().clone();
        let found = format!("manifest {digest} of document {}", manifest.document);
        return Ok((Stated { text, is_erasure: false, manifest: Some(manifest) }, found));
    }
    let is_erasure = Claimed::<Erasure>::parse(&text, STATEMENT_BYTES_MAX).is_ok();
    let what = if is_erasure { "erasure" } else { "statement" };
    Ok((Stated { text, is_erasure, manifest: None }, format!("{what} {digest}")))
}

fn same_document(statement: &Stated, path: &Path) -> Result<((), String), String> {
    let manifest = statement.manifest.as_ref().ok_or("the statement is no manifest")?;
    let mut file = fs::File::open(path).map_err(|error| error.to_string())?;
    let mut hasher = HashWriter(Sha256::new());
    std::io::copy(&mut file, &mut hasher).map_err(|error| error.to_string())?;
    let digest = Sha256Digest::from_bytes(hasher.0.finalize().into());
    if digest == manifest.sha256 {
        Ok(((), format!("SHA-256 {digest}")))
    } else {
        Err(format!("{} is not the document of the manifest: SHA-256 {digest}", path.display()))
    }
}

struct HashWriter(Sha256);

impl std::io::Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
