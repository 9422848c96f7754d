//! Document streams.

use tokio::task::JoinSet;

use super::nodes::{ANY_PORT, FRAME_MAX, Node, hello, in_time, pair};
use crate::net::{DocumentStream, Incoming, StreamError};

/// A stream from the first node to the second, both ends.
async fn stream() -> (DocumentStream, DocumentStream, [Node; 2]) {
    let (one, mut two) = pair().await;
    let mut ours = in_time(one.net.document_stream(two.key)).await.unwrap();
    ours.write_frame(b"").await.unwrap();
    ours.flush().await.unwrap();
    let Incoming::Connected { .. } = two.next().await else { panic!() };
    let Incoming::Document { peer, stream: mut theirs } = two.next().await else { panic!() };
    assert_eq!(peer, one.key);
    assert_eq!(in_time(theirs.read_frame(0)).await.unwrap().unwrap(), b"");
    (ours, theirs, [one, two])
}

#[tokio::test]
async fn frames_go_both_ways_until_the_stream_is_closed() {
    let (mut ours, mut theirs, _nodes) = stream().await;
    let large = vec![5; FRAME_MAX];
    for frame in [&b"get"[..], b"", &large] {
        let sent = frame.to_vec();
        let writing = tokio::spawn(async move {
            ours.write_frame(&sent).await.unwrap();
            ours.flush().await.unwrap();
            ours
        });
        assert_eq!(in_time(theirs.read_frame(FRAME_MAX)).await.unwrap().unwrap(), frame);
        ours = in_time(writing).await.unwrap();
        let sent = frame.to_vec();
        let writing = tokio::spawn(async move {
            theirs.write_frame(&sent).await.unwrap();
            theirs.flush().await.unwrap();
            theirs
        });
        assert_eq!(in_time(ours.read_frame(FRAME_MAX)).await.unwrap().unwrap(), frame);
        theirs = in_time(writing).await.unwrap();
    }
    ours.close().await;
    assert!(in_time(theirs.read_frame(FRAME_MAX)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_frame_longer_than_allowed_is_refused_by_its_length() {
    let (mut ours, mut theirs, _nodes) = stream().await;
    ours.write_frame(&[0; 11]).await.unwrap();
    ours.flush().await.unwrap();
    let error = in_time(theirs.read_frame(10)).await.unwrap_err();
    assert!(matches!(error, StreamError::TooLarge { bytes: 11, max: 10 }));
}

#[tokio::test]
async fn a_hundred_streams_at_once_are_served_or_refused() {
    let (one, two) = pair().await;
    let key = two.key;
    let _serving = two.serve();
    let mut streams = JoinSet::new();
    for number in 0..100_u8 {
        let net = one.net.clone();
        streams.spawn(async move {
            let mut stream = net.document_stream(key).await.unwrap();
            let sent = stream.write_frame(&[number]).await.is_ok() && stream.flush().await.is_ok();
            let answer = stream.read_frame(FRAME_MAX).await;
            let is_served = matches!(&answer, Ok(Some(frame)) if *frame == [number]);
            assert!(is_served || !sent || matches!(answer, Ok(None)), "{answer:?}");
            // Holding the stream holds its place.
            (is_served, stream)
        });
    }
    let streams = in_time(streams.join_all()).await;
    let served = streams.iter().filter(|(is_served, _)| *is_served).count();
    assert_eq!(served, 16);
    drop(streams);

    // The places are free again as soon as the other side has seen the ends.
    in_time(async {
        loop {
            let mut stream = one.net.document_stream(key).await.unwrap();
            let sent = stream.write_frame(b"again").await.is_ok() && stream.flush().await.is_ok();
            if sent && matches!(stream.read_frame(FRAME_MAX).await, Ok(Some(_))) {
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn streams_beyond_the_queue_are_refused_and_questions_wait() {
    let (one, mut two) = (Node::start(1).await, Node::start_at(2, ANY_PORT, 2).await);
    one.knows(&[&two]).await;
    two.knows(&[&one]).await;
    let mut ends = JoinSet::new();
    for _ in 0..5 {
        let mut stream = in_time(one.net.document_stream(two.key)).await.unwrap();
        ends.spawn(async move {
            let sent = stream.write_frame(b"get").await.is_ok() && stream.flush().await.is_ok();
            sent && matches!(stream.read_frame(FRAME_MAX).await, Ok(Some(_)))
        });
    }
    // The queue holds the news of the connection and one stream.
    for _ in 0..4 {
        assert!(!in_time(ends.join_next()).await.unwrap().unwrap());
    }
    let (net, key) = (one.net.clone(), two.key);
    let asking = tokio::spawn(async move { net.hello(key, hello(1)).await });
    assert!(matches!(two.next().await, Incoming::Connected { .. }));
    let Incoming::Document { mut stream, .. } = two.next().await else { panic!() };
    let Incoming::Hello { answer, .. } = two.next().await else { panic!() };
    answer.send(hello(2)).await;
    assert_eq!(in_time(asking).await.unwrap().unwrap(), hello(2));
    stream.write_frame(b"head").await.unwrap();
    stream.flush().await.unwrap();
    assert!(in_time(ends.join_next()).await.unwrap().unwrap());
}
