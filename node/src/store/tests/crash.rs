//! What was acknowledged survives a crash at any byte, and damage is found, named, and does not spread.

use std::fs;

use budstikke_protocol::access::record::Action;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::DocumentId;
use futures::future::join_all;

use super::fixture::{
    HEADER, Home, bytes, here, id, ids, list_permit, publish, published, read, record, span, write,
};
use crate::store::journal::frame::Frame;
use crate::store::journal::survey::Survey;
use crate::store::{Commit, CommitError, JournalError, StoreError};

/// A store with three documents in one segment; gives where the frame of each begins, and where the last ends.
async fn three(home: &Home) -> Vec<usize> {
    let (store, _) = home.open();
    let mut starts = vec![HEADER];
    for number in 1..=3 {
        publish(&store, id(number), &bytes(50), &Sharing::Nobody).await;
        starts.push(fs::read(home.segment()).unwrap().len());
    }
    store.close().await.unwrap();
    starts
}

#[tokio::test]
async fn a_torn_tail_is_cut_at_every_byte_and_nothing_before_it_is_lost() {
    let home = Home::new();
    let starts = three(&home).await;
    let segment = home.segment();
    let whole = fs::read(&segment).unwrap();
    for len in (starts[2] + 1..whole.len()).step_by(37).chain([starts[2] + 1, whole.len() - 1]) {
        let torn = Home::new();
        fs::create_dir_all(torn.path("journal")).unwrap();
        let path = torn.path("journal").join(segment.file_name().unwrap());
        fs::write(&path, &whole[..len]).unwrap();
        let (store, report) = torn.open();
        let cut = report.torn.as_ref().unwrap();
        assert_eq!((&cut.file, cut.bytes.clone()), (&path, span(starts[2], len)));
        assert!(report.damaged.is_empty() && report.missing.is_empty());
        assert_eq!(published(&store), [id(1), id(2)]);
        publish(&store, id(4), b"later", &Sharing::Nobody).await;
        store.close().await.unwrap();
        let (store, report) = torn.open();
        assert!(report.is_whole());
        assert_eq!(published(&store), [id(1), id(2), id(4)]);
    }
}

#[test]
fn a_segment_is_surveyed_to_its_last_whole_frame_whatever_byte_it_ends_at() {
    let mut segment = vec![0; HEADER];
    let mut ends = vec![HEADER];
    for number in 1..=3_u8 {
        let (sealed, attachments) = (&bytes(usize::from(number) * 40), &bytes(17));
        Frame { sealed, attachments, is_continuing: number % 2 == 0 }.write(&mut segment);
        ends.push(segment.len());
    }
    for len in HEADER..=segment.len() {
        let survey = Survey::of(&segment[..len]);
        let whole = ends.iter().filter(|end| **end <= len).count() - 1;
        assert_eq!(survey.frames.len(), whole, "{len} bytes");
        assert!(survey.damaged.is_empty());
        let tail = span(ends[whole], len);
        assert_eq!(survey.tail.is_empty(), tail.is_empty());
        assert!(tail.is_empty() || survey.tail == tail);
    }
    // A flipped bit anywhere costs the frame that it is in, and no other.
    for at in HEADER..ends[2] {
        let mut damaged = segment.clone();
        damaged[at] ^= 0x10;
        let survey = Survey::of(&damaged);
        let hit = ends.iter().filter(|end| **end <= at).count() - 1;
        assert_eq!(survey.damaged, vec![span(ends[hit], ends[hit + 1])], "byte {at}");
        assert_eq!(survey.frames.len(), 2);
        assert!(survey.tail.is_empty());
    }
}

#[tokio::test]
async fn a_damaged_last_frame_that_was_acknowledged_is_damage_and_not_a_torn_write() {
    let home = Home::new();
    let starts = three(&home).await;
    let segment = home.segment();
    let whole = fs::read(&segment).unwrap();
    for len in [whole.len() - 1, starts[2] + 100] {
        fs::write(&segment, &whole[..len]).unwrap();
        let (store, report) = home.open();
        assert!(report.torn.is_none() && report.rebuilt.is_none());
        assert_eq!(report.damaged[0].bytes, span(starts[2], len));
        match store.entry(here(), id(3)) {
            // Only the document that rides behind the commit is hit.
            Ok(Some(entry)) => assert!(read(&store, &entry).await.is_err()),
            Err(StoreError::Journal(JournalError::Damaged { .. })) => {
                assert_eq!(published(&store), [id(1), id(2)]);
            }
            other => panic!("{other:?}"),
        }
    }
    fs::write(&segment, &whole).unwrap();
    let (store, report) = home.open();
    assert!(report.is_whole());
    assert_eq!(published(&store), [id(1), id(2), id(3)]);
}

#[tokio::test]
async fn a_file_that_only_the_journal_names_yet_is_no_stray_one() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), b"before", &Sharing::Nobody).await;
    store.close().await.unwrap();
    let index = home.files("db");
    let (store, _) = home.open();
    publish(&store, id(2), &bytes(100_000), &Sharing::Nobody).await;
    store.close().await.unwrap();
    // The index as a crash leaves it: what was published last had not come to it.
    fs::remove_dir_all(home.path("db")).unwrap();
    for (path, bytes) in index {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let (store, report) = home.open();
    assert!(report.rebuilt.is_none() && report.replayed == 1, "{report:?}");
    assert_eq!(report.strays, 0);
    let entry = store.entry(here(), id(2)).unwrap().unwrap();
    assert_eq!(read(&store, &entry).await.unwrap(), bytes(100_000));
}

#[tokio::test]
async fn a_lost_journal_does_not_cost_the_documents() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), &bytes(100_000), &Sharing::Nobody).await;
    store.close().await.unwrap();
    fs::rename(home.path("journal"), home.path("away")).unwrap();
    for _ in 0..2 {
        let (store, report) = home.open();
        assert_eq!(report.strays, 0);
        assert!(published(&store).is_empty());
    }
    fs::remove_dir_all(home.path("journal")).unwrap();
    fs::rename(home.path("away"), home.path("journal")).unwrap();
    let (store, _) = home.open();
    let entry = store.entry(here(), id(1)).unwrap().unwrap();
    assert_eq!(read(&store, &entry).await.unwrap(), bytes(100_000));
}

#[tokio::test]
async fn segments_roll_and_stay_readable() {
    let home = Home::new();
    let (store, _) = home.open();
    let small = bytes(65_536);
    let one = |number: u16| {
        let (store, small) = (store.clone(), small.clone());
        async move {
            let document = DocumentId::from_parts(u64::from(number), [0; 10]);
            publish(&store, document, &small, &Sharing::Nobody).await;
        }
    };
    join_all((0..1100).map(one)).await;
    store.close().await.unwrap();
    assert_eq!(home.files("journal").len(), 2);
    let (store, report) = home.open();
    assert!(report.is_whole());
    let everything = store.entries(&list_permit(here()), None, 2000).unwrap();
    assert_eq!(everything.found.len(), 1100);
    assert_eq!(read(&store, everything.found.last().unwrap()).await.unwrap(), small);
}

#[tokio::test]
async fn damage_in_the_middle_is_named_and_the_rest_is_served() {
    let home = Home::new();
    let starts = three(&home).await;
    let segment = home.segment();
    let whole = fs::read(&segment).unwrap();
    for at in [starts[1], starts[1] + 5, starts[1] + 9, starts[1] + 200, starts[2] - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(&segment, &damaged).unwrap();
        let (store, report) = home.open();
        assert!(report.torn.is_none() && report.damaged.len() == 1, "byte {at}: {report:?}");
        assert_eq!(
            (&report.damaged[0].file, report.damaged[0].bytes.start),
            (&segment, span(starts[1], 0).start)
        );
        for number in [1, 3] {
            let entry = store.entry(here(), id(number)).unwrap().unwrap();
            assert_eq!(read(&store, &entry).await.unwrap(), bytes(50));
        }
        drop(store);
    }
    // An index that is built anew knows nothing of it; one that was there does, and says where it was.
    let (store, _) = home.open();
    match store.entry(here(), id(2)) {
        Ok(Some(entry)) => assert!(read(&store, &entry).await.is_err()),
        Err(StoreError::Journal(JournalError::Damaged { file, offset })) => {
            assert_eq!((file, offset), (segment.clone(), span(starts[1], 0).start));
        }
        other => panic!("{other:?}"),
    }
    drop(store);
    fs::remove_dir_all(home.path("db")).unwrap();
    let (store, report) = home.open();
    assert_eq!(report.damaged.len(), 1);
    assert_eq!(published(&store), [id(1), id(3)]);
}

#[tokio::test]
async fn a_damaged_entry_is_listed_as_damaged() {
    let home = Home::new();
    let starts = three(&home).await;
    let mut damaged = fs::read(home.segment()).unwrap();
    damaged[starts[1] + 100] ^= 1;
    fs::write(home.segment(), &damaged).unwrap();
    let (store, _) = home.open();
    let page = store.entries(&list_permit(here()), None, 10).unwrap();
    assert_eq!((ids(&page.found), page.damaged.len()), (vec![id(1), id(3)], 1));
    let accesses = store.accesses(None, 10).unwrap();
    assert_eq!((accesses.found.len(), accesses.damaged.len()), (2, 1));
}

#[tokio::test]
async fn no_document_file_is_removed_while_the_journal_is_damaged() {
    let home = Home::new();
    let (store, _) = home.open();
    for number in 1..=3 {
        publish(&store, id(number), &bytes(100_000), &Sharing::Nobody).await;
    }
    drop(write(&store, &bytes(100_000)).await);
    store.close().await.unwrap();
    let mut damaged = fs::read(home.segment()).unwrap();
    let half = damaged.len() / 2;
    damaged[half] ^= 1;
    fs::write(home.segment(), &damaged).unwrap();
    fs::remove_dir_all(home.path("db")).unwrap();
    let (_store, report) = home.open();
    assert_eq!((report.damaged.len(), report.strays), (1, 0));
    assert_eq!(home.files("documents").len(), 4);
}

#[tokio::test]
async fn one_damaged_copy_of_a_segments_head_costs_nothing() {
    let home = Home::new();
    three(&home).await;
    let whole = fs::read(home.segment()).unwrap();
    for at in 0..HEADER {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(home.segment(), &damaged).unwrap();
        fs::remove_dir_all(home.path("db")).unwrap();
        let (store, report) = home.open();
        assert_eq!(report.damaged.len(), 1, "byte {at}");
        assert_eq!(published(&store), [id(1), id(2), id(3)]);
    }
}

#[tokio::test]
async fn a_missing_segment_is_named() {
    let home = Home::new();
    for number in 1..=3 {
        let (store, _) = home.open();
        publish(&store, id(number), b"one a segment", &Sharing::Nobody).await;
        store.close().await.unwrap();
    }
    let second = home.files("journal").into_keys().nth(1).unwrap();
    fs::remove_file(&second).unwrap();
    fs::remove_dir_all(home.path("db")).unwrap();
    let (store, report) = home.open();
    assert_eq!(report.missing, [2..=2]);
    assert_eq!(published(&store), [id(1), id(3)]);
}

#[tokio::test]
async fn a_last_segment_without_a_frame_is_removed() {
    let home = Home::new();
    three(&home).await;
    let first = home.segment();
    for bytes in [fs::read(&first).unwrap()[..HEADER].to_vec(), vec![0; 30], Vec::new()] {
        fs::write(first.with_file_name(format!("{:016x}.segment", 2)), bytes).unwrap();
        let (store, report) = home.open();
        assert!(report.is_whole());
        assert_eq!(home.files("journal").len(), 1);
        assert_eq!(published(&store).len(), 3);
    }
    let (store, _) = home.open();
    store.commit(Commit::new(record(Action::List, 0))).await.unwrap();
    assert!(home.segment().ends_with(format!("{:016x}.segment", 2)));
}

#[tokio::test]
async fn what_follows_a_journal_that_was_put_back_is_forgotten() {
    let home = Home::new();
    let starts = three(&home).await;
    let whole = fs::read(home.segment()).unwrap();
    fs::write(home.segment(), &whole[..starts[2]]).unwrap();
    let (store, report) = home.open();
    assert!(report.is_whole() && report.rebuilt.is_some(), "{report:?}");
    assert_eq!(published(&store), [id(1), id(2)]);
}

#[tokio::test]
async fn a_disk_that_says_no_refuses_commits_until_it_says_yes() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), b"before", &Sharing::Nobody).await;
    store.close().await.unwrap();
    let (store, _) = home.open();
    fs::rename(home.path("journal"), home.path("away")).unwrap();
    for _ in 0..2 {
        let refused = store.commit(Commit::new(record(Action::List, 1))).await;
        assert!(
            matches!(refused, Err(StoreError::Commit(CommitError::Journal(JournalError::File(_))))),
            "{refused:?}"
        );
    }
    fs::rename(home.path("away"), home.path("journal")).unwrap();
    publish(&store, id(2), b"after", &Sharing::Nobody).await;
    store.close().await.unwrap();
    let (store, report) = home.open();
    assert_eq!(published(&store), [id(1), id(2)]);
    assert!(report.is_whole(), "{report:?}");
}
