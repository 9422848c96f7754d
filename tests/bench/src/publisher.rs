//! A publisher: does with a store of this process what the node does when it publishes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use budstikke::clock;
use budstikke::entropy;
use budstikke::store::{Change, Commit, Kind, Places, Store, Written};
use budstikke_keys::jws::{Verified, sign};
use budstikke_keys::secret::{SecretKey, SymmetricKey};
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::content::Content;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::{Sharing, SharingChange};
use budstikke_protocol::ids::{DocumentId, Environment, ManifestDigest};
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::patient::{Identifier, PersonNumber};
use budstikke_scenarios::cluster::ORGANISATIONS;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

/// The bytes of a document that a system writes many of, such as a laboratory report.
pub(crate) const DOCUMENT_BYTES: usize = 10_000;

/// A store, and who publishes into it.
#[derive(Debug)]
pub(crate) struct Publisher {
    /// The store.
    pub(crate) store: Store,
    signer: Signer,
    caller: Caller,
    kind: Kind,
}

/// Signs manifests of documents that differ in nothing but their bytes and their patients.
#[derive(Debug)]
pub(crate) struct Signer {
    key: SecretKey,
    template: Manifest,
    patients: Vec<Identifier>,
}

/// The log of the store, by the name that the federation of a home has.
fn origin() -> Origin {
    format!("test.budstikke/{}", ORGANISATIONS[0]).parse().unwrap()
}

impl Publisher {
    /// Opens the store of a home, or makes it.
    pub(crate) fn open(home: &Path, storage: &SymmetricKey, signer: Signer) -> Self {
        let places = Places {
            journal: home.join("journal"),
            documents: home.join("documents"),
            db: home.join("db"),
            tiles: home.join("tiles"),
            lists: home.join("lists"),
        };
        let (store, _) = Store::open(places, storage, origin(), |_| ()).unwrap();
        let caller = json!({"organisation": ORGANISATIONS[0], "person": "999000101", "role": "LE", "purpose": "TREAT"});
        let (caller, kind) = (serde_json::from_value(caller).unwrap(), Kind::Own);
        Self { store, signer, caller, kind }
    }

    /// The same, but what it publishes is kept as the copy of somebody else's document, and the log is stopped. That is all that
    /// publishing does without the log: copies are not logged, and nothing is read back.
    pub(crate) fn without_log(self) -> Self {
        self.store.log().stop("what publishing costs without the log is measured".to_owned());
        Self { kind: Kind::Copy, ..self }
    }

    /// Publishes documents, so many at a time, and gives the time until the last is durable.
    pub(crate) async fn publish_all(
        self: &Arc<Self>,
        documents: &Arc<Vec<Vec<u8>>>,
        at_a_time: usize,
    ) -> Duration {
        let (began, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
        let publishing: Vec<_> = (0..at_a_time)
            .map(|_| {
                let (publisher, documents, next) =
                    (Arc::clone(self), Arc::clone(documents), Arc::clone(&next));
                tokio::spawn(async move {
                    while let Some(bytes) = documents.get(next.fetch_add(1, Ordering::Relaxed)) {
                        publisher.publish(bytes).await;
                    }
                })
            })
            .collect();
        for publisher in publishing {
            publisher.await.unwrap();
        }
        began.elapsed()
    }

    /// Publishes a document; it is durable when this returns.
    pub(crate) async fn publish(&self, bytes: &[u8]) {
        let written = self.write(bytes).await;
        let manifest = self.signer.sign(&written.content);
        self.store.commit(self.commit(&manifest, written)).await.unwrap();
    }

    /// Writes a document for a commit.
    pub(crate) async fn write(&self, bytes: &[u8]) -> Written {
        let mut writer = self.store.document_writer().unwrap();
        writer.push(bytes).await.unwrap();
        writer.finish().await.unwrap()
    }

    /// The commit that publishes a document.
    pub(crate) fn commit(&self, manifest: &Verified<Manifest>, written: Written) -> Commit {
        let record = Record::permitted(Action::Publish, &self.caller, clock::now());
        let body = written.body;
        Commit::new(record.of(manifest.statement())).with(match self.kind {
            Kind::Own => Change::Published { manifest, body },
            Kind::Copy => Change::CopyKept { manifest, body },
        })
    }
}

impl Signer {
    /// Signs with `key`, for the first organisation, what is shared with the second; one document for each of so many
    /// patients, then again.
    pub(crate) fn new(key: SecretKey, patients: usize) -> Self {
        let patients: Vec<Identifier> = patients_from(patients).collect();
        let nothing = "0".repeat(64);
        let template = json!({
            "document": "01937b5c-7c00-7000-8000-000000000000",
            "patient": patients[0],
            "organisation": ORGANISATIONS[0],
            "type": "A03-2",
            "category": "A00-1",
            "title": "Epikrise etter innleggelse",
            "language": "nb",
            "created": clock::now(),
            "content_type": "application/pdf",
            "size": DOCUMENT_BYTES,
            "sha256": nothing,
            "blake3": nothing,
            "confidentiality": "N",
            "sharing": {"organisations": [ORGANISATIONS[1]]},
        });
        Self { key, template: serde_json::from_value(template).unwrap(), patients }
    }

    /// The same, for documents that are shared with nobody.
    pub(crate) fn for_nobody(mut self) -> Self {
        self.template.sharing = Sharing::Nobody;
        self
    }

    /// Signs that nobody may read a document, for the so manieth time.
    pub(crate) fn share(
        &self,
        manifest: &Verified<Manifest>,
        sequence: u64,
    ) -> Verified<SharingChange> {
        let Manifest { document, organisation, created, .. } = *manifest.statement();
        let (manifest, sharing) = (ManifestDigest::new(manifest.digest()), Sharing::Nobody);
        let change = SharingChange { document, organisation, manifest, sequence, sharing, created };
        sign(change, &self.key).unwrap()
    }

    /// Signs the manifest of a new document.
    pub(crate) fn sign(&self, content: &Content) -> Verified<Manifest> {
        let random = entropy::draw::<10>().unwrap();
        let patient = usize::from(u16::from_be_bytes([random[0], random[1]])) % self.patients.len();
        let manifest = Manifest {
            document: DocumentId::from_parts(clock::unix_milliseconds(), *random),
            patient: self.patients[patient].clone(),
            created: clock::now(),
            size: content.size,
            sha256: content.sha256,
            blake3: content.subtrees.root(),
            ..self.template.clone()
        };
        sign(manifest, &self.key).unwrap()
    }
}

/// So many documents, each of other bytes, and others for another seed.
pub(crate) fn documents(count: usize, seed: u64) -> Arc<Vec<Vec<u8>>> {
    let mut bytes = random_bytes(seed).flatten();
    let documents = (0..count).map(|_| bytes.by_ref().take(DOCUMENT_BYTES).collect());
    Arc::new(documents.collect())
}

/// Bytes without a pattern, eight at a time and without an end: Steele and Vigna's splitmix64.
pub(crate) fn random_bytes(seed: u64) -> impl Iterator<Item = [u8; 8]> {
    (1_u64..).map(move |step| {
        let state = seed.wrapping_add(step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).to_le_bytes()
    })
}

/// As many threads as the node has.
pub(crate) fn runtime() -> Runtime {
    Builder::new_multi_thread().enable_all().build().unwrap()
}

/// Synthetic patients (month +80): every number of the day, the month and the year whose check digits there are.
pub(crate) fn patients_from(count: usize) -> impl Iterator<Item = Identifier> {
    let here = ORGANISATIONS[0].parse().unwrap();
    let numbers = (1..=28).flat_map(|day| (81..=92).map(move |month| (day, month)));
    let numbers = numbers.flat_map(|(day, month)| (0..500).map(move |rest| (day, month, rest)));
    let numbers = numbers.filter_map(move |(day, month, rest)| {
        let checked = (0..100).map(|check| format!("{day:02}{month:02}55{rest:03}{check:02}"));
        let mut checked =
            checked.filter_map(|text| PersonNumber::parse(&text, Environment::Test).ok());
        Some(Identifier::of(&checked.next()?, here))
    });
    numbers.take(count)
}
