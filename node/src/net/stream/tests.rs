//! How the frames of a document stream are read, whole and broken.

use super::*;

async fn check(bytes: &[u8], expected: Result<Option<&[u8]>, StreamError>) {
    let read = read(&mut &*bytes, 10).await;
    assert_eq!(format!("{read:?}"), format!("{expected:?}"), "{bytes:?}");
}

#[tokio::test]
async fn a_frame_is_its_length_and_its_bytes() {
    check(&[0, 0, 0, 0], Ok(Some(&[]))).await;
    check(&[0, 0, 0, 3, 7, 8, 9, 99], Ok(Some(&[7, 8, 9]))).await;
    check(&[0, 0, 0, 10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], Ok(Some(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])))
        .await;
}

#[tokio::test]
async fn the_end_between_two_frames_is_no_error_and_any_other_is() {
    check(&[], Ok(None)).await;
    check(&[0], Err(StreamError::Truncated)).await;
    check(&[0, 0, 0], Err(StreamError::Truncated)).await;
    check(&[0, 0, 0, 3], Err(StreamError::Truncated)).await;
    check(&[0, 0, 0, 3, 7, 8], Err(StreamError::Truncated)).await;
}

#[tokio::test]
async fn a_frame_longer_than_may_be_is_refused_by_its_length_alone() {
    check(&[0, 0, 0, 11], Err(StreamError::TooLarge { bytes: 11, max: 10 })).await;
    check(&[0xff; 4], Err(StreamError::TooLarge { bytes: 0xffff_ffff, max: 10 })).await;
}
