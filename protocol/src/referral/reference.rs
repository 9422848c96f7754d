//! What events refer to: referrals, other events, persons, documents.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::document::codes::Role;
use crate::ids::{
    DocumentId, EventDigest, HprNumber, ManifestDigest, OrganisationNumber, ReferralId,
};

/// What a referral is called among all referrals of a federation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReferralName {
    /// The organisation that refers.
    pub referrer: OrganisationNumber,
    /// The id that it chose.
    pub referral: ReferralId,
}

/// A place in a chain, and what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The place, from 1.
    pub number: u32,
    /// The event.
    pub event: EventDigest,
}

/// The person who says something for an organisation, which vouches for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Number in the register of health personnel.
    pub hpr: HprNumber,
    /// Volven 9060.
    pub role: Role,
}

/// A document that an event attaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Whose document it is.
    pub custodian: OrganisationNumber,
    /// Its id there.
    pub document: DocumentId,
    /// Its manifest, and so its bytes.
    pub manifest: ManifestDigest,
}

/// The referral that a redirected one continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continues {
    /// The earlier referral.
    pub referral: ReferralName,
    /// Who received it: the organisation that redirects, and so the referrer of this one.
    pub receiver: OrganisationNumber,
    /// Both chains as they stood when it was redirected.
    pub heads: Heads,
    /// The evidence file of the earlier referral, a document of the redirecting organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Attached>,
}

/// The ends of both chains of a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heads {
    /// The referrer's; it is never empty.
    pub referrer: Seen,
    /// The receiver's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<Seen>,
}

/// Where a referral was sent on to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirection {
    /// The organisation.
    pub to: OrganisationNumber,
    /// The new referral.
    pub referral: ReferralId,
}

impl fmt::Display for ReferralName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.referrer, self.referral)
    }
}
