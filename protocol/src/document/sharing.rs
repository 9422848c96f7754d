//! Who may read a document, and the statements that change it after the manifest was signed.

use std::collections::BTreeSet;

use budstikke_keys::jws::Statement;
use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{DocumentId, ManifestDigest, OrganisationNumber};
use crate::limits::SHARED_WITH_MAX;
use crate::text::Text;

/// Who may read a document besides its custodian.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sharing {
    /// Nobody: the default.
    Nobody,
    /// These members, by name.
    Organisations(BTreeSet<OrganisationNumber>),
    /// Every active member that asks for it by its id.
    Federation,
}

impl Sharing {
    /// Whether `organisation` may read.
    pub fn reaches(&self, organisation: OrganisationNumber) -> bool {
        *self == Self::Federation || self.names(organisation)
    }

    /// Whether `organisation` is named.
    pub fn names(&self, organisation: OrganisationNumber) -> bool {
        match self {
            Self::Organisations(named) => named.contains(&organisation),
            Self::Nobody | Self::Federation => false,
        }
    }

    pub(super) fn check(&self) -> Result<(), &'static str> {
        match self {
            Self::Organisations(named) if named.is_empty() => {
                Err("a document is shared with no organisation by saying nobody")
            }
            Self::Organisations(named) if named.len() > SHARED_WITH_MAX => {
                Err("it is shared with more organisations than can be named")
            }
            Self::Nobody | Self::Organisations(_) | Self::Federation => Ok(()),
        }
    }
}

/// The payload of a sharing statement, version 1 of its form: from now on `sharing` holds for the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharingChange {
    /// The document.
    pub document: DocumentId,
    /// Its custodian.
    pub organisation: OrganisationNumber,
    /// Its manifest.
    pub manifest: ManifestDigest,
    /// 1 for the first change, then one more each time; the highest holds.
    pub sequence: u64,
    /// What holds from now on.
    pub sharing: Sharing,
    /// When it was made, as the custodian claims.
    pub created: Timestamp,
}

impl Statement for SharingChange {
    const TYP: &'static str = "budstikke-sharing-v1";

    fn check(&self) -> Result<(), &'static str> {
        if self.sequence == 0 { Err("sequences begin at 1") } else { self.sharing.check() }
    }
}

/// The payload of a withdrawal, version 1 of its form: the custodian no longer stands behind the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The document.
    pub document: DocumentId,
    /// Its custodian.
    pub organisation: OrganisationNumber,
    /// Its manifest.
    pub manifest: ManifestDigest,
    /// Why, for people to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<256>>,
    /// When it was made, as the custodian claims.
    pub created: Timestamp,
}

impl Statement for Withdrawal {
    const TYP: &'static str = "budstikke-withdrawal-v1";
}
