//! The lines of the checklist, and the names of the ways in which evidence fails.

use budstikke_keys::time::Timestamp;
use serde::Serialize;

use crate::document::manifest::Manifest;

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
    /// The key's owner was revoked, and nothing shows that the signature is older than that.
    RevokedKey,
    /// The key was lost to somebody else, and nothing shows that the signature is older than that.
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
    /// The receipt cannot be read, is not of this manifest or not of the custodian's log, or a signature on it is bad.
    ReceiptInvalid,
    /// An event of a referral cannot be read: changed, of a newer version, or against a rule.
    EventRefused,
    /// The events of a referral do not make a thread: one is missing, of another referral, or may not follow.
    ThreadBroken,
    /// How an index stood is not shown: the checkpoint is not of the log, or the STATE does not stand there.
    StateInvalid,
    /// The label is not shown to be that of the patient.
    LabelInvalid,
    /// The presence file is not the one that the log commits to, or not at hand.
    PresenceInvalid,
    /// The list of a patient is not the one that the log commits to, or a record in it is another.
    ListInvalid,
    /// What the searcher made of an answer is not what it shows.
    OutcomeContradicted,
    /// The signer claims a time that is later than witnesses saw what it signed.
    TimeContradiction,
}

/// The outcome of all checks, and the manifest once its signature was good.
#[derive(Debug)]
pub struct Judgement {
    /// A line for each check made, in order.
    pub checks: Vec<Check>,
    /// The manifest as its signer claims it; present when it could be read.
    pub manifest: Option<Manifest>,
    /// When the manifest existed at the latest, as a quorum of witnesses says; absent when nobody has shown it.
    pub witnessed: Option<Timestamp>,
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

    /// A check whose outcome is at hand.
    pub(crate) fn of(
        check: &'static str,
        is_good: Result<(), Failure>,
        found: impl Into<String>,
    ) -> Self {
        Self { check, failure: is_good.err(), found: found.into() }
    }
}
