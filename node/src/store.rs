//! What a node keeps: the only room that knows files, the journal and sled.
//!
//! **The journal is the truth, sled is an index.** A use case hands over one [`Commit`]: all that changes, with the record of
//! the access. When [`Store::commit`] returns, it is on the disk and visible. Bytes of documents that do not ride in a commit
//! are on the disk before the commit that names them. Everything on the disk but the index is sealed, and the index holds
//! nothing personal.

mod blank;
mod bytes;
mod commit;
mod documents;
mod effects;
mod entry;
mod erase;
mod error;
mod files;
mod index;
mod journal;
mod names;
mod page;
mod places;
mod recovery;
mod report;
mod scrub;
mod writer;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use budstikke_keys::jws::Verified;
use budstikke_keys::secret::SymmetricKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::decide::{Permit, Scope};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::{DocumentId, Nonce, OrganisationNumber};
use tokio::task::spawn_blocking;

use entry::StartedFetch;
use index::live::LiveIndex;
use index::tables::{self, DocumentRow, FetchRow, Table};
use journal::Journal;
use names::DocumentName;
use scrub::{Findings, Scrub};
use writer::Writer;

pub use commit::{Change, Commit};
pub use documents::body::{Body, SMALL_BYTES_MAX, Written};
pub use documents::fetch::{Fetch, FetchWriter};
pub use documents::read::DocumentReader;
pub use documents::source::DocumentError;
pub use documents::subtree::Subtree;
pub use documents::write::DocumentWriter;
pub use entry::Entry;
pub use erase::Erasable;
pub use error::StoreError;
pub use files::FileError;
pub use index::error::IndexError;
pub use journal::segment::JournalError;
pub use names::Kind;
pub use page::{Accesses, Page};
pub use places::Places;
pub use recovery::OpenError;
pub use report::{Damage, LostFile, Progress, Report};
pub use writer::CommitError;

/// What a node keeps; a clone is another handle on the same.
///
/// The reads are short and do not wait for a write, but they read from the disk.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

/// In the order in which they are let go: what waits is written first, the lock on the journal goes last.
struct Inner {
    writer: Writer,
    _scrub: Scrub,
    findings: Findings,
    index: Arc<LiveIndex>,
    documents: PathBuf,
    journal: Arc<Journal>,
    /// Held by whoever takes from the disk what is erased.
    erasing: Mutex<()>,
}

impl Store {
    /// Opens a store, or makes it. An index that has to be built anew takes some four seconds for each GiB of the journal.
    ///
    /// # Errors
    /// When it is in use, was written with another key or by a newer version, or the disk says no. Damage is not an error:
    /// it is in the report, and what is whole is served.
    pub fn open(
        places: Places,
        storage: &SymmetricKey,
        progress: impl Fn(Progress),
    ) -> Result<(Self, Report), StoreError> {
        let Places { journal: folder, documents, db } = places;
        files::create_folder(&folder)?;
        files::create_folder(&documents)?;
        let in_use = |error: FileError| {
            if error.is_busy() { StoreError::InUse(folder.clone()) } else { error.into() }
        };
        let journal = Journal::open(&folder, storage).map_err(in_use)?;
        let recovered = recovery::recover(&journal, &db, &progress)?;
        let (index, mut report) = (recovered.index, recovered.report);
        if recovered.is_complete && report.is_whole() {
            report.strays = documents::stray::remove(&documents, &index.files()?)?;
        }
        let (journal, index) = (Arc::new(journal), Arc::new(LiveIndex::new(db, index)));
        let findings = Arc::new(Mutex::new(report.clone()));
        let work = || (Arc::clone(&journal), Arc::clone(&index), documents.clone());
        let on = || FileError::on("start a thread that works on", &folder);
        let writer = Writer::start(work(), recovered.next).map_err(on())?;
        let scrub = Scrub::start(work(), Arc::clone(&findings), recovered.next).map_err(on())?;
        let erasing = Mutex::default();
        let inner = Inner { writer, _scrub: scrub, findings, index, documents, journal, erasing };
        Ok((Self(Arc::new(inner)), report))
    }

    /// Makes a commit durable and visible.
    ///
    /// # Errors
    /// When what it was decided on no longer holds, or it could not be written; nothing has changed then.
    pub async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let order = commit.into_order().ok().ok_or(CommitError::TooLarge)?;
        Ok(self.0.writer.commit(order).await?)
    }

    /// Writes what waits and ends: every later commit is refused.
    ///
    /// # Errors
    /// When the index could not be flushed, which costs the next start some time and nothing else.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.0.writer.close().await?)
    }

    /// How often the journal was synced since the store was opened.
    pub fn syncs(&self) -> u64 {
        self.0.writer.syncs()
    }

    /// What was found when the store was opened, and by the scrub so far.
    pub fn report(&self) -> Report {
        self.0.findings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A document that is here.
    ///
    /// # Errors
    /// When it is here but cannot be read.
    pub fn entry(
        &self,
        custodian: OrganisationNumber,
        document: DocumentId,
    ) -> Result<Option<Entry>, StoreError> {
        self.look_up(DocumentName { custodian, document })
    }

    /// When a document was erased that was here; nothing when it is here, or never was.
    ///
    /// # Errors
    /// When that cannot be read.
    pub fn erased(
        &self,
        custodian: OrganisationNumber,
        document: DocumentId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let name = DocumentName { custodian, document };
        let row = self.0.index.get()?.row::<DocumentRow>(&tables::document(name))?;
        let at = row.and_then(|row| row.erased);
        Ok(at.map(|at| entry::record(&self.0.journal, at)).transpose()?.map(|record| record.time))
    }

    /// What there is to erase of a document. One that is being fetched counts as a copy.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn erasable(
        &self,
        custodian: OrganisationNumber,
        document: DocumentId,
    ) -> Result<Option<Erasable>, StoreError> {
        let (name, index) = (DocumentName { custodian, document }, self.0.index.get()?);
        if let Some(row) = index.document(name)? {
            let entry = Entry::read(&self.0.journal, name, &row);
            let manifest = entry.ok().map(|entry| entry.manifest);
            return Ok(Some(Erasable { kind: row.kind, manifest }));
        }
        let Some(row) = index.row::<FetchRow>(&tables::fetch(name))? else { return Ok(None) };
        let started = StartedFetch::read(&self.0.journal, name, &row);
        let manifest = started.ok().map(|started| started.manifest);
        Ok(Some(Erasable { kind: Kind::Copy, manifest }))
    }

    /// Takes from the disk what was erased and is still there.
    ///
    /// # Errors
    /// When the disk says no, or a part of the journal is damaged; what is left is taken by a later call.
    pub async fn finish_erasures(&self) -> Result<(), StoreError> {
        let store = self.clone();
        let finished = spawn_blocking(move || {
            let Inner { index, documents, journal, erasing, .. } = &*store.0;
            let _one_at_a_time = erasing.lock().unwrap_or_else(PoisonError::into_inner);
            erase::finish(journal, index, documents)
        });
        finished.await.ok().ok_or(DocumentError::Interrupted)?
    }

    /// The documents that are erased and not yet gone from the disk.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn unfinished_erasures(&self) -> Result<Vec<DocumentId>, StoreError> {
        let unfinished = erase::unfinished(&*self.0.index.get()?)?;
        Ok(unfinished.into_iter().map(|name| name.document).collect())
    }

    /// The documents and copies that are here, by custodian and id, from behind `after` on.
    ///
    /// # Errors
    /// When the permit is not for everything, or the index cannot be read.
    pub fn entries(
        &self,
        permit: &Permit,
        after: Option<(OrganisationNumber, DocumentId)>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        if permit.scope() != Scope::Everything {
            return Err(StoreError::NotPermitted);
        }
        let index = self.0.index.get()?;
        let after = after
            .map(|(custodian, document)| tables::document(DocumentName { custodian, document }));
        let keys = index.ascending(Table::Document.key(&[]), after);
        self.page(keys, tables::name_in_key, limit)
    }

    /// The documents and copies of a patient that are here.
    ///
    /// # Errors
    /// When the permit is not for everything, or the index cannot be read.
    pub fn entries_of(&self, permit: &Permit, patient: &str) -> Result<Page, StoreError> {
        if permit.scope() != Scope::Everything {
            return Err(StoreError::NotPermitted);
        }
        let index = self.0.index.get()?;
        let keys = index.ascending(Table::Patient.key(&[&index.patient(patient)]), None);
        self.page(keys, tables::name_in_key, usize::MAX)
    }

    /// The documents of this organisation that are shared by name with the organisation of the permit and not withdrawn, by
    /// id, from behind `after` on.
    ///
    /// # Errors
    /// When the permit is not for such a list, or the index cannot be read.
    pub fn shared_with(
        &self,
        permit: &Permit,
        after: Option<DocumentId>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let Scope::SharedWith(asker) = permit.scope() else { return Err(StoreError::NotPermitted) };
        let index = self.0.index.get()?;
        let asker = tables::organisation(asker);
        // Behind every custodian's document with that id.
        let after =
            after.map(|document| Table::Shared.key(&[&asker, &document.to_bytes(), &[u8::MAX; 9]]));
        let keys = index.ascending(Table::Shared.key(&[&asker]), after);
        self.page(keys, tables::name_in_shared_key, limit)
    }

    /// The newest accesses, of all or those to one patient's data.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn accesses(&self, patient: Option<&str>, limit: usize) -> Result<Accesses, StoreError> {
        let index = self.0.index.get()?;
        let prefix = match patient {
            Some(patient) => Table::AccessByPatient.key(&[&index.patient(patient)]),
            None => Table::Access.key(&[]),
        };
        let mut accesses = Accesses { found: Vec::new(), damaged: Vec::new() };
        for key in index.descending(prefix).take(limit) {
            let at = tables::position_in_key(&key?).ok_or(IndexError::Row)?;
            match entry::record(&self.0.journal, at) {
                Ok(record) => accesses.found.push(record),
                Err(error) => accesses.damaged.push(error),
            }
        }
        Ok(accesses)
    }

    /// The nonces of questions that were asked lately, and when; none is forgotten earlier than it may be.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn nonces(&self) -> Result<Vec<(Nonce, Timestamp)>, StoreError> {
        let index = self.0.index.get()?;
        let keys = index.ascending(Table::Nonce.key(&[]), None);
        keys.map(|key| Ok(tables::nonce_in_key(&key?).ok_or(IndexError::Row)?)).collect()
    }

    /// Begins to write a document.
    ///
    /// # Errors
    /// When the operating system has no random bytes.
    pub fn document_writer(&self) -> Result<DocumentWriter, StoreError> {
        Ok(DocumentWriter::new(&self.0.documents)?)
    }

    /// Opens a document to read it. The permit must be for this very document.
    ///
    /// # Errors
    /// [`StoreError::NotPermitted`], or when its bytes are not there or damaged.
    pub fn read(&self, entry: &Entry, permit: &Permit) -> Result<DocumentReader, StoreError> {
        if !permit.covers(entry.digest()) {
            return Err(StoreError::NotPermitted);
        }
        let source = entry.source(&self.0.journal, &self.0.documents);
        let opened = source.map_err(StoreError::from).and_then(|source| {
            Ok(DocumentReader::open(source, entry.key(), entry.manifest.claimed())?)
        });
        let name = DocumentName::of(entry.manifest.claimed());
        match opened {
            Err(_) if self.0.index.get()?.document(name)?.is_none() => Err(StoreError::Erased),
            opened => opened,
        }
    }

    /// A fetch of the document of a manifest, which begins with a commit of [`Change::FetchStarted`].
    ///
    /// # Errors
    /// When the operating system has no random bytes.
    pub fn new_fetch(&self, manifest: &Verified<Manifest>) -> Result<Fetch, StoreError> {
        Ok(Fetch::new(&self.0.documents, manifest)?)
    }

    /// The fetch of a document that was started and not ended. This reads all that was fetched before.
    ///
    /// # Errors
    /// [`DocumentError::Busy`] while it goes on, or when it cannot be read.
    pub async fn open_fetch(
        &self,
        custodian: OrganisationNumber,
        document: DocumentId,
    ) -> Result<Option<Fetch>, StoreError> {
        let name = DocumentName { custodian, document };
        let Some(row) = self.0.index.get()?.row::<FetchRow>(&tables::fetch(name))? else {
            return Ok(None);
        };
        let started = StartedFetch::read(&self.0.journal, name, &row)?;
        let documents = self.0.documents.clone();
        let opened = spawn_blocking(move || started.open(&documents)).await;
        Ok(Some(opened.ok().ok_or(DocumentError::Interrupted)??))
    }

    fn page(
        &self,
        mut keys: impl Iterator<Item = Result<Vec<u8>, IndexError>>,
        name_in: fn(&[u8]) -> Option<DocumentName>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let mut page = Page { found: Vec::new(), damaged: Vec::new(), next: None };
        let mut last = None;
        for key in keys.by_ref().take(limit) {
            let name = name_in(&key?).ok_or(IndexError::Row)?;
            last = Some((name.custodian, name.document));
            match self.look_up(name) {
                Ok(entry) => page.found.extend(entry),
                Err(StoreError::Journal(error)) => page.damaged.push(error),
                Err(error) => return Err(error),
            }
        }
        page.next = if keys.next().is_some() { last } else { None };
        Ok(page)
    }

    /// The document with this name, if it is here. It may be erased while it is looked up: that is no damage.
    fn look_up(&self, name: DocumentName) -> Result<Option<Entry>, StoreError> {
        let index = self.0.index.get()?;
        let Some(row) = index.document(name)? else { return Ok(None) };
        match Entry::read(&self.0.journal, name, &row) {
            Err(_) if index.document(name)?.is_none() => Ok(None),
            entry => Ok(Some(entry?)),
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("documents", &self.0.documents).finish_non_exhaustive()
    }
}
