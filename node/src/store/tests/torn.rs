//! A write that a crash has torn is told from damage of what was promised.

use std::fs;

use budstikke_protocol::document::sharing::Sharing;
use futures::future::join_all;

use super::fixture::{HEADER, Home, bytes, id, publish, published, span};
use crate::store::Damage;
use crate::store::journal::frame::Frame;
use crate::store::journal::survey::Survey;

/// A store whose last write was that of several commits; gives where each frame of it starts.
async fn with_a_group(home: &Home) -> Vec<usize> {
    for _ in 0..100 {
        for folder in ["journal", "db"] {
            fs::remove_dir_all(home.path(folder)).ok();
        }
        let (store, _) = home.open();
        publish(&store, id(1), &bytes(50), &Sharing::Nobody).await;
        // While the first is synced, the others come to wait.
        let small = bytes(50);
        let commits = (2..=9).map(|number| publish(&store, id(number), &small, &Sharing::Nobody));
        join_all(commits).await;
        store.close().await.unwrap();
        let segment = fs::read(home.segment()).unwrap();
        let frames = Survey::of(&segment).frames;
        let begun = frames.iter().rposition(|(_, frame)| !frame.is_continuing).unwrap();
        let group = &frames[begun..];
        if group.len() > 3 {
            return group.iter().map(|(at, _)| (*at).try_into().unwrap()).collect();
        }
    }
    panic!("commits that wait together are not written together");
}

#[tokio::test]
async fn a_torn_write_of_several_commits_is_cut_where_it_is_torn() {
    let home = Home::new();
    let starts = with_a_group(&home).await;
    let segment = home.segment();
    let whole = fs::read(&segment).unwrap();
    for (torn, start) in starts.iter().enumerate() {
        fs::remove_dir_all(home.path("db")).unwrap();
        let mut holed = whole.clone();
        holed[start + 20..start + 400].fill(0);
        fs::write(&segment, &holed).unwrap();
        let (store, report) = home.open();
        let cut = Damage { file: segment.clone(), bytes: span(*start, whole.len()) };
        assert_eq!((report.torn, report.damaged.as_slice()), (Some(cut), &[][..]));
        assert_eq!(published(&store).len(), 9 - (starts.len() - torn));
        store.close().await.unwrap();
        assert_eq!(fs::read(&segment).unwrap(), whole[..*start]);
    }
}

#[tokio::test]
async fn a_hole_in_a_write_that_was_synced_is_damage() {
    let home = Home::new();
    let starts = with_a_group(&home).await;
    let segment = home.segment();
    let mut whole = fs::read(&segment).unwrap();
    let punch = |bytes: &[u8]| {
        let mut holed = bytes.to_vec();
        holed[starts[1] + 20..starts[1] + 400].fill(0);
        fs::write(&segment, &holed).unwrap();
    };
    // The index has what was written.
    punch(&whole);
    let (store, report) = home.open();
    assert_eq!((report.torn, report.damaged[0].bytes.start), (None, span(starts[1], 0).start));
    drop(store);
    // Or a later write was begun, which only happens when the one before was synced.
    let copy = whole[HEADER..starts[0]].to_vec();
    let Frame { sealed, attachments, .. } = Frame::parse(&copy).unwrap();
    Frame { sealed, attachments, is_continuing: false }.write(&mut whole);
    punch(&whole);
    fs::remove_dir_all(home.path("db")).unwrap();
    let (store, report) = home.open();
    assert_eq!((report.torn, report.damaged[0].bytes.start), (None, span(starts[1], 0).start));
    assert_eq!(published(&store).len(), 8);
}
