//! What names a document in this store: whose it is, and which.

use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use serde::{Deserialize, Serialize};

/// A document, by everything that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DocumentName {
    /// Who published it.
    pub(crate) custodian: OrganisationNumber,
    /// Its id, which the custodian chose.
    pub(crate) document: DocumentId,
}

/// Whether a document is this organisation's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Published here: served to those it is shared with.
    Own,
    /// Fetched from its custodian: never served onward.
    Copy,
}

impl DocumentName {
    /// The name of the document of a manifest.
    pub(crate) fn of(manifest: &Manifest) -> Self {
        Self { custodian: manifest.organisation, document: manifest.document }
    }
}
