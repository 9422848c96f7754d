//! What is committed is there, in the right lists, before and after a restart.

use budstikke_protocol::access::record::Action;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::Nonce;
use budstikke_protocol::limits::NONCE_KEPT;
use futures::future::join_all;

use super::fixture::{
    Home, OTHER_PATIENT, PATIENT, asker, bytes, here, id, ids, list_permit, manifest, publish,
    read, record, shared_with, sharing, withdrawal, write,
};
use crate::store::{Change, Commit, CommitError, Kind, Store, StoreError, Written};

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let home = Home::new();
    let (store, report) = home.open();
    assert!(report.is_whole() && report.rebuilt.is_none() && report.replayed == 0);
    let signed = publish(&store, id(1), &bytes(1000), &shared_with(&[asker()])).await;
    let change = sharing(id(1), 1, Sharing::Federation);
    let commit = Commit::new(record(Action::Share, 1)).with(Change::SharingChanged(&change));
    store.commit(commit).await.unwrap();
    let end = withdrawal(id(1));
    store
        .commit(Commit::new(record(Action::Withdraw, 2)).with(Change::Withdrawn(&end)))
        .await
        .unwrap();
    store.close().await.unwrap();

    let (store, report) = home.open();
    assert!(report.is_whole() && report.rebuilt.is_none() && report.replayed == 0, "{report:?}");
    let entry = store.entry(here(), id(1)).unwrap().unwrap();
    assert_eq!(entry.manifest.compact(), signed.compact());
    assert_eq!(
        (entry.kind, &entry.sharing, entry.sharing_sequence),
        (Kind::Own, &Sharing::Federation, 1)
    );
    assert_eq!(entry.sharing_statement.as_deref(), Some(change.compact()));
    assert_eq!(entry.withdrawal.as_deref(), Some(end.compact()));
    assert_eq!(read(&store, &entry).await.unwrap(), bytes(1000));
    let actions: Vec<_> =
        store.accesses(None, 10).unwrap().found.iter().map(|record| record.action).collect();
    assert_eq!(actions, [Action::Withdraw, Action::Share, Action::Publish]);
    assert!(
        store.entry(asker(), id(1)).unwrap().is_none()
            && store.entry(here(), id(2)).unwrap().is_none()
    );
}

#[tokio::test]
async fn concurrent_commits_share_syncs() {
    let home = Home::new();
    let (store, _) = home.open();
    // A writer that is busy with the first finds the others waiting.
    join_all((0..64).map(|second| store.commit(Commit::new(record(Action::List, second))))).await;
    assert_eq!(store.accesses(None, 100).unwrap().found.len(), 64);
    assert!((1..=16).contains(&store.syncs()), "{} syncs for 64 commits", store.syncs());
}

#[tokio::test]
async fn sharing_and_withdrawal_move_what_others_may_list() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), b"one", &shared_with(&[asker()])).await;
    publish(&store, id(2), b"two", &Sharing::Nobody).await;
    publish(&store, id(3), b"three", &Sharing::Federation).await;
    assert_eq!(listed(&store), [id(1)]);
    share(&store, id(2), 1, shared_with(&[asker(), here()])).await.unwrap();
    share(&store, id(3), 1, shared_with(&[asker()])).await.unwrap();
    assert_eq!(listed(&store), [id(1), id(2), id(3)]);
    share(&store, id(1), 1, Sharing::Federation).await.unwrap();
    share(&store, id(2), 2, shared_with(&[here()])).await.unwrap();
    assert_eq!(listed(&store), [id(3)]);
    let end = withdrawal(id(3));
    store
        .commit(Commit::new(record(Action::Withdraw, 9)).with(Change::Withdrawn(&end)))
        .await
        .unwrap();
    assert!(listed(&store).is_empty());
}

#[tokio::test]
async fn what_was_decided_on_an_earlier_state_is_refused_and_leaves_no_trace() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), b"one", &Sharing::Nobody).await;
    share(&store, id(1), 1, shared_with(&[asker()])).await.unwrap();
    let accesses = store.accesses(None, 10).unwrap().found.len();
    for (sequence, sharing) in [(1, Sharing::Nobody), (3, Sharing::Federation)] {
        let refused = share(&store, id(1), sequence, sharing).await;
        assert!(matches!(refused, Err(StoreError::Commit(CommitError::Moved))), "{refused:?}");
    }
    let Written { content, body } = write(&store, b"other").await;
    let other = manifest(here(), id(1), &content, &Sharing::Nobody);
    let commit =
        Commit::new(record(Action::Publish, 5)).with(Change::Published { manifest: &other, body });
    assert!(store.commit(commit).await.is_err());
    assert_eq!(store.accesses(None, 10).unwrap().found.len(), accesses);
    assert_eq!(listed(&store), [id(1)]);
    // Two that were decided on the same state, in one group: exactly one holds.
    let both = tokio::join!(
        share(&store, id(1), 2, Sharing::Nobody),
        share(&store, id(1), 2, Sharing::Federation)
    );
    assert_ne!(both.0.is_ok(), both.1.is_ok());
    assert!(share(&store, id(9), 1, Sharing::Nobody).await.is_err(), "there is no such document");
}

#[tokio::test]
async fn pages_follow_one_another_without_gap() {
    let home = Home::new();
    let (store, _) = home.open();
    for number in [5, 3, 1, 4, 2] {
        publish(&store, id(number), &[number], &shared_with(&[asker()])).await;
    }
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store.entries(&list_permit(here()), after, 2).unwrap();
        all.extend(ids(&page.found));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(all, [id(1), id(2), id(3), id(4), id(5)]);
    let first = store.shared_with(&list_permit(asker()), None, 3).unwrap();
    assert_eq!((ids(&first.found), first.next), (vec![id(1), id(2), id(3)], Some((here(), id(3)))));
    let second = store.shared_with(&list_permit(asker()), Some(id(3)), 3).unwrap();
    assert_eq!((ids(&second.found), second.next), (vec![id(4), id(5)], None));
    let of_patient = store.entries_of(&list_permit(here()), PATIENT).unwrap();
    assert_eq!(of_patient.found.len(), 5);
    assert!(store.entries_of(&list_permit(here()), OTHER_PATIENT).unwrap().found.is_empty());
}

#[tokio::test]
async fn lists_take_the_permit_for_just_that() {
    let home = Home::new();
    let (store, _) = home.open();
    let everything = list_permit(here());
    let shared = list_permit(asker());
    assert!(matches!(store.entries(&shared, None, 1), Err(StoreError::NotPermitted)));
    assert!(matches!(store.entries_of(&shared, PATIENT), Err(StoreError::NotPermitted)));
    assert!(matches!(store.shared_with(&everything, None, 1), Err(StoreError::NotPermitted)));
}

#[tokio::test]
async fn accesses_are_listed_newest_first_and_by_patient() {
    let home = Home::new();
    let (store, _) = home.open();
    let signed = publish(&store, id(1), b"one", &Sharing::Nobody).await;
    // Committed out of order, as the clock may be set back.
    for seconds in [30, 10, 20] {
        store.commit(Commit::new(record(Action::List, seconds))).await.unwrap();
    }
    let look = record(Action::Read, 25).of(signed.statement());
    store.commit(Commit::new(look.clone())).await.unwrap();
    let times: Vec<_> = store.accesses(None, 4).unwrap().found.iter().map(|r| r.time).collect();
    assert_eq!(times, [30, 25, 20, 10].map(super::fixture::time));
    let of_patient = store.accesses(Some(PATIENT), 10).unwrap().found;
    assert_eq!(
        of_patient.iter().map(|r| r.action).collect::<Vec<_>>(),
        [Action::Read, Action::Publish]
    );
    assert_eq!(of_patient.first(), Some(&look));
    assert!(store.accesses(Some(OTHER_PATIENT), 10).unwrap().found.is_empty());
}

#[tokio::test]
async fn nonces_are_kept_across_a_restart_and_forgotten_in_the_end() {
    let home = Home::new();
    let (store, _) = home.open();
    let nonce = |number| Nonce::from_bytes([number; 16]);
    let ask = |number, seconds| {
        Commit::new(record(Action::List, seconds).asked_by("a question", nonce(number)))
    };
    store.commit(ask(1, 0)).await.unwrap();
    store.commit(ask(2, 1)).await.unwrap();
    store.close().await.unwrap();
    let (store, _) = home.open();
    let mut kept = store.nonces().unwrap();
    kept.sort();
    assert_eq!(kept, [(nonce(1), super::fixture::time(0)), (nonce(2), super::fixture::time(1))]);
    let later = i64::try_from(NONCE_KEPT.as_secs()).unwrap() * 2 + 1;
    store.commit(ask(3, later)).await.unwrap();
    let mut kept: Vec<_> = store.nonces().unwrap().into_iter().map(|(nonce, _)| nonce).collect();
    kept.sort();
    assert_eq!(kept, [nonce(2), nonce(3)]);
}

#[tokio::test]
async fn a_commit_that_no_frame_holds_is_refused() {
    let home = Home::new();
    let (store, _) = home.open();
    let question = "x".repeat(2 * 1024 * 1024);
    let record = record(Action::List, 0).asked_by(&question, Nonce::from_bytes([0; 16]));
    let refused = store.commit(Commit::new(record)).await;
    assert!(matches!(refused, Err(StoreError::Commit(CommitError::TooLarge))), "{refused:?}");
    publish(&store, id(1), b"the next one", &Sharing::Nobody).await;
}

#[tokio::test]
async fn a_closed_store_takes_no_commit() {
    let home = Home::new();
    let (store, _) = home.open();
    store.clone().close().await.unwrap();
    let refused = store.commit(Commit::new(record(Action::List, 0))).await;
    assert!(matches!(refused, Err(StoreError::Commit(CommitError::Closed))));
}

#[tokio::test]
async fn a_store_that_takes_no_commit_writes_no_segment() {
    let home = Home::new();
    let (store, _) = home.open();
    store.close().await.unwrap();
    assert!(home.files("journal").is_empty());
}

#[tokio::test]
async fn a_store_is_open_once() {
    let home = Home::new();
    let (store, _) = home.open();
    assert!(matches!(home.try_open(1), Err(StoreError::InUse(_))));
    drop(store);
    home.open();
}

async fn share(
    store: &Store,
    document: budstikke_protocol::ids::DocumentId,
    sequence: u64,
    to: Sharing,
) -> Result<(), StoreError> {
    let change = sharing(document, sequence, to);
    store.commit(Commit::new(record(Action::Share, 5)).with(Change::SharingChanged(&change))).await
}

fn listed(store: &Store) -> Vec<budstikke_protocol::ids::DocumentId> {
    let page = store.shared_with(&list_permit(asker()), None, 100).unwrap();
    assert!(page.damaged.is_empty());
    ids(&page.found)
}
