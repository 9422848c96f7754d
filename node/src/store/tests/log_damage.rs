//! A log that is damaged anywhere is not signed any more, or is made whole first; what verifies is served.

use std::fs;
use std::path::{Path, PathBuf};

use budstikke_protocol::access::record::Action;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::log::tile::Tile;

use super::fixture::{HEADER, Home, id, publish, record, scrubbed, sharing};
use super::log::{checkpoint, proves_itself, share_often};
use crate::store::{Change, Commit, CommitError, Head, LogError, Store, StoreError};

/// A closed store whose log has two full tiles, some entries, a head, and entries behind it.
async fn filled(home: &Home) -> Head {
    let (store, _) = home.open();
    publish(&store, id(1), b"one", &Sharing::Nobody).await;
    share_often(&store, id(1), 1..550).await;
    let head = checkpoint(&store, 1).await;
    share_often(&store, id(1), 550..553).await;
    store.close().await.unwrap();
    head
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    let place = bytes.len().min(at).saturating_sub(1);
    bytes[place] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn tile(home: &Home, path: &str) -> PathBuf {
    home.path("tiles").join(path)
}

#[tokio::test]
async fn a_tile_of_the_right_edge_that_is_damaged_or_gone_is_made_anew_at_the_start() {
    let home = Home::new();
    let head = filled(&home).await;
    let spoils: [fn(&Path); 3] = [
        |path| flip(path, 100),
        |path| fs::remove_file(path).unwrap(),
        |path| fs::write(path, b"").unwrap(),
    ];
    for spoil in spoils {
        spoil(&tile(&home, "tile/0/001"));
        let is_there = tile(&home, "tile/0/001").exists();
        let (store, report) = home.open();
        assert!(report.log_rebuilt.is_some() || !is_there, "{report:?}");
        assert_eq!(report.stopped(), None);
        assert_eq!(*store.log().head().borrow(), Some(head));
        proves_itself(&store, &head);
        store.close().await.unwrap();
        assert!(home.open().1.log_rebuilt.is_none());
    }
}

#[tokio::test]
async fn a_damaged_bundle_is_refused_and_stops_the_log_once_the_scrub_has_found_it() {
    for path in ["tile/entries/000", "tile/0/000"] {
        let home = Home::new();
        let head = filled(&home).await;
        let (store, _) = home.open();
        assert_eq!(*store.log().head().borrow(), Some(head));
        flip(&tile(&home, path), 100);
        let reader = store.log().reader();
        let damaged = reader.entry(3);
        assert!(matches!(damaged, Err(LogError::Tile(file)) if file.ends_with(path)), "{path}");
        let whole = reader.tile("tile/0/001".parse::<Tile>().unwrap());
        assert_eq!(whole.unwrap().len(), 8192, "what verifies is served");
        store.close().await.unwrap();
        // The edge does not need the bundle, so the start does not see it.
        let (store, report) = home.open();
        if report.log_rebuilt.is_none() {
            let report = scrubbed(&store);
            let stopped = report.stopped().unwrap();
            assert!(stopped.contains(path), "{stopped}");
            refuses(&store).await;
        }
        store.close().await.unwrap();
        // As the operator's guide says.
        fs::remove_dir_all(home.path("tiles")).unwrap();
        let (store, _) = home.open();
        assert_eq!(scrubbed(&store).stopped(), None);
        proves_itself(&store, &head);
    }
}

/// A stopped log makes no head; publishing goes on.
async fn refuses(store: &Store) {
    let head = *store.log().head().borrow();
    publish(store, id(9), b"nine", &Sharing::Nobody).await;
    let refused = store.log().checkpoint(99).await;
    assert!(matches!(refused, Err(CommitError::LogStopped)), "{refused:?}");
    assert_eq!(*store.log().head().borrow(), head);
}

#[tokio::test]
async fn a_row_that_is_lost_or_changed_is_made_anew_at_the_start() {
    for value in [None, Some(vec![1; 33]), Some(Vec::new())] {
        let home = Home::new();
        let head = filled(&home).await;
        let (store, _) = home.open();
        let index = store.0.index.get().unwrap();
        let key = crate::store::index::tables::leaf(520);
        index.write([(key, value)].into_iter().collect()).unwrap();
        drop(index);
        store.close().await.unwrap();
        let (store, report) = home.open();
        assert!(report.log_rebuilt.is_some(), "{report:?}");
        assert_eq!(*store.log().head().borrow(), Some(head));
        proves_itself(&store, &head);
    }
}

#[tokio::test]
async fn a_journal_that_no_longer_gives_the_log_is_never_signed() {
    let home = Home::new();
    filled(&home).await;
    let tiles = home.files("tiles");
    // In the middle of a commit, and no index that knows better.
    flip(&home.segment(), HEADER + 20_000);
    for folder in ["db", "tiles"] {
        fs::remove_dir_all(home.path(folder)).unwrap();
    }
    let (store, report) = home.open();
    let stopped = report.stopped().unwrap();
    assert!(report.lines().iter().any(|line| line.contains(&stopped)), "{report:?}");
    assert_eq!(*store.log().head().borrow(), None);
    refuses(&store).await;
    store.close().await.unwrap();
    // With the tiles that were there, what verifies could be served; they are not written over.
    for (path, bytes) in &tiles {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let (store, report) = home.open();
    assert!(report.stopped().is_some(), "{report:?}");
    store.close().await.unwrap();
    assert_eq!(home.files("tiles"), tiles);
}

#[tokio::test]
async fn a_journal_that_was_put_back_is_not_signed_while_the_tiles_know_more() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), b"one", &Sharing::Nobody).await;
    checkpoint(&store, 1).await;
    store.close().await.unwrap();
    let copy = home.files("journal");
    let (store, _) = home.open();
    share_often(&store, id(1), 1..600).await;
    checkpoint(&store, 2).await;
    store.close().await.unwrap();
    fs::remove_dir_all(home.path("journal")).unwrap();
    fs::create_dir(home.path("journal")).unwrap();
    for (path, bytes) in copy {
        fs::write(path, bytes).unwrap();
    }
    for _ in 0..2 {
        let (store, report) = home.open();
        assert!(report.stopped().is_some(), "{report:?}");
        assert_eq!(*store.log().head().borrow(), None);
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn damage_of_the_journal_stops_the_log_when_the_scrub_finds_it() {
    let home = Home::new();
    let head = filled(&home).await;
    let first = home.segment();
    let (store, _) = home.open();
    publish(&store, id(2), b"two", &Sharing::Nobody).await;
    store.close().await.unwrap();
    flip(&first, HEADER + 20_000);
    let (store, report) = home.open();
    assert_eq!(report.stopped(), None, "{report:?}");
    assert_eq!(*store.log().head().borrow(), Some(head));
    let stopped = scrubbed(&store).stopped().unwrap();
    assert!(stopped.contains(".segment"), "{stopped}");
    refuses(&store).await;
}

/// What the scrub has found is not forgotten: a start alone would look neither at the bundle nor at that place of the journal.
#[tokio::test]
async fn a_log_that_was_stopped_is_not_signed_again_before_all_of_it_was_read() {
    let home = Home::new();
    let head = filled(&home).await;
    let bundle = tile(&home, "tile/entries/000");
    let whole = fs::read(&bundle).unwrap();
    flip(&bundle, 100);
    let (store, report) = home.open();
    assert_eq!((report.stopped(), *store.log().head().borrow()), (None, Some(head)));
    assert!(scrubbed(&store).stopped().unwrap().contains("tile/entries/000"));
    store.close().await.unwrap();
    fs::write(&bundle, whole).unwrap();
    flip(&home.segment(), HEADER + 20_000);
    for _ in 0..2 {
        let (store, report) = home.open();
        assert!(report.stopped().is_some(), "{report:?}");
        assert_eq!(*store.log().head().borrow(), None);
        store.close().await.unwrap();
    }
    flip(&home.segment(), HEADER + 20_000);
    let (store, report) = home.open();
    assert!(report.log_rebuilt.as_ref().unwrap().contains("had been stopped"), "{report:?}");
    assert_eq!((report.stopped(), *store.log().head().borrow()), (None, Some(head)));
    proves_itself(&store, &head);
    store.close().await.unwrap();
    assert_eq!(home.open().1.log_rebuilt, None);
}

#[tokio::test]
async fn a_commit_that_is_refused_has_no_entry() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), b"one", &Sharing::Nobody).await;
    let (first, second) =
        (sharing(id(1), 1, Sharing::Federation), sharing(id(1), 1, Sharing::Nobody));
    let commit = |change| {
        store.commit(Commit::new(record(Action::Share, 1)).with(Change::SharingChanged(change)))
    };
    let (one, other) = tokio::join!(commit(&first), commit(&second));
    one.unwrap();
    assert!(matches!(other, Err(StoreError::Commit(CommitError::Moved))));
    let head = checkpoint(&store, 1).await;
    assert_eq!(head.size, 3);
    proves_itself(&store, &head);
}
