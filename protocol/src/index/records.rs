//! What a node's answer to a hit shows: which records the patient has there, all of them, and of those that the asker may read the manifests.

use std::collections::BTreeSet;
use std::fmt;

use budstikke_keys::jws::{Claimed, Verified};
use thiserror::Error;
use zeroize::Zeroizing;

use super::label::Label;
use super::list_proof::{ListProof, ListProofError};
use crate::document::manifest::Manifest;
use crate::federation::roster::{KeyState, Roster};
use crate::ids::OrganisationNumber;
use crate::limits::STATEMENT_BYTES_MAX;
use crate::log::commitment::Salt;
use crate::log::entry::State;
use crate::log::tree::TreeHead;
use crate::patient::Identifier;

/// A record that the node shows, as it arrived.
pub struct Shown {
    /// Its place in the log.
    pub index: u64,
    /// The salt of its commitment.
    pub salt: Salt,
    /// The manifest, a compact JWS.
    pub manifest: String,
}

/// What was asked for, and by whose keys the answer is judged.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// Whose records.
    pub custodian: OrganisationNumber,
    /// The patient's label there.
    pub label: &'a Label,
    /// Every identifier that is known of the patient.
    pub patients: &'a [Identifier],
    /// The roster that says whose keys are whose.
    pub roster: &'a Roster,
}

/// What an answer proves.
#[derive(Clone)]
pub struct Records {
    /// The STATE that commits to the list.
    pub state: State,
    /// The places in the log of all open records of the patient.
    pub listed: BTreeSet<u64>,
    /// Those that were shown, each with its place.
    pub shown: Vec<(u64, Verified<Manifest>)>,
    /// The places of those whose manifests the asker was not shown.
    pub withheld: BTreeSet<u64>,
    /// The places of those that were shown, but signed with a key that somebody else had too, or whose owner was put out.
    pub doubted: BTreeSet<u64>,
    /// The places of those that are said to be this patient's, under an identifier of which that is not known here.
    pub foreign: BTreeSet<u64>,
}

/// Why an answer proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RecordsError {
    /// The list is not the one that the log commits to.
    #[error(transparent)]
    List(#[from] ListProofError),
    /// Records are shown out of order or twice.
    #[error("records are shown out of order")]
    Order,
    /// A record is shown that is not in the list.
    #[error("the record {0} is shown and not in the list")]
    NotListed(u64),
    /// What is shown is not what the log holds there.
    #[error("what is shown of the record {0} is not what the log holds")]
    Commitment(u64),
    /// What is shown is no manifest of the node's own.
    #[error("what is shown of the record {0} is no manifest of that organisation")]
    Manifest(u64),
    /// A manifest without the custodian's signature.
    #[error("the manifest of the record {0} is not signed by that organisation")]
    Signature(u64),
}

/// Checks that an answer shows all open records of the patient with the label that is sought, as the tree `head` commits to them, and
/// that what it shows of each is what stands there. That the head is the log's is checked by whoever has it.
///
/// # Errors
/// [`RecordsError`]; nothing of the answer may be used then.
pub fn verify_records(
    head: &TreeHead,
    sought: &Sought<'_>,
    proof: &ListProof,
    shown: &[Shown],
) -> Result<Records, RecordsError> {
    let state = proof.verify(head, sought.label)?;
    let listed: BTreeSet<u64> = proof.records.iter().map(|record| record.index).collect();
    let mut records = Records {
        state,
        withheld: listed.clone(),
        listed,
        shown: Vec::new(),
        doubted: BTreeSet::new(),
        foreign: BTreeSet::new(),
    };
    if !shown.is_sorted_by(|one, other| one.index < other.index) {
        return Err(RecordsError::Order);
    }
    for record in shown {
        let index = record.index;
        let place = proof.records.binary_search_by_key(&index, |listed| listed.index).ok();
        let place = place.and_then(|place| proof.records.get(place));
        let place = place.ok_or(RecordsError::NotListed(index))?;
        let claimed = Claimed::<Manifest>::parse(&record.manifest, STATEMENT_BYTES_MAX);
        let claimed = claimed.ok().ok_or(RecordsError::Manifest(index))?;
        if !place.commitment.is_to(claimed.digest(), &record.salt) {
            return Err(RecordsError::Commitment(index));
        }
        records.withheld.remove(&index);
        match judge(claimed, sought, index)? {
            Judged::Record(manifest) => records.shown.push((index, *manifest)),
            Judged::Doubted => drop(records.doubted.insert(index)),
            Judged::Foreign => drop(records.foreign.insert(index)),
        }
    }
    Ok(records)
}

enum Judged {
    Record(Box<Verified<Manifest>>),
    Doubted,
    Foreign,
}

/// What a manifest that stands in the list is to the asker.
fn judge(
    claimed: Claimed<Manifest>,
    sought: &Sought<'_>,
    index: u64,
) -> Result<Judged, RecordsError> {
    if claimed.claimed().organisation != sought.custodian {
        return Err(RecordsError::Manifest(index));
    }
    let (member, key, state) =
        sought.roster.signing_key(claimed.kid()).ok_or(RecordsError::Signature(index))?;
    if member.organisation != sought.custodian {
        return Err(RecordsError::Signature(index));
    }
    let verified = claimed.verify(&key).ok().ok_or(RecordsError::Signature(index))?;
    Ok(match state {
        KeyState::Distrusted { .. } | KeyState::Revoked => Judged::Doubted,
        KeyState::Current | KeyState::Retired { .. } => {
            if sought.patients.contains(&verified.statement().patient) {
                Judged::Record(Box::new(verified))
            } else {
                Judged::Foreign
            }
        }
    })
}

impl Shown {
    /// Another of the same.
    #[must_use]
    pub fn copied(&self) -> Self {
        let salt = Salt::from_bytes(Zeroizing::new(*self.salt.bytes()));
        Self { index: self.index, salt, manifest: self.manifest.clone() }
    }
}

/// Shows which record, and nothing of what it says.
impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("index", &self.index).finish_non_exhaustive()
    }
}

/// Shows how many records there are, and nothing of whom.
impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("listed", &self.listed.len()).finish_non_exhaustive()
    }
}
