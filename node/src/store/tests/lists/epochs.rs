//! Which epoch it is: the one before, as long as the file holds the lists of the last head; else a new one.

use std::fs;

use super::model::{Model, ready};
use crate::store::journal::survey::Survey;
use crate::store::lists::keeper::EPOCH_MS;
use crate::store::tests::fixture::Home;

/// A store with some documents, closed behind several heads.
async fn filled(home: &Home) -> Model {
    let mut model = Model::new(7);
    let (store, _) = home.open();
    for time_ms in 1..=5 {
        for _ in 0..4 {
            model.publish(&store).await;
        }
        model.check(&store, time_ms).await;
    }
    store.close().await.unwrap();
    model
}

/// Opens the store, and holds the lists against the model; gives the epoch.
async fn opened(home: &Home, model: &mut Model, time_ms: u64) -> u32 {
    let (store, report) = home.open();
    assert!(report.stopped().is_none(), "{report:?}");
    ready(&store).await;
    model.publish(&store).await;
    model.check(&store, time_ms).await;
    let epoch = store.lists().epoch().unwrap().0;
    store.close().await.unwrap();
    epoch
}

#[tokio::test]
async fn a_start_takes_up_the_lists_of_the_last_head() {
    let home = Home::new();
    let mut model = filled(&home).await;
    assert_eq!(opened(&home, &mut model, 10).await, 1);
    fs::remove_dir_all(home.path("db")).unwrap();
    assert_eq!(opened(&home, &mut model, 11).await, 1);
}

#[tokio::test]
async fn a_lost_or_damaged_file_begins_a_new_epoch() {
    let home = Home::new();
    let mut model = filled(&home).await;
    let path = home.path("lists");
    let mut epoch = 1;
    for damage in 0..4 {
        let mut bytes = fs::read(&path).unwrap();
        let (middle, last) = (bytes.len() / 2, bytes.len() - 1);
        match damage {
            0 => fs::remove_file(&path).unwrap(),
            1 => {
                bytes.truncate(last);
                fs::write(&path, bytes).unwrap();
            }
            2 => {
                bytes[middle] ^= 1;
                fs::write(&path, bytes).unwrap();
            }
            _ => fs::write(&path, b"").unwrap(),
        }
        let now = opened(&home, &mut model, 20 + 2 * damage).await;
        assert_eq!(now, epoch + 1, "damage {damage}");
        epoch = now;
        assert_eq!(opened(&home, &mut model, 21 + 2 * damage).await, epoch);
    }
}

#[tokio::test]
async fn what_leads_to_a_head_that_never_was_is_cut_off() {
    let home = Home::new();
    let mut model = filled(&home).await;
    let longer = fs::metadata(home.path("lists")).unwrap().len();
    // The head did not come to the disk, but what leads to it did.
    let segment = home.segment();
    let bytes = fs::read(&segment).unwrap();
    let last = Survey::of(&bytes).frames.last().unwrap().0;
    fs::write(&segment, &bytes[..usize::try_from(last).unwrap()]).unwrap();
    fs::remove_dir_all(home.path("db")).unwrap();
    model.forget_the_last_state();
    let (store, _) = home.open();
    assert!(fs::metadata(home.path("lists")).unwrap().len() < longer);
    assert_eq!(store.lists().epoch().unwrap().0, 1);
    store.close().await.unwrap();
    assert_eq!(opened(&home, &mut model, 40).await, 1);
}

#[tokio::test]
async fn an_epoch_ends_in_time_while_others_publish() {
    let home = Home::new();
    let mut model = filled(&home).await;
    let (store, _) = home.open();
    let old = store.lists().epoch().unwrap();
    store.lists().renew_when_old(1 + EPOCH_MS / 2).unwrap();
    assert!(!*store.lists().wants_head().borrow());
    store.lists().renew_when_old(5 + EPOCH_MS).unwrap();
    let mut time_ms = 10;
    while store.lists().standing().epoch == Some(1) {
        time_ms += 1;
        model.step(&store).await;
        model.check(&store, time_ms).await;
    }
    let head = store.log().head().borrow().unwrap();
    assert_eq!((store.lists().epoch().unwrap().0, head.index.epoch), (2, 2));
    assert_ne!(store.lists().epoch().unwrap().1, old.1);
    assert!(!*store.lists().wants_head().borrow());
    model.step(&store).await;
    model.check(&store, time_ms + 2).await;
    // Its time has come with its first head, so the next one is far.
    store.lists().renew_when_old(5 + EPOCH_MS).unwrap();
    assert_eq!(store.lists().standing().making, None);
    store.close().await.unwrap();
    assert_eq!(opened(&home, &mut model, time_ms + 3).await, 2);
}

#[tokio::test]
async fn a_home_without_lists_gets_them() {
    let home = Home::new();
    let mut model = filled(&home).await;
    // As if it had never been: nothing but what was published and never headed.
    fs::remove_file(home.path("lists")).unwrap();
    let (store, _) = home.open();
    assert!(store.lists().epoch().is_none() || *store.lists().wants_head().borrow());
    ready(&store).await;
    model.check(&store, 50).await;
    assert_eq!(store.lists().standing().epoch, Some(2));
}
