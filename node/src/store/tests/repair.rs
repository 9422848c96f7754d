//! What is damaged, lost or put back: it is named, and all else is served.

use std::fs;
use std::path::PathBuf;

use budstikke_protocol::document::sharing::Sharing;

use super::fixture::{HEADER, Home, bytes, here, id, publish, published, read, scrubbed, span};
use crate::store::LostFile;

/// A store with a document in each of three segments, the second in a file of its own.
async fn three_segments(home: &Home) -> Vec<PathBuf> {
    for (number, size) in [(1, 50), (2, 100_000), (3, 50)] {
        let (store, _) = home.open();
        publish(&store, id(number), &bytes(size), &Sharing::Nobody).await;
        store.close().await.unwrap();
    }
    home.files("journal").into_keys().collect()
}

#[tokio::test]
async fn the_scrub_finds_what_the_start_does_not_look_at() {
    let home = Home::new();
    let segments = three_segments(&home).await;
    let whole = fs::read(&segments[0]).unwrap();
    let (store, report) = home.open();
    assert!(report.is_whole());
    assert!(scrubbed(&store).is_whole());
    drop(store);
    for at in [3, 100, HEADER + 5, HEADER + 100, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(&segments[0], &damaged).unwrap();
        let (store, report) = home.open();
        assert!(report.is_whole() && report.rebuilt.is_none(), "byte {at}: {report:?}");
        let report = scrubbed(&store);
        assert_eq!((report.damaged.len(), &report.damaged[0].file), (1, &segments[0]));
        assert!(report.damaged[0].bytes.contains(&span(at, at).start));
        let entry = store.entry(here(), id(2)).unwrap().unwrap();
        assert_eq!(read(&store, &entry).await.unwrap(), bytes(100_000));
    }
}

#[tokio::test]
async fn a_document_file_that_is_lost_or_cut_is_named() {
    let home = Home::new();
    three_segments(&home).await;
    let (file, whole) = home.files("documents").into_iter().next().unwrap();
    for found in [Some(70_000), Some(0), None] {
        match found {
            Some(bytes) => fs::write(&file, &whole[..bytes]).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let (store, report) = home.open();
        assert!(report.is_whole());
        let found = found.map(|found| found.try_into().unwrap());
        let lost = LostFile { file: file.clone(), document: id(2), found };
        assert_eq!(scrubbed(&store).lost, [lost]);
        let entry = store.entry(here(), id(2)).unwrap().unwrap();
        assert!(read(&store, &entry).await.is_err());
        let entry = store.entry(here(), id(1)).unwrap().unwrap();
        assert_eq!(read(&store, &entry).await.unwrap(), bytes(50));
    }
    fs::write(&file, &whole).unwrap();
    let (store, _) = home.open();
    assert!(scrubbed(&store).is_whole());
}

#[tokio::test]
async fn a_segment_that_is_put_back_is_served_again() {
    let home = Home::new();
    let segments = three_segments(&home).await;
    let away = home.path("away");
    fs::rename(&segments[1], &away).unwrap();
    fs::remove_dir_all(home.path("db")).unwrap();
    let (store, report) = home.open();
    assert_eq!(report.missing, [2..=2]);
    assert_eq!(published(&store), [id(1), id(3)]);
    publish(&store, id(4), b"meanwhile", &Sharing::Nobody).await;
    store.close().await.unwrap();
    // The files of what is missing stay, although the index that was built anew does not know them.
    let (store, report) = home.open();
    assert_eq!((report.missing.as_slice(), report.strays), (&[2..=2][..], 0));
    store.close().await.unwrap();
    fs::rename(&away, &segments[1]).unwrap();
    let (store, report) = home.open();
    assert!(report.is_whole() && report.rebuilt.is_some(), "{report:?}");
    assert_eq!(published(&store), [id(1), id(2), id(3), id(4)]);
    let entry = store.entry(here(), id(2)).unwrap().unwrap();
    assert_eq!(read(&store, &entry).await.unwrap(), bytes(100_000));
    store.close().await.unwrap();
    assert!(home.open().1.rebuilt.is_none());
}

#[tokio::test]
async fn a_damaged_frame_that_is_put_back_is_served_again() {
    let home = Home::new();
    let segments = three_segments(&home).await;
    let whole = fs::read(&segments[1]).unwrap();
    let mut damaged = whole.clone();
    damaged[HEADER + 100] ^= 1;
    fs::write(&segments[1], &damaged).unwrap();
    fs::remove_dir_all(home.path("db")).unwrap();
    for _ in 0..2 {
        let (store, report) = home.open();
        assert_eq!((published(&store), report.strays), (vec![id(1), id(3)], 0));
        store.close().await.unwrap();
    }
    fs::write(&segments[1], &whole).unwrap();
    let (store, report) = home.open();
    assert!(report.is_whole() && report.rebuilt.is_some(), "{report:?}");
    assert_eq!(published(&store), [id(1), id(2), id(3)]);
}

#[tokio::test]
async fn a_lost_last_segment_is_named_and_its_number_is_not_used_again() {
    let home = Home::new();
    let segments = three_segments(&home).await;
    let away = home.path("away");
    fs::rename(&segments[2], &away).unwrap();
    for is_first in [true, false] {
        let (store, report) = home.open();
        assert_eq!((report.missing.as_slice(), report.rebuilt.is_some()), (&[3..=3][..], is_first));
        assert_eq!(published(&store), [id(1), id(2)]);
        store.close().await.unwrap();
    }
    let (store, _) = home.open();
    publish(&store, id(4), b"meanwhile", &Sharing::Nobody).await;
    store.close().await.unwrap();
    assert!(!segments[2].exists());
    fs::rename(&away, &segments[2]).unwrap();
    let (store, report) = home.open();
    assert!(report.is_whole() && report.rebuilt.is_some(), "{report:?}");
    assert_eq!(published(&store), [id(1), id(2), id(3), id(4)]);
}

#[tokio::test]
async fn a_journal_of_the_form_before_the_first_release_is_refused_by_name() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), b"one", &Sharing::Nobody).await;
    store.close().await.unwrap();
    let path = home.segment();
    let mut bytes = fs::read(&path).unwrap();
    for block in bytes[..HEADER].chunks_exact_mut(80) {
        block[18] = b'1';
        let checksum = crc32fast::hash(&block[..76]);
        block[76..].copy_from_slice(&checksum.to_be_bytes());
    }
    fs::write(&path, &bytes).unwrap();
    fs::remove_dir_all(home.path("db")).unwrap();
    let refused = home.try_open(1).map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("never released"), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}
