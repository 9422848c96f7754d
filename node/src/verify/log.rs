//! Verifying the export of a log, or a receipt, offline: the files and a key that the reviewer trusts are all that is needed.

use std::fs;
use std::path::Path;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Claimed;
use budstikke_keys::note::{KeyKind, Note, VerifierKey};
use budstikke_protocol::document::erasure::Erasure;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::ids::Fingerprint;
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use budstikke_protocol::log::checkpoint::{Checkpoint, SignedCheckpoint};
use budstikke_protocol::log::commitment::{Commitment, Salt};
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::policy::{Policy, PolicyError};
use budstikke_protocol::log::receipt::{Grade, Receipt};
use budstikke_protocol::log::tree::TreeHead;
use serde::Serialize;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::fork;
use super::tiles;
use crate::index_export::note;

/// Which log the reviewer trusts.
#[derive(Debug)]
pub enum TrustedLog {
    /// The one with this key.
    Key(VerifierKey),
    /// That of the member of a federation that the checkpoint names.
    Roster {
        /// The federation's fingerprint, known out of band.
        federation: Fingerprint,
        /// Its rosters.
        roster: Chain,
    },
}

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

/// One line of what was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogCheck {
    /// What was checked.
    pub check: &'static str,
    /// Whether it failed.
    #[serde(skip_serializing_if = "is_false")]
    pub failed: bool,
    /// What was found.
    pub found: String,
}

impl LogCheck {
    /// Whether it passed.
    pub fn is_good(&self) -> bool {
        !self.failed
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_false(is_so: &bool) -> bool {
    !is_so
}

/// The lines so far; the first that fails is the last.
#[derive(Debug, Default)]
pub(super) struct Checks(Vec<LogCheck>);

/// A check has failed; nothing behind it would mean anything.
pub(super) struct Failed;

impl Checks {
    /// Notes a check, and gives what it found to go on with.
    pub(super) fn note<T>(
        &mut self,
        check: &'static str,
        outcome: Result<(T, String), String>,
    ) -> Result<T, Failed> {
        let (value, failed, found) = match outcome {
            Ok((value, found)) => (Ok(value), false, found),
            Err(found) => (Err(Failed), true, found),
        };
        self.0.push(LogCheck { check, failed, found });
        value
    }
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
        Ok(()) | Err(Failed) => checks.0,
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
    witnessed(checks, &checkpoint, &known)?;
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
    let proven = known.policy().and_then(|policy| {
        receipt.verify(&entry.leaf_hash(), &key, &policy).map_err(|error| told(&error))
    });
    let proven = proven.map(|proven| {
        let TreeHead { size, root } = *proven.checkpoint.head();
        let found =
            format!("commitment {commitment} is entry {} of {size}, root {root}", proven.index);
        (proven, found)
    });
    let proven = checks.note("record", proven)?;
    checks.note("witnesses", Ok(((), known.told(proven.grade))))
}

/// What a note claims to be.
fn claimed(note: &Note) -> Result<Checkpoint, String> {
    note.text().parse().map_err(|error| told(&error))
}

fn open(note: Note, key: &VerifierKey) -> Result<(SignedCheckpoint, String), String> {
    let opened = SignedCheckpoint::open(note, key).map_err(|error| told(&error))?;
    Ok((opened, format!("by {key}")))
}

/// The key of the log and who must have cosigned, from what the reviewer trusts.
pub(super) fn key(
    checks: &mut Checks,
    trusted: TrustedLog,
    origin: &Origin,
) -> Result<(VerifierKey, Trusted), Failed> {
    match trusted {
        TrustedLog::Key(key) => Ok((key, Trusted::TheKey)),
        TrustedLog::Roster { federation, roster } => {
            let found = newest(roster, federation).and_then(|roster| {
                let number = origin.organisation();
                let member = roster.member(number);
                let member = member.ok_or_else(|| format!("{number} is no member"))?;
                if roster.federation != *origin.federation() {
                    return Err(format!("the roster is that of {}", roster.federation));
                }
                let key = VerifierKey::new(origin.key_name(), KeyKind::Signature, member.keys.log);
                let found = format!("roster {} of {federation}: {}", roster.version, member.name);
                let policy = Policy::of(&roster, origin);
                Ok(((key, Trusted::Policy(policy)), found))
            });
            checks.note("federation", found)
        }
    }
}

fn newest(chain: Chain, federation: Fingerprint) -> Result<Roster, String> {
    let accepted = chain.walk(federation).map_err(|error| told(&error))?;
    let newest = accepted.last().ok_or("the file holds no roster")?;
    Ok(newest.roster().clone())
}

/// What is known of those who should have cosigned.
pub(super) enum Trusted {
    /// Nothing: the reviewer has no more than the key.
    TheKey,
    /// What the roster says.
    Policy(Policy),
}

impl Trusted {
    /// Who must have cosigned; nobody, when that is not known.
    fn policy(&self) -> Result<Policy, String> {
        match self {
            Self::TheKey => "quorum none\n".parse().map_err(|error: PolicyError| told(&error)),
            Self::Policy(policy) => Ok(policy.clone()),
        }
    }

    /// A grade in words.
    fn told(&self, grade: Grade) -> String {
        match (grade, self) {
            (Grade::Witnessed { since }, _) => format!("witnessed since {since}"),
            (Grade::Promised, Self::TheKey) => {
                "promised: the log has signed; --roster tells who should have cosigned".to_owned()
            }
            (Grade::Promised, Self::Policy(policy)) if policy.witnesses().is_empty() => {
                "promised, unwitnessed: the federation has no other active member".to_owned()
            }
            (Grade::Promised, Self::Policy(_)) => {
                "promised: no quorum of witnesses has cosigned it".to_owned()
            }
        }
    }
}

fn witnessed(
    checks: &mut Checks,
    checkpoint: &SignedCheckpoint,
    trusted: &Trusted,
) -> Result<(), Failed> {
    let since = trusted
        .policy()
        .and_then(|policy| policy.witnessed(checkpoint).map_err(|error| told(&error)));
    let grade =
        since.map(|since| since.map_or(Grade::Promised, |since| Grade::Witnessed { since }));
    checks.note("witnesses", grade.map(|grade| ((), trusted.told(grade))))
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

pub(super) fn told(error: &dyn std::error::Error) -> String {
    crate::failure::chain(error)
}
