//! What a node keeps: the only room that knows files, the journal and sled.
//!
//! **The journal is the truth, sled is an index.** A use case hands over one [`Commit`]: all that changes, with the record of
//! the access. When [`Store::commit`] returns, it is on the disk and visible. Bytes of documents that do not ride in a commit
//! are on the disk before the commit that names them. Everything on the disk but the index is sealed, and the index holds
//! nothing personal.

mod access_log;
mod announcements;
mod blank;
mod bytes;
mod commit;
mod documents;
mod effects;
mod entry;
mod erase;
mod error;
mod files;
mod finds;
mod form;
mod heads;
mod index;
mod journal;
mod kept;
mod lists;
mod log;
mod mirrors;
mod names;
mod packing;
mod page;
mod places;
mod recovery;
mod referrals;
mod report;
mod scrub;
mod threads;
mod writer;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use budstikke_keys::jws::Verified;
use budstikke_keys::secret::SymmetricKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::decide::Permit;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::{DocumentId, Nonce, OrganisationNumber};
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::patient::Identifier;
use tokio::task::spawn_blocking;

use crate::entropy;
use entry::StartedFetch;
use index::live::LiveIndex;
use journal::Journal;
use lists::shared::SharedLists;
use log::shared::Shared;
use log::tiles::TileFiles;
use names::DocumentName;
use scrub::Findings;
use threads::Threads;

pub use access_log::handle::{AccessLog, Opening, Ticket};
pub use announcements::{Announcements, KnownRecord};
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
pub use finds::{
    Answer, Finds, Found, FoundMember, Last, Proof as FoundProof, ShownRecord, State as FoundState,
};
pub use heads::{HeadNews, Heads, KnownHead, KnownLog};
pub use index::error::IndexError;
pub use index::referral_tables::Waiting;
pub use index::rows::listing::LINKED_MAX;
pub use journal::segment::JournalError;
pub use lists::error::ListsError;
pub use lists::handle::{Lists, ListsStanding, PresencePart, ProvenList};
pub use log::error::LogError;
pub use log::handle::Log;
pub use log::head::{Anchor, Head, HeadIndex};
pub use log::reader::LogReader;
pub use log::records::{About, LoggedRecord};
pub use mirrors::{MirrorFiles, Mirrored};
pub use names::{By, EventPlace, Kind};
pub use page::{Accesses, Page};
pub use places::Places;
pub use recovery::OpenError;
pub use referrals::{Census, Events, Outgoing, Referral, Referrals};
pub use report::{Damage, LostFile, Progress, Report};
pub use writer::message::CommitError;

/// What a node keeps; a clone is another handle on the same.
///
/// The reads are short and do not wait for a write, but they read from the disk.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

/// In the order in which they are let go: what waits is written first, the lock on the journal goes last.
struct Inner {
    threads: Threads,
    log: Arc<Shared>,
    lists: Arc<SharedLists>,
    findings: Findings,
    index: Arc<LiveIndex>,
    documents: PathBuf,
    journal: Arc<Journal>,
    /// Held by whoever takes from the disk what is erased.
    erasing: Mutex<()>,
}

impl Store {
    /// Opens a store, or makes it, whose log has that origin. An index that has to be built anew takes some four seconds for each GiB of the journal.
    ///
    /// # Errors
    /// When it is in use, was written with another key or by a newer version, or the disk says no. Damage is not an error:
    /// it is in the report, and what is whole is served.
    pub fn open(
        places: Places,
        storage: &SymmetricKey,
        origin: Origin,
        progress: impl Fn(Progress),
    ) -> Result<(Self, Report), StoreError> {
        let Places { journal: folder, documents, db, tiles, lists } = places;
        files::create_folder(&folder)?;
        files::create_folder(&documents)?;
        files::sync_folder(&documents)?;
        let in_use = |error: FileError| {
            if error.is_busy() { StoreError::InUse(folder.clone()) } else { error.into() }
        };
        let journal = Journal::open(&folder, storage).map_err(in_use)?;
        let tiles = TileFiles::new(tiles);
        let recovered = recovery::recover(&journal, &db, &tiles, &progress)?;
        let (index, mut report) = (recovered.index, recovered.report);
        if recovered.is_complete && report.is_whole() {
            report.strays = documents::stray::remove(&documents, &index.files()?)?;
        }
        let findings = Arc::new(Mutex::new(report));
        let log = Arc::new(log::opening::open(&journal, &index, tiles, &findings, &progress)?);
        let report = findings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (lists, file) = lists::opening::open(storage, origin, &index, lists)?;
        let lists = Arc::new(lists);
        let (journal, index) = (Arc::new(journal), Arc::new(LiveIndex::new(db, index)));
        let work = || (Arc::clone(&journal), Arc::clone(&index), documents.clone());
        let logs = (Arc::clone(&log), Arc::clone(&findings));
        let threads = Threads::start(work, logs, (Arc::clone(&lists), file), recovered.next);
        let threads = threads.map_err(FileError::on("start a thread that works on", &folder))?;
        let erasing = Mutex::default();
        let inner = Inner { threads, log, lists, findings, index, documents, journal, erasing };
        Ok((Self(Arc::new(inner)), report))
    }

    /// Makes a commit durable and visible.
    ///
    /// # Errors
    /// When what it was decided on no longer holds, or it could not be written; nothing has changed then.
    pub async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let order = commit.into_order(entropy::draw);
        let mut order = order.map_err(|error| StoreError::order(error, &self.0.documents))?;
        // Labels are computed where a commit is made, and not where all of them are written.
        order.labels = lists::epoch::labelled(self.0.lists.current().as_deref(), &order.effects);
        Ok(self.0.threads.writer.commit(order).await?)
    }

    /// The lists.
    pub fn lists(&self) -> Lists<'_> {
        Lists::new(&self.0.lists, &self.0.log, &self.0.index)
    }

    /// The log.
    pub fn log(&self) -> Log<'_> {
        Log::new(&self.0.log, &self.0.threads.writer, &self.0.journal, &self.0.index)
    }

    /// What is known of the logs of all members.
    pub fn heads(&self) -> Heads<'_> {
        Heads::new(&self.0.threads.writer, &self.0.journal, &self.0.index)
    }

    /// The log of accesses.
    pub fn access_log(&self) -> AccessLog<'_> {
        AccessLog::new(&self.0.journal, &self.0.index)
    }

    /// What searches have found.
    pub fn finds(&self) -> Finds<'_> {
        Finds::new(&self.0.journal, &self.0.index)
    }

    /// The referrals that are here.
    pub fn referrals(&self) -> Referrals<'_> {
        Referrals::new(&self.0.journal, &self.0.index)
    }

    /// What is announced to others, and was by them.
    pub fn announcements(&self) -> Announcements<'_> {
        Announcements::new(&self.0.journal, &self.0.index)
    }

    /// Writes what waits and ends: every later commit is refused.
    ///
    /// # Errors
    /// When the index could not be flushed, which costs the next start some time and nothing else.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.0.threads.writer.close().await?)
    }

    /// How often the journal was synced since the store was opened.
    pub fn syncs(&self) -> u64 {
        self.0.threads.writer.syncs()
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
        entry::look_up(&self.0.journal, &*self.0.index.get()?, DocumentName { custodian, document })
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
        entry::erased(&self.0.journal, &*self.0.index.get()?, name)
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
        let name = DocumentName { custodian, document };
        erase::erasable(&self.0.journal, &*self.0.index.get()?, name)
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
        finished.await.ok().ok_or(DocumentError::Interrupted)??;
        Ok(self.0.threads.writer.forget().await?)
    }

    /// The documents that are erased and not yet gone from the disk.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn unfinished_erasures(&self) -> Result<Vec<DocumentId>, StoreError> {
        let unfinished = erase::unfinished(&*self.0.index.get()?)?;
        Ok(unfinished.into_iter().map(|name| name.document).collect())
    }

    /// The identifiers of a patient: this one, and those that are linked to it.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn linked(&self, identifier: &Identifier) -> Result<Vec<Identifier>, StoreError> {
        lists::source::group(&self.0.journal, &*self.0.index.get()?, identifier)
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
        page::everything((&self.0.journal, &*self.0.index.get()?), permit, after, limit)
    }

    /// The documents and copies of a patient that are here.
    ///
    /// # Errors
    /// When the permit is not for everything, or the index cannot be read.
    pub fn entries_of(&self, permit: &Permit, patient: &str) -> Result<Page, StoreError> {
        page::of_patient((&self.0.journal, &*self.0.index.get()?), permit, patient)
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
        page::shared_with((&self.0.journal, &*self.0.index.get()?), permit, after, limit)
    }

    /// The newest accesses, of all or those to one patient's data.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn accesses(&self, patient: Option<&str>, limit: usize) -> Result<Accesses, StoreError> {
        page::accesses(&self.0.journal, &*self.0.index.get()?, patient, limit)
    }

    /// The nonces of questions that were asked lately, and when; none is forgotten earlier than it may be.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn nonces(&self) -> Result<Vec<(Nonce, Timestamp)>, StoreError> {
        page::nonces(&*self.0.index.get()?)
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
        entry.open(&self.0.journal, &self.0.documents, &self.0.index)
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
        let started = StartedFetch::find(&self.0.journal, &*self.0.index.get()?, name)?;
        let Some(started) = started else { return Ok(None) };
        let documents = self.0.documents.clone();
        let opened = spawn_blocking(move || started.open(&documents)).await;
        Ok(Some(opened.ok().ok_or(DocumentError::Interrupted)??))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("documents", &self.0.documents).finish_non_exhaustive()
    }
}
