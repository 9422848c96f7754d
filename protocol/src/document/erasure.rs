//! The statement that a document was erased: what stays of it in its custodian's log.

use budstikke_keys::jws::Statement;
use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{DocumentId, ManifestDigest, OrganisationNumber};

/// The payload of an erasure, version 1 of its form: the custodian has erased the document.
///
/// It is kept when everything else that was said of the document is gone. So it holds nothing of the patient, and no text that
/// a person has written: who erased it stands in the access log, and why in the archive of the organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// The document.
    pub document: DocumentId,
    /// Its custodian.
    pub organisation: OrganisationNumber,
    /// Its manifest, unless that could no longer be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<ManifestDigest>,
    /// When it was erased, as the custodian claims.
    pub created: Timestamp,
}

impl Statement for Erasure {
    const TYP: &'static str = "budstikke-erasure-v1";
}
