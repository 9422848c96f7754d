//! An index that is lost or damaged is built anew, and answers the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::{DocumentId, Nonce};
use futures::future::join_all;

use super::fixture::{
    Home, PATIENT, asker, bytes, erase, erasure, here, id, ids, list_permit, manifest, publish,
    read, record, shared_with, sharing, withdrawal, write,
};
use crate::store::{Change, Commit, Store, Written};

/// A store with something of everything, and so little that each table is one bundle: of a split the later part is written first, which
/// [`cuts`] does not follow.
async fn filled(home: &Home) -> Vec<String> {
    let (store, _) = home.open();
    for number in 1..=16 {
        publish(&store, id(number), &bytes(100), &shared_with(&[asker()])).await;
    }
    let change = sharing(id(3), 1, Sharing::Nobody);
    let commit = Commit::new(record(Action::Share, 1)).with(Change::SharingChanged(&change));
    store.commit(commit).await.unwrap();
    let end = withdrawal(id(4));
    store
        .commit(Commit::new(record(Action::Withdraw, 2)).with(Change::Withdrawn(&end)))
        .await
        .unwrap();
    let answers = answers(&store).await;
    store.close().await.unwrap();
    answers
}

/// What the store answers to everything that can be asked of the index.
async fn answers(store: &Store) -> Vec<String> {
    let everything = store.entries(&list_permit(here()), None, 100).unwrap();
    let mut answers: Vec<_> =
        everything.found.iter().map(|e| e.manifest.compact().to_owned()).collect();
    let shared = store.shared_with(&list_permit(asker()), None, 100).unwrap();
    answers.extend(ids(&shared.found).iter().map(ToString::to_string));
    let of_patient = store.entries_of(&list_permit(here()), PATIENT).unwrap();
    answers.extend(ids(&of_patient.found).iter().map(ToString::to_string));
    for record in store.accesses(None, 100).unwrap().found {
        answers.push(serde_json::to_string(&record).unwrap());
    }
    for record in store.accesses(Some(PATIENT), 100).unwrap().found {
        answers.push(serde_json::to_string(&record).unwrap());
    }
    for entry in &everything.found {
        assert_eq!(read(store, entry).await.unwrap(), bytes(100));
        answers.push(format!(
            "{:?}",
            (entry.sharing_sequence, &entry.sharing, entry.withdrawal.is_some())
        ));
    }
    answers
}

async fn is_rebuilt(home: &Home, before: &[String]) {
    let (store, report) = home.open();
    assert!(report.is_whole() && report.rebuilt.is_some(), "{report:?}");
    assert_eq!(report.replayed, 18);
    assert_eq!(answers(&store).await, before);
    store.close().await.unwrap();
    assert!(home.open().1.rebuilt.is_none());
}

#[tokio::test]
async fn a_deleted_index_is_built_anew() {
    let home = Home::new();
    let before = filled(&home).await;
    fs::remove_dir_all(home.path("db")).unwrap();
    is_rebuilt(&home, &before).await;
}

#[tokio::test]
async fn an_index_of_garbage_is_built_anew() {
    let home = Home::new();
    let before = filled(&home).await;
    for (path, bytes_before) in home.files("db") {
        fs::write(path, bytes(bytes_before.len())).unwrap();
    }
    is_rebuilt(&home, &before).await;
    assert!(home.path("db.broken-1").exists());
}

#[tokio::test]
async fn every_single_file_of_the_index_may_be_garbage_or_gone() {
    let home = Home::new();
    let before = filled(&home).await;
    let names: Vec<_> = home.files("db").into_keys().collect();
    for name in names {
        for spoil in [garbage, emptied, gone, cut_short] {
            spoil(&name);
            let (store, report) = home.open();
            assert!(report.is_whole());
            assert_eq!(answers(&store).await, before, "{}: {:?}", name.display(), report.rebuilt);
            store.close().await.unwrap();
        }
    }
    let broken = fs::read_dir(home.path(".")).unwrap();
    let broken = broken
        .filter(|e| e.as_ref().unwrap().file_name().to_str().unwrap().starts_with("db.broken"))
        .count();
    assert!(broken <= 1);
}

fn garbage(path: &Path) {
    if path.exists() {
        let len = fs::metadata(path).unwrap().len();
        fs::write(path, bytes(len.try_into().unwrap())).unwrap();
    }
}

fn emptied(path: &Path) {
    fs::write(path, []).unwrap();
}

fn gone(path: &Path) {
    if path.exists() {
        fs::remove_file(path).unwrap();
    }
}

fn cut_short(path: &Path) {
    if path.exists() {
        let len = fs::metadata(path).unwrap().len();
        fs::File::options().write(true).open(path).unwrap().set_len(len / 2).unwrap();
    }
}

#[tokio::test]
async fn an_index_of_another_journal_is_built_anew() {
    let home = Home::new();
    let before = filled(&home).await;
    let other = Home::new();
    filled(&other).await;
    let (store, _) = other.open();
    store.commit(Commit::new(record(Action::List, 9))).await.unwrap();
    store.close().await.unwrap();
    fs::remove_dir_all(home.path("db")).unwrap();
    fs::rename(other.path("db"), home.path("db")).unwrap();
    // It went further: for all that anybody knows, a segment is lost.
    for is_rebuilt in [true, false] {
        let (store, report) = home.open();
        assert_eq!(
            (report.missing.as_slice(), report.rebuilt.is_some()),
            (&[2..=2][..], is_rebuilt)
        );
        assert_eq!(answers(&store).await, before);
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn an_index_of_an_older_version_is_built_anew() {
    let home = Home::new();
    let before = filled(&home).await;
    let db = open_db(&home);
    db.clear().unwrap();
    // As version 1 wrote it: each row by itself.
    let applied = [b"\xa1gversion\x01".as_slice()].concat();
    db.insert(b"z", applied).unwrap();
    db.insert([b"x".as_slice(), &[7; 25]].concat(), vec![7; 100]).unwrap();
    db.flush().unwrap();
    drop(db);
    is_rebuilt(&home, &before).await;
}

#[tokio::test]
async fn rows_are_found_wherever_they_are() {
    let home = Home::new();
    let (store, _) = home.open();
    // So many that some wait in memory, and the others stand in more than one bundle.
    let documents: Vec<_> = (0..3000).map(|n| DocumentId::from_parts(n, [7; 10])).collect();
    let (body, sharing) = (bytes(10), shared_with(&[asker()]));
    for some in documents.chunks(100) {
        let publish = |id| publish(&store, id, &body, &sharing);
        join_all(some.iter().copied().map(publish)).await;
    }
    let mut store = Some(store);
    for _ in 0..2 {
        let store = store.take().unwrap_or_else(|| home.open().0);
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.entries(&list_permit(here()), after, 700).unwrap();
            found.extend(ids(&page.found));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, documents);
        let shared = store.shared_with(&list_permit(asker()), None, 5000).unwrap();
        assert_eq!(ids(&shared.found), documents);
        assert_eq!(store.accesses(Some(PATIENT), 5000).unwrap().found.len(), 3000);
        assert_eq!(store.accesses(None, 2).unwrap().found.len(), 2);
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn an_index_that_is_behind_catches_up() {
    let home = Home::new();
    filled(&home).await;
    let copy = home.files("db");
    let (store, _) = home.open();
    publish(&store, id(30), b"later", &Sharing::Nobody).await;
    let before = answers_but_bytes(&store);
    store.close().await.unwrap();
    fs::remove_dir_all(home.path("db")).unwrap();
    for (path, bytes) in copy {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let (store, report) = home.open();
    assert!(report.is_whole() && report.rebuilt.is_none() && report.replayed == 1, "{report:?}");
    assert_eq!(answers_but_bytes(&store), before);
}

fn answers_but_bytes(store: &Store) -> Vec<String> {
    let everything = store.entries(&list_permit(here()), None, 100).unwrap();
    let accesses = store.accesses(None, 100).unwrap().found;
    let manifests = everything.found.iter().map(|e| e.manifest.compact().to_owned());
    manifests.chain(accesses.iter().map(|record| serde_json::to_string(record).unwrap())).collect()
}

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// sled lets go of its lock a moment after its last handle is gone.
fn open_db(home: &Home) -> sled::Db {
    let deadline = Instant::now().checked_add(Duration::from_secs(20)).unwrap();
    loop {
        match sled::open(home.path("db")) {
            Ok(db) => return db,
            Err(error)
                if error.to_string().contains("acquire lock") && Instant::now() < deadline =>
            {
                thread::yield_now();
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn rows(home: &Home) -> Rows {
    let db = open_db(home);
    db.iter().map(|row| row.map(|(key, value)| (key.to_vec(), value.to_vec())).unwrap()).collect()
}

fn put_rows(home: &Home, rows: &Rows) {
    fs::remove_dir_all(home.path("db")).unwrap();
    let db = open_db(home);
    for (key, value) in rows {
        db.insert(key, value.as_slice()).unwrap();
    }
    db.flush().unwrap();
}

#[tokio::test]
async fn an_index_that_a_crash_left_between_two_rows_catches_up() {
    let home = Home::new();
    filled(&home).await;
    let (share, unshare) =
        (sharing(id(2), 1, Sharing::Nobody), sharing(id(3), 2, shared_with(&[asker()])));
    let end = withdrawal(id(5));
    let (third, fifth) = (erasure(id(3), None), erasure(id(5), None));
    let (store, _) = home.open();
    let Written { content, body } = write(&store, b"a copy").await;
    let theirs = manifest(asker(), id(1), &content, &Sharing::Federation);
    let fetch = store.new_fetch(&theirs).unwrap();
    let second = manifest(asker(), id(2), &content, &Sharing::Federation);
    let second = store.new_fetch(&second).unwrap();
    store.close().await.unwrap();
    let Written { content, body: new } = {
        let (store, _) = home.open();
        write(&store, b"a new one").await
    };
    let published = manifest(here(), id(40), &content, &shared_with(&[asker()]));
    let question = Record::asked_by(
        record(Action::Read, 1000).of(published.statement()),
        "?",
        Nonce::from_bytes([1; 16]),
    );
    let commits = [
        Commit::new(question).with(Change::Published { manifest: &published, body: new }),
        Commit::new(record(Action::Share, 1)).with(Change::SharingChanged(&share)),
        Commit::new(record(Action::Share, 2)).with(Change::SharingChanged(&unshare)),
        Commit::new(record(Action::Withdraw, 3)).with(Change::Withdrawn(&end)),
        Commit::new(record(Action::Fetch, 4)).with(Change::FetchStarted(&fetch)),
        Commit::new(record(Action::Keep, 5)).with(Change::CopyKept { manifest: &theirs, body }),
        Commit::new(record(Action::Erase, 6).of(published.statement()))
            .with(Change::Erased(&third)),
        Commit::new(record(Action::Erase, 7)).with(Change::Erased(&fifth)),
        Commit::new(record(Action::Fetch, 8)).with(Change::FetchStarted(&second)),
        Commit::new(record(Action::Erase, 9))
            .with(Change::CopyErased { custodian: asker(), document: id(2) }),
    ];
    let mut cuts = 0;
    for commit in commits {
        cuts += catches_up_from_every_row(&home, commit).await;
    }
    assert!(cuts > 30, "{cuts}");
}

/// Commits, and opens the index with the first of the rows that this has changed, with the first two, and so on. Gives how
/// many that were.
async fn catches_up_from_every_row(home: &Home, commit: Commit) -> usize {
    let before = rows(home);
    let (store, _) = home.open();
    store.commit(commit).await.unwrap();
    let answers = answers_but_bytes(&store);
    store.close().await.unwrap();
    let after = rows(home);
    let cuts = cuts(&before, &after);
    for cut in &cuts {
        put_rows(home, cut);
        let (store, report) = home.open();
        assert!(report.rebuilt.is_none() && report.is_whole(), "{report:?}");
        assert_eq!(report.replayed, u64::from(*cut != after));
        assert_eq!(answers_but_bytes(&store), answers);
        store.close().await.unwrap();
        assert_eq!(rows(home), after);
    }
    cuts.len()
}

/// The rows with the first of those that have changed, with the first two, and so on.
fn cuts(before: &Rows, after: &Rows) -> Vec<Rows> {
    let keys: BTreeSet<_> = before
        .keys()
        .chain(after.keys())
        .filter(|key| before.get(*key) != after.get(*key))
        .collect();
    let mut cut = before.clone();
    let add = |key: &Vec<u8>| {
        match after.get(key) {
            Some(value) => cut.insert(key.clone(), value.clone()),
            None => cut.remove(key),
        };
        cut.clone()
    };
    keys.into_iter().map(add).collect()
}

#[tokio::test]
async fn an_index_that_does_not_know_of_finished_erasures_catches_up() {
    let home = Home::new();
    filled(&home).await;
    let before = rows(&home);
    let (store, _) = home.open();
    for number in [50, 51] {
        publish(&store, id(number), &bytes(100_000), &shared_with(&[asker()])).await;
        let change = sharing(id(number), 1, Sharing::Federation);
        let commit = Commit::new(record(Action::Share, 5)).with(Change::SharingChanged(&change));
        store.commit(commit).await.unwrap();
    }
    for number in [3, 4, 50] {
        erase(&store, id(number)).await.unwrap();
        store.finish_erasures().await.unwrap();
    }
    let answers = answers_but_bytes(&store);
    store.close().await.unwrap();
    let after = rows(&home);
    for cut in cuts(&before, &after) {
        put_rows(&home, &cut);
        for _ in 0..2 {
            let (store, report) = home.open();
            assert!(report.rebuilt.is_none() && report.is_whole(), "{report:?}");
            assert_eq!(answers_but_bytes(&store), answers);
            store.finish_erasures().await.unwrap();
            assert!(store.unfinished_erasures().unwrap().is_empty());
            store.close().await.unwrap();
        }
    }
}
