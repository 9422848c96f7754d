//! The log: every own statement is in it, a head is given out only when the disk agrees, and a start finds it again.

use std::fs;
use std::time::Duration;

use budstikke_protocol::access::record::Action;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::DocumentId;
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::tree::{
    prove_consistency, prove_inclusion, root_of, verify_consistency, verify_inclusion,
};
use tokio::time::timeout;

use super::fixture::{
    Home, asker, bytes, erase, here, id, manifest, publish, record, sharing, withdrawal, write,
};
use crate::store::packing::unpack;
use crate::store::{About, Change, Commit, Head, Store, Written};

/// Makes a head, and waits until it is given out.
pub(crate) async fn checkpoint(store: &Store, time_ms: u64) -> Head {
    let mut head = store.log().head();
    store.log().checkpoint(time_ms).await.unwrap();
    let given = head.wait_for(|head| head.is_some_and(|head| head.time_ms == time_ms));
    let given = timeout(Duration::from_secs(20), given).await.expect("a head is given out");
    let given = given.unwrap();
    given.unwrap()
}

/// Many changes of the sharing of one document: an entry each.
pub(crate) async fn share_often(
    store: &Store,
    document: DocumentId,
    sequences: std::ops::Range<u64>,
) {
    let changes: Vec<_> = sequences.map(|n| sharing(document, n, Sharing::Nobody)).collect();
    for change in &changes {
        let commit = Commit::new(record(Action::Share, 1)).with(Change::SharingChanged(change));
        store.commit(commit).await.unwrap();
    }
}

/// Whether the log of the store proves each of its entries, and that it goes on from each of its beginnings.
pub(crate) fn proves_itself(store: &Store, head: &Head) {
    let reader = store.log().reader();
    assert_eq!(root_of(&reader, head.size).unwrap(), head.root);
    for index in 0..head.size {
        let leaf = Entry::parse(&reader.entry(index).unwrap()).unwrap().leaf_hash();
        let proof = prove_inclusion(&reader, index, head.size).unwrap();
        verify_inclusion(&leaf, index, &proof, &head.tree()).unwrap();
    }
    for size in [1, 255, 256, 257, head.size] {
        let (Some(size), old) = (Some(size).filter(|size| *size <= head.size), size) else {
            continue;
        };
        let old = budstikke_protocol::log::tree::TreeHead {
            size: old,
            root: root_of(&reader, old).unwrap(),
        };
        let proof = prove_consistency(&reader, size, head.size).unwrap();
        verify_consistency(&old, &proof, &head.tree()).unwrap();
    }
}

#[tokio::test]
async fn every_own_statement_is_a_record_and_nothing_else_is() {
    let home = Home::new();
    let (store, _) = home.open();
    assert_eq!(*store.log().head().borrow(), None);
    let published = publish(&store, id(1), b"one", &Sharing::Nobody).await;
    let shared = sharing(id(1), 1, Sharing::Federation);
    let commit = Commit::new(record(Action::Share, 1)).with(Change::SharingChanged(&shared));
    store.commit(commit).await.unwrap();
    let Written { content, body } = write(&store, b"a copy").await;
    let theirs = manifest(asker(), id(2), &content, &Sharing::Federation);
    let kept = Change::CopyKept { manifest: &theirs, body };
    store.commit(Commit::new(record(Action::Keep, 3)).with(kept)).await.unwrap();
    store.commit(Commit::new(record(Action::Read, 4))).await.unwrap();
    let end = withdrawal(id(1));
    let commit = Commit::new(record(Action::Withdraw, 2)).with(Change::Withdrawn(&end));
    store.commit(commit).await.unwrap();

    let head = checkpoint(&store, 5_000).await;
    assert_eq!(head.size, 4, "three records and the state");
    let records = store.log().records(here(), id(1)).unwrap();
    let about: Vec<_> = records.iter().map(|record| (record.index, record.about)).collect();
    assert_eq!(about, [(0, About::Manifest), (1, About::Sharing), (2, About::Withdrawal)]);
    let digests = [published.digest(), shared.digest(), end.digest()];
    let reader = store.log().reader();
    for (record, digest) in records.iter().zip(digests) {
        assert_eq!(record.statement, digest);
        assert!(record.commitment.is_to(digest, &record.salt));
        let entry = Entry::parse(&reader.entry(record.index).unwrap()).unwrap();
        assert_eq!(entry, Entry::Record(record.commitment));
    }
    let Entry::State(state) = Entry::parse(&reader.entry(3).unwrap()).unwrap() else { panic!() };
    assert_eq!((state.time_ms, state.record_count, state.epoch), (5_000, 3, 1));
    assert!(store.log().records(asker(), id(2)).unwrap().is_empty());
    proves_itself(&store, &head);
}

#[tokio::test]
async fn a_head_is_made_only_when_there_is_something_new() {
    let home = Home::new();
    let (store, _) = home.open();
    // That nothing stands in the log is signed too, once.
    let first = checkpoint(&store, 1).await;
    assert_eq!((first.size, first.index.map_count), (1, 0));
    store.log().checkpoint(1).await.unwrap();
    assert_eq!(*store.log().head().borrow(), Some(first));
    publish(&store, id(1), b"one", &Sharing::Nobody).await;
    let head = checkpoint(&store, 2).await;
    store.log().checkpoint(3).await.unwrap();
    store.commit(Commit::new(record(Action::Read, 4))).await.unwrap();
    store.log().checkpoint(4).await.unwrap();
    assert_eq!(*store.log().head().borrow(), Some(head));
}

#[tokio::test]
async fn the_log_is_found_again_at_every_size() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), b"one", &Sharing::Nobody).await;
    store.close().await.unwrap();
    let (mut sequence, mut time) = (1, 0);
    for more in [0, 1, 100, 150, 2, 1, 256, 300] {
        let (store, report) = home.open();
        assert!(report.lines().is_empty(), "{:?}", report.lines());
        share_often(&store, id(1), sequence..sequence + more).await;
        (sequence, time) = (sequence + more, time + 1);
        let head = checkpoint(&store, time).await;
        // Two entries that no head has yet.
        share_often(&store, id(1), sequence..sequence + 2).await;
        sequence += 2;
        proves_itself(&store, &head);
        store.close().await.unwrap();
        let (store, report) = home.open();
        assert!(report.lines().is_empty(), "{:?}", report.lines());
        assert_eq!(*store.log().head().borrow(), Some(head));
        assert_eq!(*store.log().entries().borrow(), head.size + 2);
        proves_itself(&store, &head);
        store.close().await.unwrap();
    }
    assert_eq!(home.files("tiles").len(), 2 * 3);
}

#[tokio::test]
async fn tiles_that_a_crash_came_before_are_written_from_the_rows() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), b"one", &Sharing::Nobody).await;
    share_often(&store, id(1), 1..300).await;
    let head = checkpoint(&store, 1).await;
    share_often(&store, id(1), 300..600).await;
    store.close().await.unwrap();
    let whole = home.files("tiles");
    assert_eq!(whole.len(), 4);
    for gone in [vec!["000", "001"], vec!["001"]] {
        for name in gone {
            for kind in ["0", "entries"] {
                drop(fs::remove_file(home.path("tiles/tile").join(kind).join(name)));
            }
        }
        let (store, report) = home.open();
        assert!(report.lines().is_empty(), "{:?}", report.lines());
        assert_eq!(*store.log().head().borrow(), Some(head));
        proves_itself(&store, &head);
        store.close().await.unwrap();
        assert_eq!(home.files("tiles"), whole);
    }
}

#[tokio::test]
async fn rows_go_when_their_entries_stand_in_tiles() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), b"one", &Sharing::Nobody).await;
    share_often(&store, id(1), 1..600).await;
    store.close().await.unwrap();
    let (store, _) = home.open();
    share_often(&store, id(1), 600..601).await;
    let index = store.0.index.get().unwrap();
    let prefix = crate::store::index::tables::Table::Leaf.key(&[]);
    assert_eq!(index.ascending(prefix, None).count(), 601 - 512);
}

#[tokio::test]
async fn an_index_that_is_built_anew_has_the_same_log() {
    let home = Home::new();
    let (store, _) = home.open();
    for number in 1..=3 {
        publish(&store, id(number), &bytes(100), &Sharing::Nobody).await;
    }
    share_often(&store, id(2), 1..300).await;
    let head = checkpoint(&store, 9).await;
    share_often(&store, id(3), 1..3).await;
    let records = |store: &Store| {
        let records = store.log().records(here(), id(3)).unwrap();
        records.iter().map(|r| (r.index, r.commitment)).collect::<Vec<_>>()
    };
    let before = records(&store);
    assert_eq!(before.len(), 3);
    store.close().await.unwrap();
    for remove in [&["db"][..], &["tiles"], &["db", "tiles"]] {
        for folder in remove {
            fs::remove_dir_all(home.path(folder)).unwrap();
        }
        let (store, report) = home.open();
        assert_eq!(report.rebuilt.is_some(), remove.contains(&"db"), "{report:?}");
        assert_eq!(report.stopped(), None);
        assert_eq!(*store.log().head().borrow(), Some(head), "{remove:?}");
        assert_eq!(records(&store), before);
        proves_itself(&store, &head);
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn an_erasure_takes_the_salts_and_leaves_the_leaves() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), b"one", &Sharing::Nobody).await;
    publish(&store, id(2), b"two", &Sharing::Nobody).await;
    share_often(&store, id(1), 1..3).await;
    let head = checkpoint(&store, 1).await;
    let salts: Vec<[u8; 32]> = {
        let records = store.log().records(here(), id(1)).unwrap();
        records.iter().map(|record| *record.salt.bytes()).collect()
    };
    let leaves = |store: &Store, end| -> Vec<Vec<u8>> {
        (0..end).map(|index| store.log().reader().entry(index).unwrap()).collect()
    };
    let before = leaves(&store, head.size);
    erase(&store, id(1)).await.unwrap();
    store.finish_erasures().await.unwrap();
    let later = checkpoint(&store, 2).await;
    assert_eq!(later.size, head.size + 2);
    let records = store.log().records(here(), id(1)).unwrap();
    let [erasure] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!((erasure.index, erasure.about), (head.size, About::Erasure));
    let entry = Entry::parse(&store.log().reader().entry(erasure.index).unwrap()).unwrap();
    assert_eq!(entry, Entry::Erase(erasure.commitment));
    assert_eq!(store.log().records(here(), id(2)).unwrap().len(), 1);
    store.close().await.unwrap();

    // No frame holds a salt any more, and the log is made of what is left.
    for folder in ["db", "tiles"] {
        drop(fs::remove_dir_all(home.path(folder)));
    }
    let (store, report) = home.open();
    assert_eq!(report.stopped(), None);
    assert_eq!(leaves(&store, head.size), before);
    assert_eq!(*store.log().head().borrow(), Some(later));
    let kept = every_commit(&store);
    for salt in salts {
        assert!(!kept.windows(32).any(|part| part == salt), "a salt is left");
    }
}

/// The bytes of every commit in the journal, one behind the other.
fn every_commit(store: &Store) -> Vec<u8> {
    let mut all = Vec::new();
    for number in store.0.journal.numbers().unwrap() {
        let segment = fs::read(store.0.journal.path(number)).unwrap();
        let survey = crate::store::journal::survey::Survey::of(&segment);
        for (offset, _) in survey.frames {
            let at = crate::store::journal::frame::Position { segment: number, offset };
            all.extend_from_slice(&unpack(&store.0.journal.commit(at).unwrap()).unwrap());
        }
    }
    all
}

#[tokio::test]
async fn a_commit_that_could_not_be_written_has_no_entry() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), b"one", &Sharing::Nobody).await;
    checkpoint(&store, 1).await;
    store.close().await.unwrap();
    let (store, _) = home.open();
    // The disk takes no new segment.
    let journal = home.path("journal");
    fs::rename(&journal, home.path("away")).unwrap();
    let change = sharing(id(1), 1, Sharing::Federation);
    let share = || Commit::new(record(Action::Share, 1)).with(Change::SharingChanged(&change));
    store.commit(share()).await.unwrap_err();
    store.log().checkpoint(2).await.unwrap_err();
    fs::rename(home.path("away"), &journal).unwrap();
    store.commit(share()).await.unwrap();
    let head = checkpoint(&store, 3).await;
    assert_eq!(head.size, 4, "two records and two states");
    proves_itself(&store, &head);
    store.close().await.unwrap();
    let (store, report) = home.open();
    assert_eq!((report.stopped(), *store.log().head().borrow()), (None, Some(head)));
}

#[tokio::test]
async fn a_head_that_a_crash_has_torn_was_never_given_out_and_is_made_again() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), b"one", &Sharing::Nobody).await;
    let first = checkpoint(&store, 1).await;
    store.close().await.unwrap();
    let (store, _) = home.open();
    share_often(&store, id(1), 1..3).await;
    let before = fs::metadata(home.segment()).unwrap().len();
    let second = checkpoint(&store, 2).await;
    store.close().await.unwrap();
    let whole = fs::metadata(home.segment()).unwrap().len();
    let (segment, bytes) = (home.segment(), fs::read(home.segment()).unwrap());
    for end in before..whole {
        fs::remove_dir_all(home.path("db")).unwrap();
        let end = usize::try_from(end).unwrap();
        fs::write(&segment, &bytes[..end]).unwrap();
        let (store, report) = home.open();
        assert_eq!(report.stopped(), None);
        assert_eq!(*store.log().head().borrow(), Some(first));
        if end % 16 == 0 {
            let again = checkpoint(&store, 2).await;
            assert_eq!(again, second, "the same entries, so the same root");
        }
        store.close().await.unwrap();
        for (path, _) in home.files("journal").into_iter().filter(|(path, _)| *path > segment) {
            fs::remove_file(path).unwrap();
        }
    }
}
