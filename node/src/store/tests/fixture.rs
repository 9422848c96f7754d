//! A store in a temporary folder, and statements to put into it.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use budstikke_keys::jws::{Statement, Verified, sign};
use budstikke_keys::secret::{SecretKey, SymmetricKey};
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::decide::{Facts, Known, Permit, Request, Subject, decide};
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::content::Content;
use budstikke_protocol::document::erasure::Erasure;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::{Sharing, SharingChange, Withdrawal};
use budstikke_protocol::federation::standing::Standing;
use budstikke_protocol::ids::{DocumentId, ManifestDigest, OrganisationNumber};
use budstikke_protocol::log::origin::Origin;
use serde_json::json;
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::store::{Change, Commit, Entry, Places, Report, Store, StoreError, Subtree, Written};

/// A published test person (not a real one), whose number must not be in any file.
pub(crate) const PATIENT: &str = "13116900216";

/// Another one.
pub(crate) const OTHER_PATIENT: &str = "12057900499";

/// A title that must not be in any file.
pub(crate) const TITLE: &str = "Epikrise etter innleggelse";

/// A home folder as far as the store sees it.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn open(&self) -> (Store, Report) {
        self.try_open(1).unwrap()
    }

    /// Opens it with the storage key that `seed` stands for.
    pub(crate) fn try_open(&self, seed: u8) -> Result<(Store, Report), StoreError> {
        let places = Places {
            journal: self.path("journal"),
            documents: self.path("documents"),
            db: self.path("db"),
            tiles: self.path("tiles"),
            lists: self.path("lists"),
        };
        let storage = SymmetricKey::from_bytes(Zeroizing::new([seed; 32]));
        Store::open(places, &storage, origin(), |_| ())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Every file below a folder, with its bytes.
    pub(crate) fn files(&self, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.path(folder), &mut files);
        files
    }

    /// The last segment of the journal.
    pub(crate) fn segment(&self) -> PathBuf {
        self.files("journal").keys().next_back().unwrap().clone()
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            let bytes = fs::read(&path).unwrap();
            files.insert(path, bytes);
        }
    }
}

/// The log of the organisation.
pub(crate) fn origin() -> Origin {
    "test.budstikke/974760673".parse().unwrap()
}

pub(crate) fn here() -> OrganisationNumber {
    "974760673".parse().unwrap()
}

pub(crate) fn asker() -> OrganisationNumber {
    "974760606".parse().unwrap()
}

pub(crate) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_800_000_000_i64.saturating_add(seconds)).unwrap()
}

pub(crate) fn id(number: u8) -> DocumentId {
    DocumentId::from_parts(1_800_000_000_000 + u64::from(number), [number; 10])
}

/// Bytes that repeat nowhere.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes
}

pub(crate) fn key() -> SecretKey {
    SecretKey::from_seed(Zeroizing::new([7; 32]))
}

pub(crate) fn signed<T: Statement>(statement: T) -> Verified<T> {
    sign(statement, &key()).unwrap()
}

pub(crate) fn shared_with(organisations: &[OrganisationNumber]) -> Sharing {
    Sharing::Organisations(organisations.iter().copied().collect())
}

/// A manifest of a document with this content.
pub(crate) fn manifest(
    custodian: OrganisationNumber,
    document: DocumentId,
    content: &Content,
    sharing: &Sharing,
) -> Verified<Manifest> {
    let manifest = json!({
        "document": document,
        "patient": { "system": "2.16.578.1.12.4.1.4.1", "value": PATIENT },
        "organisation": custodian,
        "type": "A03-2",
        "category": "A00-1",
        "title": TITLE,
        "language": "nb",
        "created": time(0),
        "content_type": "application/pdf",
        "size": content.size,
        "sha256": content.sha256,
        "blake3": content.subtrees.root(),
        "confidentiality": "N",
        "sharing": sharing,
    });
    signed(serde_json::from_value(manifest).unwrap())
}

pub(crate) fn sharing(
    document: DocumentId,
    sequence: u64,
    sharing: Sharing,
) -> Verified<SharingChange> {
    let manifest = budstikke_keys::digest::Sha256Digest::of(b"its manifest");
    let change = json!({
        "document": document,
        "organisation": here(),
        "manifest": manifest,
        "sequence": sequence,
        "sharing": sharing,
        "created": time(1),
    });
    signed(serde_json::from_value(change).unwrap())
}

pub(crate) fn withdrawal(document: DocumentId) -> Verified<Withdrawal> {
    let manifest = budstikke_keys::digest::Sha256Digest::of(b"its manifest");
    let withdrawal = json!({ "document": document, "organisation": here(), "manifest": manifest, "created": time(1) });
    signed(serde_json::from_value(withdrawal).unwrap())
}

pub(crate) fn caller(organisation: OrganisationNumber) -> Caller {
    let caller = json!({ "organisation": organisation, "person": "7654321", "role": "LE", "purpose": "TREAT" });
    serde_json::from_value(caller).unwrap()
}

/// A record of an access at so many seconds.
pub(crate) fn record(action: Action, seconds: i64) -> Record {
    Record::permitted(action, &caller(here()), time(seconds))
}

pub(crate) async fn write(store: &Store, bytes: &[u8]) -> Written {
    let mut writer = store.document_writer().unwrap();
    // In pieces that fit nothing.
    for piece in bytes.chunks(100_003) {
        writer.push(piece).await.unwrap();
    }
    writer.finish().await.unwrap()
}

/// Publishes a document and gives its manifest.
pub(crate) async fn publish(
    store: &Store,
    document: DocumentId,
    bytes: &[u8],
    sharing: &Sharing,
) -> Verified<Manifest> {
    let Written { content, body } = write(store, bytes).await;
    let manifest = manifest(here(), document, &content, sharing);
    let record = record(Action::Publish, 0).of(manifest.statement());
    store
        .commit(Commit::new(record).with(Change::Published { manifest: &manifest, body }))
        .await
        .unwrap();
    manifest
}

/// Declares an own document erased; what stands on the disk stays there for now.
pub(crate) async fn erase(store: &Store, document: DocumentId) -> Result<(), StoreError> {
    let manifest = store.erasable(here(), document).unwrap().and_then(|found| found.manifest);
    let record = record(Action::Erase, 7);
    let record = match &manifest {
        Some(manifest) => record.of(manifest.claimed()),
        None => record.about(document),
    };
    let manifest = manifest.map(|manifest| ManifestDigest::new(manifest.digest()));
    let erasure = erasure(document, manifest);
    store.commit(Commit::new(record).with(Change::Erased(&erasure))).await
}

/// The statement that an own document was erased.
pub(crate) fn erasure(document: DocumentId, manifest: Option<ManifestDigest>) -> Verified<Erasure> {
    signed(Erasure { document, organisation: here(), manifest, created: time(7) })
}

/// A permit to list: everything for this organisation, what is shared with it for another.
pub(crate) fn list_permit(organisation: OrganisationNumber) -> Permit {
    let caller = caller(organisation);
    decide(&Facts { here: here(), caller: &caller, standing: Standing::Current }, Request::List)
        .unwrap()
}

/// A permit to read a document.
pub(crate) fn read_permit(entry: &Entry) -> Permit {
    let (caller, manifest) = (caller(here()), entry.manifest.claimed());
    let known = Known {
        manifest: entry.digest(),
        custodian: manifest.organisation,
        sharing: &entry.sharing,
        is_opened: false,
        is_withdrawn: entry.withdrawal.is_some(),
    };
    let subject = Subject { document: manifest.document, known: Some(known) };
    let facts = Facts { here: here(), caller: &caller, standing: Standing::Current };
    decide(&facts, Request::Read(&subject)).unwrap()
}

/// All the bytes of a document.
pub(crate) async fn read(store: &Store, entry: &Entry) -> Result<Vec<u8>, StoreError> {
    let reader = store.read(entry, &read_permit(entry))?;
    let mut bytes = Vec::new();
    for index in 0..reader.subtrees().count() {
        bytes.extend(held(&reader.subtree(index, Subtree::default()).await?));
    }
    Ok(bytes)
}

/// The documents that a page has.
pub(crate) fn ids(entries: &[Entry]) -> Vec<DocumentId> {
    entries.iter().map(|entry| entry.manifest.claimed().document).collect()
}

/// The documents that are here.
pub(crate) fn published(store: &Store) -> Vec<DocumentId> {
    ids(&store.entries(&list_permit(here()), None, 10).unwrap().found)
}

/// The bytes before the first frame of a segment.
pub(crate) const HEADER: usize = 160;

/// A part of a file.
pub(crate) fn span(start: usize, end: usize) -> Range<u64> {
    start.try_into().unwrap()..end.try_into().unwrap()
}

/// Gives what the scrub has found when it has ended.
pub(crate) fn scrubbed(store: &Store) -> Report {
    let deadline = Instant::now().checked_add(Duration::from_mins(1)).unwrap();
    loop {
        let report = store.report();
        if report.scrubbed.done == report.scrubbed.total && report.scrubbed.total > 0 {
            return report;
        }
        assert!(Instant::now() < deadline, "the scrub does not end: {report:?}");
        thread::yield_now();
    }
}

/// A subtree of these bytes.
pub(crate) fn subtree(bytes: &[u8]) -> Subtree {
    let mut subtree = Subtree::default();
    assert_eq!(subtree.append(bytes), b"", "more than a subtree");
    subtree
}

/// The bytes of a subtree.
pub(crate) fn held(subtree: &Subtree) -> Vec<u8> {
    subtree.chunks().collect::<Vec<_>>().concat()
}
