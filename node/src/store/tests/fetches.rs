//! A fetch goes on where it broke off, with what was verified and nothing else.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use budstikke_keys::jws::Verified;
use budstikke_protocol::access::record::Action;
use budstikke_protocol::document::content::{Content, ContentHasher};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::Sharing;

use super::fixture::{Home, asker, bytes, here, id, manifest, read, record, subtree};
use crate::store::{Change, Commit, CommitError, DocumentError, Kind, Store, StoreError, Subtree};

const MIB: usize = 1024 * 1024;

/// A document of another organisation.
struct Theirs {
    bytes: Vec<u8>,
    content: Content,
    manifest: Verified<Manifest>,
}

impl Theirs {
    fn new(len: usize) -> Self {
        let bytes = bytes(len);
        let mut hasher = ContentHasher::default();
        hasher.update(&bytes).unwrap();
        let content = hasher.finish().unwrap();
        let manifest = manifest(asker(), id(1), &content, &Sharing::Federation);
        Self { bytes, content, manifest }
    }

    fn subtree(&self, index: u64) -> Subtree {
        subtree(self.bytes.chunks(MIB).nth(index.try_into().unwrap()).unwrap())
    }

    /// Starts a fetch and takes so many subtrees.
    async fn begin(&self, store: &Store, subtrees: u64) {
        let fetch = store.new_fetch(&self.manifest).unwrap();
        let started = Commit::new(record(Action::Fetch, 0)).with(Change::FetchStarted(&fetch));
        store.commit(started).await.unwrap();
        let mut writer = fetch.resume(self.content.subtrees.clone()).unwrap();
        for index in 0..subtrees {
            writer.push_subtree(index, self.subtree(index)).await.unwrap();
        }
    }

    /// Goes on from `expected` to the end, and keeps the copy.
    async fn finish(&self, store: &Store, expected: u64) {
        let fetch = store.open_fetch(asker(), id(1)).await.unwrap().unwrap();
        assert_eq!(
            (fetch.manifest(), fetch.verified_subtrees()),
            (self.manifest.compact(), expected)
        );
        let mut writer = fetch.resume(self.content.subtrees.clone()).unwrap();
        for index in expected..self.content.subtrees.count() {
            assert_eq!(writer.verified_subtrees(), index);
            writer.push_subtree(index, self.subtree(index)).await.unwrap();
        }
        let written = writer.finish().await.unwrap();
        assert_eq!(written.content, self.content);
        let kept = Change::CopyKept { manifest: &self.manifest, body: written.body };
        store.commit(Commit::new(record(Action::Keep, 1)).with(kept)).await.unwrap();
        assert!(store.open_fetch(asker(), id(1)).await.unwrap().is_none());
        let entry = store.entry(asker(), id(1)).unwrap().unwrap();
        assert_eq!(entry.kind, Kind::Copy);
        assert_eq!(read(store, &entry).await.unwrap(), self.bytes);
    }
}

#[tokio::test]
async fn a_fetch_goes_on_behind_the_last_verified_subtree() {
    for (len, taken) in
        [(3 * MIB + 7, 2), (3 * MIB + 7, 4), (2 * MIB, 2), (2 * MIB, 0), (MIB - 1, 1), (10, 1)]
    {
        let home = Home::new();
        let theirs = Theirs::new(len);
        let (store, _) = home.open();
        theirs.begin(&store, taken).await;
        drop(store);
        let (store, report) = home.open();
        assert_eq!(report.strays, 0);
        theirs.finish(&store, taken).await;
        drop(store);
        assert_eq!((home.open().1.strays, home.files("documents").len()), (0, 1));
    }
}

#[tokio::test]
async fn half_a_subtree_is_fetched_again() {
    let home = Home::new();
    let theirs = Theirs::new(3 * MIB + 7);
    let (store, _) = home.open();
    theirs.begin(&store, 3).await;
    let (path, sealed) = home.files("documents").into_iter().next().unwrap();
    fs::write(&path, &sealed[..sealed.len() - 40_000]).unwrap();
    theirs.finish(&store, 2).await;
}

#[tokio::test]
async fn a_part_that_was_tampered_with_counts_up_to_the_damage() {
    let home = Home::new();
    let theirs = Theirs::new(4 * MIB);
    let (store, _) = home.open();
    theirs.begin(&store, 3).await;
    let (path, mut sealed) = home.files("documents").into_iter().next().unwrap();
    sealed[MIB + MIB / 2] ^= 1;
    fs::write(&path, &sealed).unwrap();
    theirs.finish(&store, 1).await;
}

#[tokio::test]
async fn a_part_whose_beginning_is_lost_is_begun_anew() {
    let home = Home::new();
    let theirs = Theirs::new(2 * MIB);
    let (store, _) = home.open();
    theirs.begin(&store, 1).await;
    let (path, _) = home.files("documents").into_iter().next().unwrap();
    fs::write(&path, []).unwrap();
    theirs.finish(&store, 0).await;
}

#[tokio::test]
async fn nothing_unverified_is_written() {
    let home = Home::new();
    let theirs = Theirs::new(2 * MIB);
    let (store, _) = home.open();
    theirs.begin(&store, 1).await;
    let open = || async { store.open_fetch(asker(), id(1)).await.unwrap().unwrap() };
    let mut writer = open().await.resume(theirs.content.subtrees.clone()).unwrap();
    let wrong = writer.push_subtree(1, theirs.subtree(0)).await;
    assert!(matches!(wrong, Err(DocumentError::Content(_))));
    let after = writer.push_subtree(1, theirs.subtree(1)).await;
    assert!(matches!(after, Err(DocumentError::Interrupted)));
    drop(writer);
    let mut writer = open().await.resume(theirs.content.subtrees.clone()).unwrap();
    let early = writer.push_subtree(0, theirs.subtree(0)).await;
    assert!(matches!(early, Err(DocumentError::OutOfOrder { found: 0, wanted: 1 })));
    drop(writer);
    let writer = open().await.resume(theirs.content.subtrees.clone()).unwrap();
    assert!(matches!(writer.finish().await, Err(DocumentError::OutOfOrder { .. })));
    let others = Theirs::new(2 * MIB + 1).content.subtrees;
    assert!(matches!(open().await.resume(others), Err(DocumentError::OtherDocument)));
    theirs.finish(&store, 1).await;
}

#[tokio::test]
async fn a_document_with_another_sha256_than_signed_is_not_kept() {
    let home = Home::new();
    let mut theirs = Theirs::new(100);
    let content = Content {
        sha256: budstikke_keys::digest::Sha256Digest::of(b"other"),
        ..theirs.content.clone()
    };
    theirs.manifest = manifest(asker(), id(1), &content, &Sharing::Federation);
    let (store, _) = home.open();
    theirs.begin(&store, 1).await;
    let fetch = store.open_fetch(asker(), id(1)).await.unwrap().unwrap();
    let finished = fetch.resume(theirs.content.subtrees.clone()).unwrap().finish().await;
    assert!(matches!(finished, Err(DocumentError::Sha256)));
}

#[tokio::test]
async fn one_document_is_fetched_once_at_a_time() {
    let home = Home::new();
    let theirs = Theirs::new(2 * MIB);
    let (store, _) = home.open();
    theirs.begin(&store, 1).await;
    let fetch = store.open_fetch(asker(), id(1)).await.unwrap().unwrap();
    let busy = store.open_fetch(asker(), id(1)).await;
    assert!(matches!(busy, Err(StoreError::Document(DocumentError::Busy))));
    drop(fetch);
    let second = store.new_fetch(&theirs.manifest).unwrap();
    let started = Commit::new(record(Action::Fetch, 2)).with(Change::FetchStarted(&second));
    assert!(matches!(store.commit(started).await, Err(StoreError::Commit(CommitError::Moved))));
    theirs.finish(&store, 1).await;
}

#[tokio::test]
async fn a_fetch_that_is_given_up_leaves_no_file() {
    let home = Home::new();
    let theirs = Theirs::new(2 * MIB);
    let (store, _) = home.open();
    theirs.begin(&store, 1).await;
    let fetch = store.new_fetch(&theirs.manifest).unwrap();
    // Another one takes its place in the same commit.
    let ended = Change::FetchEnded { custodian: asker(), document: id(1) };
    let commit =
        Commit::new(record(Action::Fetch, 3)).with(ended).with(Change::FetchStarted(&fetch));
    store.commit(commit).await.unwrap();
    assert!(home.files("documents").is_empty());
    let ended = Change::FetchEnded { custodian: asker(), document: id(1) };
    store.commit(Commit::new(record(Action::Fetch, 3)).with(ended)).await.unwrap();
    assert!(store.open_fetch(asker(), id(1)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_copy_takes_the_place_of_a_copy_and_never_of_an_own_document() {
    let home = Home::new();
    let theirs = Theirs::new(2 * MIB);
    let (store, _) = home.open();
    for _ in 0..2 {
        theirs.begin(&store, 0).await;
        theirs.finish(&store, 0).await;
    }
    assert_eq!(home.files("documents").len(), 1);
    let own = super::fixture::publish(&store, id(2), b"own", &Sharing::Nobody).await;
    let body = super::fixture::write(&store, b"own").await.body;
    let kept = Commit::new(record(Action::Keep, 4)).with(Change::CopyKept { manifest: &own, body });
    assert!(matches!(store.commit(kept).await, Err(StoreError::Commit(CommitError::Moved))));
    assert_eq!(store.entry(here(), id(2)).unwrap().unwrap().kind, Kind::Own);
}

#[tokio::test]
async fn the_disk_keeps_room_for_what_is_coming() {
    let home = Home::new();
    let (store, _) = home.open();
    let theirs = Theirs::new(5 * MIB);
    theirs.begin(&store, 1).await;
    let (path, _) = home.files("documents").into_iter().next().unwrap();
    let file = fs::metadata(path).unwrap();
    assert!(file.len() < 2 * 1024 * 1024, "{}", file.len());
    assert!(file.blocks() * 512 > 5 * 1024 * 1024, "{}", file.blocks());
    theirs.finish(&store, 1).await;
}
