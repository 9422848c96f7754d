//! The decision: may this caller look at this? One pure function, and the only maker of a [`Permit`].
//!
//! First form: membership, sharing, referrals and a stated purpose. A richer policy replaces the body of [`decide`]; nothing else
//! needs to know.

use super::question::Caller;
use super::reason::Reason;
use crate::document::codes::Purpose;
use crate::document::sharing::Sharing;
use crate::federation::standing::Standing;
use crate::ids::{DocumentId, ManifestDigest, OrganisationNumber};

/// The name and version of the policy that [`decide`] applies; it stands in every access record.
pub const POLICY: &str = "sharing/2";

/// What the caller wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request<'a> {
    /// See the manifest and the bytes of a document.
    Read(&'a Subject<'a>),
    /// See the manifests of the documents that the caller's organisation may list.
    List,
    /// See how many open records a patient has, and where in the log: commitments, and nothing of what they commit to. Which of the
    /// documents themselves may be seen is asked for each, as [`Request::Read`].
    Records,
}

/// What is known of the document that a caller wants to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The document.
    pub document: DocumentId,
    /// Its manifest, its sharing as of now and its state; absent when there is no such document here.
    pub known: Option<Known<'a>>,
}

/// A document that is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<'a> {
    /// Its manifest.
    pub manifest: ManifestDigest,
    /// Its custodian.
    pub custodian: OrganisationNumber,
    /// Who may read it, as the custodian last said.
    pub sharing: &'a Sharing,
    /// Whether a referral to which the custodian has attached it opens it to the organisation of the caller.
    pub is_opened: bool,
    /// Whether the custodian has withdrawn it.
    pub is_withdrawn: bool,
}

/// What the decision rests on besides the request.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The organisation whose node decides.
    pub here: OrganisationNumber,
    /// Who asks.
    pub caller: &'a Caller,
    /// Whether the roster permits exchange of patient data now.
    pub standing: Standing,
}

/// Proof that [`decide`] permitted a look; whatever opens a document or lists manifests takes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    scope: Scope,
}

/// What a permit covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The document with this manifest.
    Document(ManifestDigest),
    /// Every document and copy that is here.
    Everything,
    /// The documents shared with this organisation by name.
    SharedWith(OrganisationNumber),
    /// The commitments of a patient's open records.
    Commitments,
}

impl Permit {
    /// What it covers.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Whether it covers the document with this manifest.
    pub fn covers(&self, manifest: ManifestDigest) -> bool {
        self.scope == Scope::Document(manifest)
    }
}

/// Decides whether `facts.caller` may do what `request` says.
///
/// # Errors
/// The [`Reason`] for the access record.
pub fn decide(facts: &Facts<'_>, request: Request<'_>) -> Result<Permit, Reason> {
    let is_local = facts.caller.organisation == facts.here;
    if !is_local && !facts.standing.permits_exchange() {
        return Err(Reason::ExchangeStopped);
    }
    if !is_local && !is_care(facts.caller.purpose) {
        return Err(Reason::Purpose);
    }
    let scope = match request {
        Request::List if is_local => Scope::Everything,
        Request::List => Scope::SharedWith(facts.caller.organisation),
        Request::Records => Scope::Commitments,
        Request::Read(subject) => {
            let known = subject.known.ok_or(Reason::Unknown)?;
            if !is_local {
                readable_by_peer(facts, &known)?;
            }
            Scope::Document(known.manifest)
        }
    };
    Ok(Permit { scope })
}

fn readable_by_peer(facts: &Facts<'_>, known: &Known<'_>) -> Result<(), Reason> {
    if known.custodian != facts.here {
        Err(Reason::Copy)
    } else if !known.sharing.reaches(facts.caller.organisation) && !known.is_opened {
        Err(Reason::NotShared)
    } else if known.is_withdrawn {
        Err(Reason::Withdrawn)
    } else {
        Ok(())
    }
}

/// Across organisations this policy serves care only; other purposes come with the policies that can judge them.
fn is_care(purpose: Purpose) -> bool {
    ["TREAT", "ETREAT", "CAREMGT"].contains(&purpose.code())
}
