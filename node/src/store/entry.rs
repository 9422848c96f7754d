//! An entry: a document that is here, with everything its custodian has said of it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use budstikke_keys::jws::Claimed;
use budstikke_keys::secret::SymmetricKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::record::Record;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::{Sharing, SharingChange, Withdrawal};
use budstikke_protocol::ids::ManifestDigest;

use super::documents::body::Place;
use super::documents::fetch::Fetch;
use super::documents::name::FileName;
use super::documents::read::DocumentReader;
use super::documents::source::{DocumentError, Source};
use super::error::StoreError;
use super::files;
use super::index::db::Index;
use super::index::live::LiveIndex;
use super::index::tables::{self, DocumentRow, FetchRow};
use super::journal::Journal;
use super::journal::frame::Position;
use super::journal::segment::JournalError;
use super::kept::{Kept, KeptChange, statement};
use super::names::{DocumentName, Kind};

/// A document that is here.
///
/// Its statements were verified before they were committed; the seal of the journal stands for that, so the manifest is
/// only `Claimed` in type.
pub struct Entry {
    /// Its manifest.
    pub manifest: Claimed<Manifest>,
    /// Who may read it, as its custodian last said.
    pub sharing: Sharing,
    /// The number of the sharing statement that holds; 0 while the manifest does.
    pub sharing_sequence: u64,
    /// That statement, a compact JWS.
    pub sharing_statement: Option<String>,
    /// The withdrawal, a compact JWS.
    pub withdrawal: Option<String>,
    /// Whether it is this organisation's own.
    pub kind: Kind,
    at: Position,
    place: Place,
    key: SymmetricKey,
}

impl Entry {
    /// The digest of its manifest, by which everything else names it.
    pub fn digest(&self) -> ManifestDigest {
        ManifestDigest::new(self.manifest.digest())
    }

    /// Reads the entry of a document from the journal.
    pub(crate) fn read(
        journal: &Journal,
        name: DocumentName,
        row: &DocumentRow,
    ) -> Result<Self, JournalError> {
        let (manifest, place, key) = find(journal, row.at, |change| {
            let KeptChange::Document { manifest, place, key, .. } = change else { return None };
            let manifest = statement::<Manifest>(manifest).ok()?;
            (DocumentName::of(manifest.claimed()) == name).then(|| (manifest, *place, key.open()))
        })?;
        let mut entry = Self {
            sharing: manifest.claimed().sharing.clone(),
            manifest,
            sharing_sequence: 0,
            sharing_statement: None,
            withdrawal: None,
            kind: row.kind,
            at: row.at,
            place,
            key,
        };
        if let Some((at, sequence)) = row.sharing {
            let change = find(journal, at, |change| {
                let KeptChange::Sharing(change) = change else { return None };
                let change = statement::<SharingChange>(change).ok()?;
                let SharingChange { document, organisation: custodian, .. } = *change.claimed();
                (DocumentName { custodian, document } == name).then_some(change)
            })?;
            entry.sharing = change.claimed().sharing.clone();
            entry.sharing_sequence = sequence;
            entry.sharing_statement = Some(change.compact().to_owned());
        }
        if let Some(at) = row.withdrawal {
            let withdrawal = find(journal, at, |change| {
                let KeptChange::Withdrawal(withdrawal) = change else { return None };
                let claimed = statement::<Withdrawal>(withdrawal).ok()?;
                let Withdrawal { document, organisation: custodian, .. } = *claimed.claimed();
                (DocumentName { custodian, document } == name).then(|| withdrawal.clone())
            })?;
            entry.withdrawal = Some(withdrawal);
        }
        Ok(entry)
    }

    /// Where its bytes are.
    pub(crate) fn source(
        &self,
        journal: &Journal,
        documents: &Path,
    ) -> Result<Source, JournalError> {
        let (file, path, base) = match self.place {
            Place::File(name) => {
                (Arc::new(files::open(&name.path(documents))?), name.path(documents), 0)
            }
            Place::Attached { at } => {
                let segment = journal.segment(self.at.segment)?;
                let (file, path) = segment.file();
                (file, path.to_owned(), segment.attachments(self.at.offset)?.saturating_add(at))
            }
        };
        Ok(Source::new(file, path, base, &self.key, self.manifest.claimed().size))
    }

    /// Opens its bytes to be read.
    pub(crate) fn open(
        &self,
        journal: &Journal,
        documents: &Path,
        index: &LiveIndex,
    ) -> Result<DocumentReader, StoreError> {
        let source = self.source(journal, documents).map_err(StoreError::from);
        let opened = source.and_then(|source| {
            Ok(DocumentReader::open(source, self.key(), self.manifest.claimed())?)
        });
        match opened {
            Err(_)
                if index.get()?.document(DocumentName::of(self.manifest.claimed()))?.is_none() =>
            {
                Err(StoreError::Erased)
            }
            opened => opened,
        }
    }

    /// The key that its bytes are sealed with.
    pub(crate) fn key(&self) -> &SymmetricKey {
        &self.key
    }
}

/// Shows which document it is, and nothing of whom.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = DocumentName::of(self.manifest.claimed());
        f.debug_struct("Entry")
            .field("name", &name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Reads a fetch that was started, and what its file holds by now.
pub(crate) struct StartedFetch {
    /// The manifest of the document.
    pub(crate) manifest: Claimed<Manifest>,
    file: FileName,
    key: SymmetricKey,
}

impl StartedFetch {
    /// The fetch of a document, if one was started and has not ended.
    pub(crate) fn find(
        journal: &Journal,
        index: &Index,
        name: DocumentName,
    ) -> Result<Option<Self>, StoreError> {
        let row = index.row::<FetchRow>(&tables::fetch(name))?;
        Ok(row.map(|row| Self::read(journal, name, &row)).transpose()?)
    }

    /// Reads it from the journal.
    pub(crate) fn read(
        journal: &Journal,
        name: DocumentName,
        row: &FetchRow,
    ) -> Result<Self, JournalError> {
        find(journal, row.at, |change| {
            let KeptChange::FetchStarted { manifest, file, key } = change else { return None };
            let manifest = statement::<Manifest>(manifest).ok()?;
            (DocumentName::of(manifest.claimed()) == name).then(|| Self {
                manifest,
                file: *file,
                key: key.open(),
            })
        })
    }

    /// Reads its file.
    pub(crate) fn open(self, documents: &Path) -> Result<Fetch, DocumentError> {
        Fetch::reopen(
            documents,
            (self.manifest.claimed(), self.manifest.compact()),
            self.file,
            self.key,
        )
    }
}

/// Reads the record of an access.
pub(crate) fn record(journal: &Journal, at: Position) -> Result<Record, JournalError> {
    Ok(kept(journal, at)?.record)
}

/// Finds the change that a row of the index stands for.
pub(crate) fn find<T>(
    journal: &Journal,
    at: Position,
    pick: impl Fn(&KeptChange) -> Option<T>,
) -> Result<T, JournalError> {
    let found = kept(journal, at)?.changes.iter().find_map(pick);
    found.ok_or_else(|| JournalError::Damaged { file: journal.path(at.segment), offset: at.offset })
}

/// The commit that stands there.
pub(crate) fn kept(journal: &Journal, at: Position) -> Result<Kept, JournalError> {
    let newer = || JournalError::Newer { file: journal.path(at.segment), offset: at.offset };
    Kept::decode(&journal.commit(at)?).ok().ok_or_else(newer)
}

/// When a document was erased that was here; nothing when it is here, or never was.
pub(crate) fn erased(
    journal: &Journal,
    index: &Index,
    name: DocumentName,
) -> Result<Option<Timestamp>, StoreError> {
    let row = index.row::<DocumentRow>(&tables::document(name))?;
    let at = row.and_then(|row| row.erased);
    Ok(at.map(|at| record(journal, at)).transpose()?.map(|record| record.time))
}

/// The document with this name, if it is here. It may be erased while it is looked up: that is no damage.
pub(crate) fn look_up(
    journal: &Journal,
    index: &Index,
    name: DocumentName,
) -> Result<Option<Entry>, StoreError> {
    let Some(row) = index.document(name)? else { return Ok(None) };
    match Entry::read(journal, name, &row) {
        Err(_) if index.document(name)?.is_none() => Ok(None),
        entry => Ok(Some(entry?)),
    }
}
