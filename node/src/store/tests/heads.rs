//! What is learnt of logs is durable, and decided in one step with what was known.

use std::fs;

use budstikke_keys::secret::SecretKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::log::checkpoint::{Checkpoint, SignedCheckpoint};
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::tree::{TreeHash, TreeHead};
use zeroize::Zeroizing;

use super::fixture::Home;
use crate::store::{CommitError, HeadNews, Store};

fn origin() -> Origin {
    "test.budstikke/983974910".parse().unwrap()
}

fn signed(size: u64, history: u8) -> SignedCheckpoint {
    let head = TreeHead { size, root: TreeHash::from_bytes([history; 32]) };
    let key = SecretKey::from_seed(Zeroizing::new([7; 32]));
    Checkpoint { origin: origin(), head }.sign(&key)
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds).unwrap()
}

async fn cosign(
    store: &Store,
    checkpoint: &SignedCheckpoint,
    over: Option<&SignedCheckpoint>,
) -> Result<(), CommitError> {
    let over = over.map(|over| *over.head());
    store.heads().learn(HeadNews::Cosigned { checkpoint, over, time: time(5) }).await
}

fn cosigned(store: &Store) -> Option<TreeHead> {
    store.heads().log(&origin()).unwrap().cosigned.map(|known| known.head)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_requests_from_one_state_one_succeeds() {
    let home = Home::new();
    let (store, _) = home.open();
    let (one, other) = (signed(5, 1), signed(5, 2));
    let (first, second) = tokio::join!(cosign(&store, &one, None), cosign(&store, &other, None));
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    let kept = if first.is_ok() { &one } else { &other };
    assert_eq!(cosigned(&store), Some(*kept.head()));
    assert!(matches!(cosign(&store, &signed(6, 3), None).await, Err(CommitError::Moved)));
    cosign(&store, &signed(6, 3), Some(kept)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_learnt_is_there_after_a_restart_and_after_the_index_was_lost() {
    let home = Home::new();
    let (store, _) = home.open();
    let (one, two, three) = (signed(5, 1), signed(7, 2), signed(9, 3));
    cosign(&store, &one, None).await.unwrap();
    cosign(&store, &two, Some(&one)).await.unwrap();
    let seen = HeadNews::Seen { checkpoint: &three, over: Some(*two.head()), time: time(6) };
    store.heads().learn(seen).await.unwrap();
    for checkpoint in [&one, &two, &three] {
        let news = HeadNews::Witnessed { checkpoint, time: time(7) };
        store.heads().learn(news).await.unwrap();
    }
    let known = store.heads().log(&origin()).unwrap();
    assert_eq!(known.cosigned.unwrap().head, *two.head());
    assert_eq!(known.seen.unwrap().head, *three.head());
    store.close().await.unwrap();
    for is_index_lost in [false, true] {
        if is_index_lost {
            fs::remove_dir_all(home.path("db")).unwrap();
        }
        let (store, report) = home.open();
        assert!(report.is_whole(), "{report:?}");
        let heads = store.heads();
        assert_eq!(heads.logs().unwrap(), std::slice::from_ref(&known));
        assert_eq!(heads.cosigned(&origin()).unwrap().as_ref(), Some(two.note()));
        assert_eq!(heads.seen(&origin()).unwrap().as_ref(), Some(three.note()));
        assert_eq!(heads.newest_witnessed().unwrap().as_ref(), Some(three.note()));
        // The earliest that holds the entry with that index.
        for (entry, expected) in [(0, Some(&one)), (4, Some(&one)), (5, Some(&two)), (9, None)] {
            let found = heads.witnessed_with(entry).unwrap();
            assert_eq!(found.as_ref(), expected.map(SignedCheckpoint::note), "entry {entry}");
        }
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_ends_the_cosigning_and_is_never_forgotten() {
    let home = Home::new();
    let (store, _) = home.open();
    let (one, origin) = (signed(5, 1), origin());
    cosign(&store, &one, None).await.unwrap();
    for (proof, at) in [("first", 8), ("second", 9)] {
        let (origin, proof, time) = (&origin, proof.to_owned(), time(at));
        store.heads().learn(HeadNews::Forked { origin, proof, time }).await.unwrap();
    }
    assert!(matches!(cosign(&store, &signed(6, 1), Some(&one)).await, Err(CommitError::Moved)));
    store.close().await.unwrap();
    let (store, _) = home.open();
    assert_eq!(store.heads().fork(&origin).unwrap().as_deref(), Some("first"));
    assert_eq!(store.heads().log(&origin).unwrap().forked, Some(time(8)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accusation_stands_until_it_is_answered() {
    let home = Home::new();
    let (store, _) = home.open();
    let origin = origin();
    for (accusation, at) in [("first", 8), ("second", 9)] {
        let (origin, accusation, time) = (&origin, accusation.to_owned(), time(at));
        store.heads().learn(HeadNews::Accused { origin, accusation, time }).await.unwrap();
    }
    assert_eq!(store.heads().log(&origin).unwrap().accused, Some(time(8)));
    assert_eq!(store.heads().accusation(&origin).unwrap().as_deref(), Some("first"));
    store.heads().learn(HeadNews::Cleared { origin: &origin, time: time(10) }).await.unwrap();
    assert_eq!(store.heads().log(&origin).unwrap().accused, None);
    assert_eq!(store.heads().accusation(&origin).unwrap(), None);
}
