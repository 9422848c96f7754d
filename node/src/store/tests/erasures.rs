//! What is erased is gone from the disk, whatever interrupts it, and takes nothing else along.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::access::record::Action;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::DocumentId;
use data_encoding::BASE64URL_NOPAD;
use futures::future::join_all;
use zeroize::Zeroizing;

use super::fixture::{
    Home, PATIENT, asker, bytes, erase, held, here, id, ids, list_permit, manifest, publish, read,
    read_permit, record, scrubbed, shared_with, sharing, withdrawal, write,
};
use crate::store::journal::Journal;
use crate::store::journal::frame::Position;
use crate::store::journal::survey::Survey;
use crate::store::packing::unpack;
use crate::store::{Change, Commit, CommitError, Store, StoreError, Subtree, Written};

/// Content that is easy to find, also in what is sealed: it is different for each number.
fn content(number: u8, len: usize) -> Vec<u8> {
    bytes(len).into_iter().map(|byte| byte ^ number).collect()
}

/// A store with a small, a large and another small document, each shared anew, and one of them withdrawn.
async fn filled(home: &Home) -> Store {
    let (store, _) = home.open();
    for (number, len) in [(1, 3000), (2, 200_000), (3, 5000)] {
        publish(&store, id(number), &content(number, len), &shared_with(&[asker()])).await;
        let change = sharing(id(number), 1, shared_with(&[asker(), here()]));
        let commit = Commit::new(record(Action::Share, 1)).with(Change::SharingChanged(&change));
        store.commit(commit).await.unwrap();
    }
    let end = withdrawal(id(1));
    let commit = Commit::new(record(Action::Withdraw, 2)).with(Change::Withdrawn(&end));
    store.commit(commit).await.unwrap();
    store
}

/// Everything that the journal says, opened with the storage key, and everything that stands in the files as it is.
fn everything(home: &Home) -> Vec<u8> {
    let storage = SymmetricKey::from_bytes(Zeroizing::new([1; 32]));
    let journal = Journal::open(&home.path("journal"), &storage).unwrap();
    let mut all = Vec::new();
    for segment in journal.numbers().unwrap() {
        let bytes = fs::read(journal.path(segment)).unwrap();
        let survey = Survey::of(&bytes);
        for (offset, _) in &survey.frames {
            all.extend_from_slice(
                &unpack(&journal.commit(Position { segment, offset: *offset }).unwrap()).unwrap(),
            );
        }
    }
    for folder in ["journal", "documents"] {
        home.files(folder).into_values().for_each(|bytes| all.extend(bytes));
    }
    all
}

fn holds(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

/// What must not be left of a document: its key, its statements and its sealed bytes, in the middle of each.
fn parts(home: &Home, store: &Store, number: u8) -> Vec<Vec<u8>> {
    let entry = store.entry(here(), id(number)).unwrap().unwrap();
    let statements = [Some(entry.manifest.compact()), entry.sharing_statement.as_deref()];
    let statements = statements.into_iter().chain([entry.withdrawal.as_deref()]).flatten();
    // Behind the header, which is the same for all.
    let signed = statements.flat_map(|statement| statement.split('.').skip(1));
    let mut parts: Vec<_> =
        signed.map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).collect();
    parts.push(entry.key().bytes().to_vec());
    let size: usize = entry.manifest.claimed().size.try_into().unwrap();
    let segment = fs::read(home.segment()).unwrap();
    let frames = Survey::of(&segment).frames;
    let attached = frames.into_iter().map(|(_, frame)| frame.attachments.to_vec());
    let files = home.files("documents").into_values();
    let sealed: Vec<_> = attached.chain(files).filter(|it| it.len().abs_diff(size) < 100).collect();
    assert_eq!(sealed.len(), 1);
    parts.push(sealed[0][50..150].to_vec());
    parts
}

fn is_gone(home: &Home, parts: &[Vec<u8>]) {
    let all = everything(home);
    for (number, part) in parts.iter().enumerate() {
        assert!(!holds(&all, part), "part {number} is still there");
    }
}

/// What the store tells of the third document, which nobody has erased, and of all accesses.
async fn the_rest(store: &Store) {
    let entry = store.entry(here(), id(3)).unwrap().unwrap();
    assert_eq!(read(store, &entry).await.unwrap(), content(3, 5000));
    assert_eq!(entry.sharing, shared_with(&[asker(), here()]));
    let accesses = store.accesses(Some(PATIENT), 100).unwrap();
    assert!(accesses.damaged.is_empty());
    let of_publishing = accesses.found.iter().filter(|record| record.action == Action::Publish);
    assert_eq!(of_publishing.count(), 3);
}

/// What is answered once the first two documents are erased.
async fn answers(store: &Store) {
    for number in [1, 2] {
        assert!(store.entry(here(), id(number)).unwrap().is_none());
        assert_eq!(store.erased(here(), id(number)).unwrap(), Some(super::fixture::time(7)));
        assert!(store.erasable(here(), id(number)).unwrap().is_none());
    }
    assert_eq!(store.erased(here(), id(3)).unwrap(), None);
    for page in [
        store.entries(&list_permit(here()), None, 10),
        store.entries_of(&list_permit(here()), PATIENT),
        store.shared_with(&list_permit(asker()), None, 10),
    ] {
        let page = page.unwrap();
        assert_eq!((ids(&page.found), page.damaged.len()), (vec![id(3)], 0));
    }
    the_rest(store).await;
}

/// Where each frame of a segment starts and ends.
fn places(segment: &[u8]) -> Vec<(u64, usize)> {
    Survey::of(segment).frames.iter().map(|(offset, frame)| (*offset, frame.bytes())).collect()
}

fn first_segment(home: &Home) -> PathBuf {
    home.path("journal").join("0000000000000001.segment")
}

#[tokio::test]
async fn what_is_erased_is_gone_and_nothing_else() {
    let home = Home::new();
    let store = filled(&home).await;
    let erased: Vec<_> = [1, 2].into_iter().flat_map(|n| parts(&home, &store, n)).collect();
    let others = parts(&home, &store, 3);
    for number in [1, 2] {
        erase(&store, id(number)).await.unwrap();
    }
    let before = fs::read(first_segment(&home)).unwrap();
    assert_eq!(store.unfinished_erasures().unwrap(), [id(1), id(2)]);
    store.finish_erasures().await.unwrap();
    assert!(store.unfinished_erasures().unwrap().is_empty());
    answers(&store).await;
    let after = fs::read(first_segment(&home)).unwrap();
    assert_eq!(places(&before), places(&after));
    assert_ne!(before[28..60], after[28..60], "the salt is the old one");
    assert!(home.files("documents").is_empty());
    store.close().await.unwrap();
    is_gone(&home, &erased);
    let all = everything(&home);
    assert!(others.iter().all(|part| holds(&all, part)), "more is gone than was erased");
    for _ in 0..2 {
        let (store, report) = home.open();
        assert!(report.is_whole(), "{report:?}");
        assert!(store.unfinished_erasures().unwrap().is_empty());
        answers(&store).await;
        store.close().await.unwrap();
        fs::remove_dir_all(home.path("db")).unwrap();
    }
}

#[tokio::test]
async fn an_erasure_that_a_crash_has_cut_short_is_finished_later() {
    let db = ["as it was", "deleted"];
    for (index, state) in db.into_iter().flat_map(|db| (0..4).map(move |state| (db, state))) {
        let home = Home::new();
        let store = filled(&home).await;
        let erased: Vec<_> = [1, 2].into_iter().flat_map(|n| parts(&home, &store, n)).collect();
        for number in [1, 2] {
            erase(&store, id(number)).await.unwrap();
        }
        store.close().await.unwrap();
        let (rows, files) = (home.files("db"), home.files("documents"));
        let segment = first_segment(&home);
        match state {
            // The crash came behind the commit.
            0 => {}
            // While the segment was being written anew.
            1 => fs::write(segment.with_added_extension("rewritten"), bytes(70_000)).unwrap(),
            // When the file was gone, and the segment not yet in its place.
            2 => files.keys().for_each(|file| fs::remove_file(file).unwrap()),
            // When all was done, and the index did not say so yet.
            _ => {
                let (store, _) = home.open();
                store.finish_erasures().await.unwrap();
                store.close().await.unwrap();
                put(rows);
            }
        }
        if index == "deleted" {
            fs::remove_dir_all(home.path("db")).unwrap();
        }
        let (store, report) = home.open();
        assert!(report.is_whole(), "{report:?}");
        answers(&store).await;
        store.finish_erasures().await.unwrap();
        assert!(store.unfinished_erasures().unwrap().is_empty());
        answers(&store).await;
        store.close().await.unwrap();
        assert!(home.files("journal").keys().all(|path| path.extension().unwrap() == "segment"));
        is_gone(&home, &erased);
    }
}

/// Puts files back as they were.
fn put(files: BTreeMap<PathBuf, Vec<u8>>) {
    for (path, bytes) in files {
        fs::write(path, bytes).unwrap();
    }
}

#[tokio::test]
async fn what_was_erased_is_not_erased_changed_or_published_again() {
    let home = Home::new();
    let store = filled(&home).await;
    erase(&store, id(1)).await.unwrap();
    let moved = |refused: Result<(), StoreError>| {
        assert!(matches!(refused, Err(StoreError::Commit(CommitError::Moved))), "{refused:?}");
    };
    for finished in [false, true] {
        if finished {
            store.finish_erasures().await.unwrap();
        }
        moved(erase(&store, id(1)).await);
        let change = sharing(id(1), 2, Sharing::Federation);
        let commit = Commit::new(record(Action::Share, 8)).with(Change::SharingChanged(&change));
        moved(store.commit(commit).await);
        let Written { content, body } = write(&store, b"another").await;
        let again = manifest(here(), id(1), &content, &Sharing::Nobody);
        let commit = Commit::new(record(Action::Publish, 8));
        moved(store.commit(commit.with(Change::Published { manifest: &again, body })).await);
    }
    moved(erase(&store, id(9)).await);
    // Of two at a time, one erases.
    let both = tokio::join!(erase(&store, id(2)), erase(&store, id(2)));
    assert_ne!(both.0.is_ok(), both.1.is_ok());
}

#[tokio::test]
async fn an_open_document_is_read_to_its_end_and_opened_no_more() {
    let home = Home::new();
    let store = filled(&home).await;
    for (number, len) in [(1, 3000), (2, 200_000)] {
        let entry = store.entry(here(), id(number)).unwrap().unwrap();
        let permit = read_permit(&entry);
        let open = store.read(&entry, &permit).unwrap();
        erase(&store, id(number)).await.unwrap();
        store.finish_erasures().await.unwrap();
        assert_eq!(held(&open.subtree(0, Subtree::default()).await.unwrap()), content(number, len));
        assert!(matches!(store.read(&entry, &permit), Err(StoreError::Erased)));
    }
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_erased_and_its_neighbours_stay() {
    let home = Home::new();
    let store = filled(&home).await;
    let attached = parts(&home, &store, 1).pop().unwrap();
    store.close().await.unwrap();
    let whole = fs::read(first_segment(&home)).unwrap();
    let (offset, len) = places(&whole)[0];
    let start = usize::try_from(offset).unwrap();
    let other = usize::try_from(places(&whole)[5].0).unwrap();
    // In the commit of the first document, and in what rides behind that of the third.
    let (commit, attachment) = (start + 100, usize::try_from(places(&whole)[4].0).unwrap() + 4000);
    assert!(commit < start + len && attachment < other);
    let mut damaged = whole.clone();
    damaged[commit] ^= 1;
    damaged[attachment] ^= 1;
    fs::write(first_segment(&home), &damaged).unwrap();
    let (store, report) = home.open();
    assert_eq!(report.damaged.len(), 2);
    assert!(store.entry(here(), id(1)).is_err());
    assert!(store.erasable(here(), id(1)).unwrap().is_some_and(|found| found.manifest.is_none()));
    erase(&store, id(1)).await.unwrap();
    store.finish_erasures().await.unwrap();
    assert!(store.unfinished_erasures().unwrap().is_empty());
    assert!(store.entry(here(), id(1)).unwrap().is_none());
    assert!(store.entries_of(&list_permit(here()), PATIENT).unwrap().damaged.is_empty());
    // What was damaged is so still, and no more than that.
    let third = store.entry(here(), id(3)).unwrap().unwrap();
    assert!(read(&store, &third).await.is_err());
    let second = store.entry(here(), id(2)).unwrap().unwrap();
    assert_eq!(read(&store, &second).await.unwrap(), content(2, 200_000));
    store.close().await.unwrap();
    let (store, _) = home.open();
    assert_eq!(scrubbed(&store).damaged, report.damaged);
    assert!(!holds(&fs::read(first_segment(&home)).unwrap(), &attached));
}

#[tokio::test]
async fn a_copy_may_be_fetched_again_but_a_fetch_that_was_overtaken_does_not_bring_it_back() {
    let home = Home::new();
    let (store, _) = home.open();
    let copy = async |document: DocumentId| {
        let Written { content, body } = write(&store, &content(9, 100_000)).await;
        let manifest = manifest(asker(), document, &content, &Sharing::Federation);
        let kept = Change::CopyKept { manifest: &manifest, body };
        store.commit(Commit::new(record(Action::Keep, 3)).with(kept)).await
    };
    let erase = async |document: DocumentId| {
        let erased = Change::CopyErased { custodian: asker(), document };
        store.commit(Commit::new(record(Action::Erase, 4)).with(erased)).await
    };
    for _ in 0..2 {
        copy(id(1)).await.unwrap();
        assert!(store.entry(asker(), id(1)).unwrap().is_some());
        erase(id(1)).await.unwrap();
        store.finish_erasures().await.unwrap();
        assert!(store.entry(asker(), id(1)).unwrap().is_none());
        assert!(home.files("documents").is_empty());
    }
    // Erased in the same group as the copy that comes behind it, which must stay.
    copy(id(1)).await.unwrap();
    let (erased, kept) = tokio::join!(erase(id(1)), copy(id(1)));
    erased.unwrap();
    kept.unwrap();
    store.finish_erasures().await.unwrap();
    let entry = store.entry(asker(), id(1)).unwrap().unwrap();
    assert_eq!(read(&store, &entry).await.unwrap(), content(9, 100_000));

    let Written { content, .. } = write(&store, &content(9, 2_000_000)).await;
    let theirs = manifest(asker(), id(2), &content, &Sharing::Federation);
    let fetch = store.new_fetch(&theirs).unwrap();
    let started = Commit::new(record(Action::Fetch, 5)).with(Change::FetchStarted(&fetch));
    store.commit(started).await.unwrap();
    let key = fetch.key().bytes().to_vec();
    let mut writer = fetch.resume(content.subtrees.clone()).unwrap();
    let all = super::erasures::content(9, 2_000_000);
    for (index, subtree) in (0..).zip(all.chunks(1024 * 1024)) {
        writer.push_subtree(index, super::fixture::subtree(subtree)).await.unwrap();
    }
    erase(id(2)).await.unwrap();
    store.finish_erasures().await.unwrap();
    let body = writer.finish().await.unwrap().body;
    let kept =
        Commit::new(record(Action::Keep, 6)).with(Change::CopyKept { manifest: &theirs, body });
    let refused = store.commit(kept).await;
    assert!(matches!(refused, Err(StoreError::Commit(CommitError::Moved))), "{refused:?}");
    assert!(store.open_fetch(asker(), id(2)).await.unwrap().is_none());
    store.close().await.unwrap();
    is_gone(&home, &[key, theirs.compact().as_bytes()[150..].to_vec()]);
}

#[tokio::test]
async fn others_publish_and_read_while_segments_are_written_anew() {
    let home = Home::new();
    let (store, _) = home.open();
    let number = |number: u64| DocumentId::from_parts(number, [7; 10]);
    let publish_one = async |at| {
        publish(&store, number(at), &content(1, 2000), &Sharing::Nobody).await;
    };
    join_all((0..40).map(publish_one)).await;
    let erase_one = async |at| {
        erase(&store, number(at)).await.unwrap();
        store.finish_erasures().await.unwrap();
    };
    let read_one = async |at| {
        let entry = store.entry(here(), number(at)).unwrap().unwrap();
        assert_eq!(read(&store, &entry).await.unwrap(), content(1, 2000));
    };
    for round in 0..20 {
        tokio::join!(erase_one(round), publish_one(40 + round), read_one(20 + round));
    }
    store.close().await.unwrap();
    let (store, report) = home.open();
    assert!(report.is_whole() && report.rebuilt.is_none(), "{report:?}");
    let page = store.entries(&list_permit(here()), None, 100).unwrap();
    assert_eq!(ids(&page.found), (20..60).map(number).collect::<Vec<_>>());
    for entry in &page.found {
        assert_eq!(read(&store, entry).await.unwrap(), content(1, 2000));
    }
}

#[tokio::test]
async fn a_disk_that_says_no_leaves_the_rest_for_later() {
    let home = Home::new();
    let store = filled(&home).await;
    erase(&store, id(1)).await.unwrap();
    let obstacle = first_segment(&home).with_added_extension("rewritten");
    fs::create_dir(&obstacle).unwrap();
    for _ in 0..2 {
        assert!(matches!(store.finish_erasures().await, Err(StoreError::Journal(_))));
        assert_eq!(store.unfinished_erasures().unwrap(), [id(1)]);
        assert!(store.entry(here(), id(1)).unwrap().is_none());
    }
    fs::remove_dir(&obstacle).unwrap();
    store.finish_erasures().await.unwrap();
    assert!(store.unfinished_erasures().unwrap().is_empty());
    the_rest(&store).await;
}
