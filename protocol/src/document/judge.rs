//! The judgement of evidence, offline: is this document what an organisation of this federation signed?
//!
//! A decision: everything it looks at is an argument. Each check gives a line of the checklist, and each way to fail has a
//! name of its own, so that a reviewer can tell a changed document from a changed manifest from a key that was revoked.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::{Claimed, JwsError};
use budstikke_keys::time::Timestamp;
use serde::Serialize;

use super::content::Content;
use super::manifest::Manifest;
use crate::federation::accept::Accepted;
use crate::federation::roster::{KeyState, Status};
use crate::federation::standing::Standing;
use crate::ids::OrganisationNumber;
use crate::limits::STATEMENT_BYTES_MAX;

/// What evidence of a document holds, read but not judged.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The manifest, a compact JWS.
    pub manifest: &'a str,
    /// SHA-256 of the manifest's signing input as the evidence notes it; tells a changed manifest from a changed signature.
    pub signing_input: Sha256Digest,
    /// What the bytes of the document hash to.
    pub content: &'a Content,
    /// The newest roster, followed from the fingerprint.
    pub roster: &'a Accepted,
}

/// What the reviewer expects beyond the fingerprint.
#[derive(Debug, Default)]
pub struct Expected<'a> {
    /// The patient's identifier.
    pub patient: Option<&'a str>,
    /// The custodian.
    pub organisation: Option<OrganisationNumber>,
}

/// One line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub check: &'static str,
    /// Why it failed; absent when it passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What was found, for people to read.
    pub found: String,
}

/// The ways in which evidence fails, each with a name that stays the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Failure {
    /// The file ends too early.
    Truncated,
    /// The file is not evidence, or a part of it cannot be read.
    Damaged,
    /// The rosters in it are another federation's.
    WrongFederation,
    /// The rosters in it do not follow one another.
    RosterChain,
    /// The manifest is not the one the evidence was made with.
    ManifestChanged,
    /// The signature does not fit the manifest.
    SignatureChanged,
    /// The manifest is as it was when the evidence was made, and is none that this version reads: of a newer version, with
    /// a newer code, or against a rule.
    ManifestRefused,
    /// No member has or had the key.
    UnknownKey,
    /// The key's owner was revoked.
    RevokedKey,
    /// The key was lost to somebody else.
    DistrustedKey,
    /// The signer's key belongs to another organisation than the manifest names.
    SignerNotCustodian,
    /// The document's bytes have another SHA-256.
    DocumentChangedSha256,
    /// The document's bytes have another BLAKE3.
    DocumentChangedBlake3,
    /// The document has another size.
    DocumentSize,
    /// The patient is another than expected.
    WrongPatient,
    /// The custodian is another than expected.
    WrongOrganisation,
    /// The patient's identifier is not of the kind this federation uses.
    PatientIdentifier,
}

/// The outcome of all checks, and the manifest once its signature was good.
#[derive(Debug)]
pub struct Judgement {
    /// A line for each check made, in order.
    pub checks: Vec<Check>,
    /// The manifest as its signer claims it; present when it could be read.
    pub manifest: Option<Manifest>,
}

impl Judgement {
    /// Whether every check passed.
    pub fn is_good(&self) -> bool {
        self.checks.iter().all(|c| c.failure.is_none())
    }
}

impl Check {
    /// A check that passed.
    pub fn passed(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, failure: None, found: found.into() }
    }

    /// A check that failed.
    pub fn failed(check: &'static str, failure: Failure, found: impl Into<String>) -> Self {
        Self { check, failure: Some(failure), found: found.into() }
    }

    fn of(check: &'static str, is_good: Result<(), Failure>, found: impl Into<String>) -> Self {
        Self { check, failure: is_good.err(), found: found.into() }
    }
}

/// Judges `evidence`, as of `now`.
pub fn judge(evidence: &Evidence<'_>, expected: &Expected<'_>, now: Timestamp) -> Judgement {
    let mut checks = vec![roster_line(evidence.roster, now)];
    let manifest = match Claimed::<Manifest>::parse(evidence.manifest, STATEMENT_BYTES_MAX) {
        Ok(manifest) => manifest,
        Err(error) => {
            checks.push(Check::failed("manifest", unreadable(evidence, &error), error.to_string()));
            return Judgement { checks, manifest: None };
        }
    };
    let statement = manifest.claimed().clone();
    checks.push(key_line(&manifest, evidence.roster));
    checks.push(signature_line(manifest, evidence));
    checks.extend(content_lines(&statement, evidence.content));
    checks.extend(expected_lines(&statement, expected, evidence.roster));
    checks.push(Check::passed(
        "time",
        format!("signed {} as claimed by the signer", statement.created),
    ));
    Judgement { checks, manifest: Some(statement) }
}

/// What is wrong with a manifest that cannot be read: it was changed, its signature was, or it never was one.
fn unreadable(evidence: &Evidence<'_>, error: &JwsError) -> Failure {
    let signed = evidence.manifest.rsplit_once('.').map_or("", |(signed, _)| signed);
    let is_unchanged = Sha256Digest::of(signed.as_bytes()) == evidence.signing_input;
    if !is_unchanged {
        Failure::ManifestChanged
    } else if matches!(error, JwsError::Encoding | JwsError::NotThreeParts) {
        Failure::SignatureChanged
    } else {
        Failure::ManifestRefused
    }
}

fn roster_line(roster: &Accepted, now: Timestamp) -> Check {
    let it = roster.roster();
    let standing = match Standing::of(it, now) {
        Standing::Current => format!("expires {}", it.expires),
        Standing::Grace { .. } | Standing::Expired | Standing::Forked { .. } => {
            format!("expired {}", it.expires)
        }
    };
    Check::passed(
        "federation",
        format!("{}, roster version {} of {}, {standing}", it.federation, it.version, it.issued),
    )
}

fn key_line(manifest: &Claimed<Manifest>, roster: &Accepted) -> Check {
    let kid = manifest.kid();
    let Some((member, _, state)) = roster.roster().signing_key(kid) else {
        return Check::failed(
            "key",
            Failure::UnknownKey,
            format!("{kid} is no member's signing key"),
        );
    };
    let owner = format!("{} {}", member.organisation, member.name);
    if member.organisation != manifest.claimed().organisation {
        let found = format!(
            "the key belongs to {owner}, the manifest names {}",
            manifest.claimed().organisation
        );
        return Check::failed("key", Failure::SignerNotCustodian, found);
    }
    let suspended = if member.status == Status::Suspended { ", now suspended" } else { "" };
    match state {
        KeyState::Current => {
            Check::passed("key", format!("current signing key of {owner}{suspended}"))
        }
        KeyState::Retired { retired } => {
            Check::passed("key", format!("signing key of {owner} until {retired}{suspended}"))
        }
        KeyState::Distrusted { from } => Check::failed(
            "key",
            Failure::DistrustedKey,
            format!("{owner} lost this key; distrusted from {from}"),
        ),
        KeyState::Revoked => {
            Check::failed("key", Failure::RevokedKey, format!("{owner} was revoked"))
        }
    }
}

fn signature_line(manifest: Claimed<Manifest>, evidence: &Evidence<'_>) -> Check {
    if Sha256Digest::of(manifest.signing_input()) != evidence.signing_input {
        return Check::failed(
            "signature",
            Failure::ManifestChanged,
            "the manifest was changed after it was signed",
        );
    }
    let Some((_, key, _)) = evidence.roster.roster().signing_key(manifest.kid()) else {
        return Check::failed("signature", Failure::UnknownKey, "there is no key to check it with");
    };
    match manifest.verify(&key) {
        Ok(verified) => Check::passed(
            "signature",
            format!("Ed25519 by {}, manifest {}", verified.signer(), verified.digest()),
        ),
        Err(_) => Check::failed(
            "signature",
            Failure::SignatureChanged,
            "the signature does not fit the manifest",
        ),
    }
}

fn content_lines(manifest: &Manifest, content: &Content) -> [Check; 3] {
    let root = content.subtrees.root();
    [
        Check::of(
            "size",
            same(&content.size, &manifest.size, Failure::DocumentSize),
            format!("{} bytes", content.size),
        ),
        Check::of(
            "sha256",
            same(&content.sha256, &manifest.sha256, Failure::DocumentChangedSha256),
            content.sha256.to_string(),
        ),
        Check::of(
            "blake3",
            same(&root, &manifest.blake3, Failure::DocumentChangedBlake3),
            root.to_string(),
        ),
    ]
}

fn expected_lines(manifest: &Manifest, expected: &Expected<'_>, roster: &Accepted) -> Vec<Check> {
    let environment = roster.roster().environment;
    let mut checks = vec![match manifest.patient.check(environment) {
        Ok(()) => Check::passed("patient", format!("an identifier of a {environment} federation")),
        Err(error) => Check::failed("patient", Failure::PatientIdentifier, error.to_string()),
    }];
    if let Some(patient) = expected.patient {
        let verdict = same(manifest.patient.reveal(), patient, Failure::WrongPatient);
        let found = if verdict.is_ok() {
            "the patient asked for"
        } else {
            "another patient than asked for"
        };
        checks.push(Check::of("expected patient", verdict, found));
    }
    if let Some(organisation) = expected.organisation {
        let verdict = same(&manifest.organisation, &organisation, Failure::WrongOrganisation);
        checks.push(Check::of("expected organisation", verdict, manifest.organisation.to_string()));
    }
    checks
}

fn same<T: PartialEq + ?Sized>(found: &T, wanted: &T, failure: Failure) -> Result<(), Failure> {
    if found == wanted { Ok(()) } else { Err(failure) }
}
