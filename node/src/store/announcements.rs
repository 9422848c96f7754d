//! Announcements: which organisations are still to be told of what is shared with them, and what others have told this one.

use std::collections::BTreeSet;
use std::fmt;

use budstikke_keys::jws::Claimed;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::decide::{Permit, Scope};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::patient::Identifier;

use super::entry::{find, record};
use super::error::StoreError;
use super::index::announce_rows::{announce_to, known, receiver_in_key};
use super::index::error::IndexError;
use super::index::live::LiveIndex;
use super::index::tables::{self, Table};
use super::journal::Journal;
use super::journal::frame::Position;
use super::kept::{KeptChange, statement};
use super::names::DocumentName;

/// The announcements, as they are now.
#[derive(Debug, Clone, Copy)]
pub struct Announcements<'a> {
    journal: &'a Journal,
    index: &'a LiveIndex,
}

/// A document of another organisation that it has announced. It was verified before it was kept; the seal of the journal stands for that.
pub struct KnownRecord {
    /// Its manifest.
    pub manifest: Claimed<Manifest>,
    /// The change of sharing that names this organisation, a compact JWS, when the manifest does not.
    pub sharing: Option<String>,
    /// The receipt of the manifest.
    pub receipt: String,
    /// When it was announced.
    pub at: Timestamp,
}

impl<'a> Announcements<'a> {
    pub(crate) fn new(journal: &'a Journal, index: &'a LiveIndex) -> Self {
        Self { journal, index }
    }

    /// Everybody who is still to be told of something.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn receivers(&self) -> Result<BTreeSet<OrganisationNumber>, StoreError> {
        let index = self.index.get()?;
        let mut receivers = BTreeSet::new();
        let mut after = None;
        // From the first document of each to the first of the next.
        while let Some(key) = index.ascending(Table::Announce.key(&[]), after.take()).next() {
            let receiver = receiver_in_key(&key?).ok_or(IndexError::Row)?;
            receivers.insert(receiver);
            after = Some([announce_to(receiver).as_slice(), &[u8::MAX; 25]].concat());
        }
        Ok(receivers)
    }

    /// The own documents of which `to` is still to be told, the oldest first; at most `limit`.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn waiting(
        &self,
        to: OrganisationNumber,
        limit: usize,
    ) -> Result<Vec<DocumentId>, StoreError> {
        let index = self.index.get()?;
        let keys = index.ascending(announce_to(to), None).take(limit);
        keys.map(|key| Ok(tables::name_in_key(&key?).ok_or(IndexError::Row)?.document)).collect()
    }

    /// Whether this very document was announced before.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn has(&self, manifest: &Manifest) -> Result<bool, StoreError> {
        let index = self.index.get()?;
        let mac = index.patient(manifest.patient.reveal());
        let key = known(&mac, DocumentName::of(manifest));
        Ok(index.row::<Position>(&key)?.is_some())
    }

    /// What was announced of the patient with these identifiers, by custodian and id.
    ///
    /// # Errors
    /// When the permit is not for everything, or something cannot be read.
    pub fn of(
        &self,
        permit: &Permit,
        patient: &[Identifier],
    ) -> Result<Vec<KnownRecord>, StoreError> {
        if permit.scope() != Scope::Everything {
            return Err(StoreError::NotPermitted);
        }
        let index = self.index.get()?;
        let mut found = Vec::new();
        for identifier in patient {
            let mac = index.patient(identifier.reveal());
            for key in index.ascending(Table::Known.key(&[&mac]), None) {
                let key = key?;
                let name = tables::name_in_key(&key).ok_or(IndexError::Row)?;
                // It may be erased while it is looked up: that is no damage.
                let Some(at) = index.row::<Position>(&key)? else { continue };
                found.push(self.read(name, at)?);
            }
        }
        Ok(found)
    }

    fn read(&self, name: DocumentName, at: Position) -> Result<KnownRecord, StoreError> {
        let time = record(self.journal, at)?.time;
        Ok(find(self.journal, at, |change| {
            let KeptChange::Announced(kept) = change else { return None };
            let manifest = statement::<Manifest>(&kept.manifest).ok()?;
            (DocumentName::of(manifest.claimed()) == name).then(|| KnownRecord {
                manifest,
                sharing: kept.sharing.clone(),
                receipt: kept.receipt.clone(),
                at: time,
            })
        })?)
    }
}

/// Shows which document it is, and nothing of whom.
impl fmt::Debug for KnownRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = DocumentName::of(self.manifest.claimed());
        f.debug_struct("KnownRecord").field("name", &name).finish_non_exhaustive()
    }
}
