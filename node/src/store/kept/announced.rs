//! An announcement as it stands in the journal: what another organisation has said of a document that it shares with this one.

use serde::{Deserialize, Serialize};

use super::{optional_parts, parts};

/// What was announced. All of it was verified before it was committed.
#[derive(Serialize, Deserialize)]
pub(crate) struct KeptAnnouncement {
    /// The manifest; nothing once it was erased.
    #[serde(with = "parts")]
    pub(crate) manifest: String,
    /// The change of sharing that names this organisation, when the manifest does not.
    #[serde(with = "optional_parts", default, skip_serializing_if = "Option::is_none")]
    pub(crate) sharing: Option<String>,
    /// The receipt of the manifest.
    pub(crate) receipt: String,
}

impl KeptAnnouncement {
    /// How many bytes what it says takes, at most.
    pub(super) fn bytes(&self) -> usize {
        let sharing = self.sharing.as_ref().map_or(0, String::len);
        self.manifest.len().saturating_add(sharing).saturating_add(self.receipt.len())
    }

    /// Takes away all that it says.
    pub(super) fn blank(&mut self) {
        self.manifest.clear();
        self.sharing = None;
        self.receipt.clear();
    }
}
