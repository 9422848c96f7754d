//! Documents of a few patients as a list of facts, and what the lists must be: computed from all of them, each time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Verified;
use budstikke_protocol::access::record::Action;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::DocumentId;
use budstikke_protocol::index::presence::Presence;
use budstikke_protocol::index::state::{fits, follows, last_state};
use budstikke_protocol::log::entry::State;
use budstikke_protocol::log::tree::prove_inclusion;
use budstikke_protocol::patient::Identifier;
use serde_json::json;
use tokio::time::timeout;

use crate::store::tests::fixture::{erasure, here, record, signed, time, withdrawal, write};
use crate::store::tests::log::checkpoint;
use crate::store::{Change, Commit, Head, Store};

/// Whose documents they are.
const PATIENTS: [&str; 6] =
    ["13116900216", "12057900499", "21058500100", "05073500186", "01018000150", "28089512345"];

/// The facts, and what was seen of the heads.
pub(crate) struct Model {
    random: u64,
    documents: BTreeMap<DocumentId, Document>,
    groups: Vec<BTreeSet<usize>>,
    last: Option<State>,
    presence: (u32, Vec<u8>),
}

struct Document {
    patient: usize,
    is_listed: bool,
}

pub(crate) fn identifier(value: &str) -> Identifier {
    Identifier::parse("2.16.578.1.12.4.1.4.1".parse().unwrap(), value).unwrap()
}

/// A manifest of a document of this patient.
pub(crate) fn manifest_of(
    document: DocumentId,
    patient: &str,
    confidentiality: &str,
    sha256: Sha256Digest,
) -> Verified<Manifest> {
    let manifest = json!({
        "document": document,
        "patient": { "system": "2.16.578.1.12.4.1.4.1", "value": patient },
        "organisation": here(),
        "type": "A03-2",
        "category": "A00-1",
        "title": "A title",
        "language": "nb",
        "created": time(0),
        "content_type": "application/pdf",
        "size": 50,
        "sha256": sha256,
        "blake3": sha256.to_string(),
        "confidentiality": confidentiality,
        "sharing": "nobody",
    });
    signed(serde_json::from_value(manifest).unwrap())
}

impl Model {
    pub(crate) fn new(seed: u64) -> Self {
        let groups = (0..PATIENTS.len()).map(|patient| BTreeSet::from([patient])).collect();
        let (documents, last, presence) = Default::default();
        Self { random: seed, documents, groups, last, presence }
    }

    /// A number below `end`; the same for one seed.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let digest = Sha256Digest::of(&self.random.to_be_bytes());
        self.random = u64::from_be_bytes(*digest.as_bytes().first_chunk().unwrap());
        usize::try_from(self.random.checked_rem(u64::try_from(end).unwrap()).unwrap()).unwrap()
    }

    /// One time in so many.
    pub(crate) fn does(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    /// Does something to the store.
    pub(crate) async fn step(&mut self, store: &Store) {
        match self.below(10) {
            0..5 => self.publish(store).await,
            5 | 6 => self.withdraw(store).await,
            7 | 8 => self.erase(store).await,
            _ => self.link(store).await,
        }
    }

    pub(crate) async fn publish(&mut self, store: &Store) {
        let patient = self.below(PATIENTS.len());
        let number = u64::try_from(self.documents.len()).unwrap();
        let document = DocumentId::from_parts(number.saturating_add(1), [7; 10]);
        let confidentiality = ["N", "N", "N", "R", "V"][self.below(5)];
        let body = write(store, &[9; 50]).await.body;
        let sha256 = Sha256Digest::of(&number.to_be_bytes());
        let manifest = manifest_of(document, PATIENTS[patient], confidentiality, sha256);
        let record = record(Action::Publish, 0).of(manifest.statement());
        let commit = Commit::new(record).with(Change::Published { manifest: &manifest, body });
        store.commit(commit).await.unwrap();
        let is_listed = confidentiality == "N";
        self.documents.insert(document, Document { patient, is_listed });
    }

    async fn withdraw(&mut self, store: &Store) {
        let Some(document) = self.one_of(|it| it.is_listed) else { return };
        let end = withdrawal(document);
        let commit = Commit::new(record(Action::Withdraw, 2)).with(Change::Withdrawn(&end));
        store.commit(commit).await.unwrap();
        self.documents.get_mut(&document).unwrap().is_listed = false;
    }

    async fn erase(&mut self, store: &Store) {
        let Some(document) = self.one_of(|_| true) else { return };
        if store.entry(here(), document).unwrap().is_none() {
            return;
        }
        let entry = store.entry(here(), document).unwrap().unwrap();
        let record = record(Action::Erase, 7).of(entry.manifest.claimed());
        let erasure = erasure(document, Some(entry.digest()));
        store.commit(Commit::new(record).with(Change::Erased(&erasure))).await.unwrap();
        if self.does(2) {
            store.finish_erasures().await.unwrap();
        }
        self.documents.get_mut(&document).unwrap().is_listed = false;
    }

    async fn link(&mut self, store: &Store) {
        let (one, other) = (self.below(PATIENTS.len()), self.below(PATIENTS.len()));
        if self.groups[one].contains(&other) {
            return;
        }
        let group: BTreeSet<usize> = self.groups[one].union(&self.groups[other]).copied().collect();
        let identifiers: Vec<_> = group.iter().map(|it| identifier(PATIENTS[*it])).collect();
        let commit = Commit::new(record(Action::Link, 5)).with(Change::Linked(&identifiers));
        store.commit(commit).await.unwrap();
        for patient in &group {
            self.groups[*patient].clone_from(&group);
            let known: BTreeSet<_> =
                store.linked(&identifier(PATIENTS[*patient])).unwrap().into_iter().collect();
            assert_eq!(known, identifiers.iter().cloned().collect());
        }
    }

    /// The head of the last check never was.
    pub(crate) fn forget_the_last_state(&mut self) {
        (self.last, self.presence) = Default::default();
    }

    fn one_of(&mut self, is_it: impl Fn(&Document) -> bool) -> Option<DocumentId> {
        let those: Vec<_> =
            self.documents.iter().filter(|(_, it)| is_it(it)).map(|(id, _)| *id).collect();
        if those.is_empty() { None } else { Some(those[self.below(those.len())]) }
    }

    /// Makes a head and holds everything against it.
    pub(crate) async fn check(&mut self, store: &Store, time_ms: u64) {
        if self.documents.is_empty() {
            return;
        }
        ready(store).await;
        let before = store.log().head().borrow().map(|head| head.size);
        let committed = store.log().committed().unwrap();
        let head = if before == Some(committed) && !*store.lists().wants_head().borrow() {
            store.log().head().borrow().unwrap()
        } else {
            checkpoint(store, time_ms).await
        };
        self.state(store, &head);
        let (mut lists, mut records) = (0_u64, 0_u64);
        for (patient, value) in PATIENTS.iter().enumerate() {
            let documents: BTreeSet<DocumentId> = (self.documents.iter())
                .filter(|(_, it)| it.is_listed && self.groups[patient].contains(&it.patient))
                .map(|(id, _)| *id)
                .collect();
            let (epoch, label) = store.lists().label_of(&identifier(value)).unwrap();
            assert_eq!(epoch, head.index.epoch);
            let proven = store.lists().prove(&label).unwrap();
            let shown: BTreeSet<DocumentId> =
                proven.iter().flat_map(|proven| proven.documents.iter().copied()).collect();
            assert_eq!(shown, documents);
            let mut presence = Presence::default();
            presence.extend(&self.presence.1).unwrap();
            assert_eq!(presence.has(label.tag()), !documents.is_empty());
            let Some(proven) = proven else { continue };
            lists = lists.saturating_add(1);
            records = records.saturating_add(u64::try_from(documents.len()).unwrap());
            proven.proof.verify(&head.tree(), &label).unwrap();
            for (listed, document) in proven.proof.records.iter().zip(&proven.documents) {
                let records = store.log().records(here(), *document).unwrap();
                assert_eq!(
                    (records[0].index, records[0].commitment),
                    (listed.index, listed.commitment)
                );
            }
        }
        assert_eq!((head.index.map_count, head.index.live_count), (lists, records));
    }

    /// The STATE of the head follows the one before, and the presence file is its.
    fn state(&mut self, store: &Store, head: &Head) {
        let reader = store.log().reader();
        let last = head.size.saturating_sub(1);
        let entry = reader.entry(last).unwrap();
        let path = prove_inclusion(&reader, last, head.size).unwrap();
        let state = last_state(&entry, &path, &head.tree()).unwrap();
        if let Some(before) = self.last.replace(state.clone()) {
            follows(&before, &state).unwrap();
        }
        let (epoch, mut known) = self.presence.clone();
        let from = u64::try_from(known.len()).unwrap();
        let part = store.lists().presence(epoch, from, 1 << 20).unwrap();
        if epoch != state.epoch {
            assert_eq!(part.from, 0);
            known.clear();
        }
        known.extend(&part.bytes);
        let mut presence = Presence::default();
        presence.extend(&known).unwrap();
        fits(&presence, &state).unwrap();
        self.presence = (state.epoch, known);
    }
}

/// Waits until there are lists, or those that wait for a head.
pub(crate) async fn ready(store: &Store) {
    let mut wants = store.lists().wants_head();
    if store.lists().epoch().is_none() {
        timeout(Duration::from_secs(20), wants.wait_for(|wants| *wants)).await.unwrap().unwrap();
    }
}
