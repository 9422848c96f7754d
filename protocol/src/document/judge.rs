//! The judgement of evidence, offline: is this document what an organisation of this federation signed?
//!
//! A decision: everything it looks at is an argument. Each check gives a line of the checklist, and each way to fail has a
//! name of its own, so that a reviewer can tell a changed document from a changed manifest from a key that was revoked.

mod check;
pub(crate) mod key;
pub(crate) mod receipt;
pub(crate) mod roster;
mod signed;
pub(crate) mod time;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::{Claimed, JwsError};
use budstikke_keys::time::Timestamp;

use super::content::Content;
use super::manifest::Manifest;
use crate::federation::roster::Roster;
use crate::ids::OrganisationNumber;
use crate::limits::STATEMENT_BYTES_MAX;
use crate::log::history::History;

pub use check::{Check, Failure, Judgement};
pub use receipt::{NotProven, proven};
pub use signed::Signed;

/// What evidence of a document holds, read but not judged.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The manifest, a compact JWS.
    pub manifest: &'a str,
    /// SHA-256 of the manifest's signing input as the evidence notes it; tells a changed manifest from a changed signature.
    pub signing_input: Sha256Digest,
    /// What the bytes of the document hash to.
    pub content: &'a Content,
    /// The rosters, followed from the fingerprint; the newest says whose key it is, and all together how to take the receipt.
    pub history: History<'a>,
    /// The receipt for the manifest, unless there is none.
    pub receipt: Option<&'a [u8]>,
}

/// What the reviewer expects beyond the fingerprint.
#[derive(Debug, Default)]
pub struct Expected<'a> {
    /// The patient's identifier.
    pub patient: Option<&'a str>,
    /// The custodian.
    pub organisation: Option<OrganisationNumber>,
}

/// Judges `evidence`, as of `now`.
pub fn judge(evidence: &Evidence<'_>, expected: &Expected<'_>, now: Timestamp) -> Judgement {
    let newest = evidence.history.newest();
    let mut checks = vec![roster::line(newest, now)];
    let manifest = match Claimed::<Manifest>::parse(evidence.manifest, STATEMENT_BYTES_MAX) {
        Ok(manifest) => manifest,
        Err(error) => {
            checks.push(Check::failed("manifest", unreadable(evidence, &error), error.to_string()));
            return Judgement { checks, manifest: None, witnessed: None };
        }
    };
    let statement = manifest.claimed().clone();
    let signed = Signed::from(&manifest);
    let signature = signature_line(manifest, evidence);
    // A receipt is for a manifest that is signed; that it is for no other would tell nothing new.
    let receipt = evidence.receipt.filter(|_| signature.failure.is_none());
    let receipt = receipt.map(|bytes| receipt::line(bytes, &signed, &evidence.history));
    let (receipt, witnessed) = receipt.unzip();
    let witnessed = witnessed.flatten();
    checks.push(key::line(&signed, &evidence.history, witnessed));
    checks.push(signature);
    checks.extend(receipt);
    checks.extend(content_lines(&statement, evidence.content));
    checks.extend(expected_lines(&statement, expected, newest));
    checks.push(time::line(statement.created, witnessed));
    Judgement { checks, manifest: Some(statement), witnessed }
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

fn signature_line(manifest: Claimed<Manifest>, evidence: &Evidence<'_>) -> Check {
    if Sha256Digest::of(manifest.signing_input()) != evidence.signing_input {
        return Check::failed(
            "signature",
            Failure::ManifestChanged,
            "the manifest was changed after it was signed",
        );
    }
    let Some((_, key, _)) = evidence.history.newest().signing_key(manifest.kid()) else {
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

fn expected_lines(manifest: &Manifest, expected: &Expected<'_>, roster: &Roster) -> Vec<Check> {
    let environment = roster.environment;
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
