//! Bytes that are in no protocol end their stream, and nothing else.

use budstikke_protocol::limits::{QUESTION_BYTES_MAX, SUBTREE_BYTES};
use budstikke_protocol::wire::document::{self, Head};
use budstikke_protocol::wire::{hello, index, roster};
use budstikke_scenarios::hostile::link::Link;
use budstikke_scenarios::hostile::question::{get_bytes, index_bytes};
use budstikke_scenarios::hostile::streams::{frame, line, read_all, read_frame, send_frame};
use futures::AsyncWriteExt as _;

use super::{Stage, get, get_next};

/// CBOR of more arrays in one another than anything could be.
fn deep() -> Vec<u8> {
    vec![0x81; 30_000]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_question_gets_no_answer() {
    let stage = Stage::new();
    let link = stage.dial().await;
    let question = index_bytes(&stage.list());
    let trailing = [question.clone(), vec![0]].concat();
    // Says that it is a text of 2^63 bytes, and a map without an end.
    let endless =
        [vec![0x7b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], vec![b'x'; 100]].concat();
    let huge = vec![b'x'; 8 * 1024 * 1024];
    for bytes in [
        b"".to_vec(),
        vec![0; 200],
        trailing,
        question[..question.len() - 1].to_vec(),
        deep(),
        endless,
        vec![0xbf; 64],
        huge,
    ] {
        for protocol in [index::PROTOCOL, hello::PROTOCOL, roster::PROTOCOL] {
            assert_eq!(
                link.ask(protocol, &bytes).await.unwrap(),
                b"",
                "{protocol}, {} bytes",
                bytes.len()
            );
        }
    }
    stage.check_well().await;
}

/// Sends these bytes on a document stream; it ends without an answer.
async fn check_ended(link: &Link, bytes: &[u8]) {
    let mut stream = link.talk(document::PROTOCOL).await.unwrap();
    drop(async { stream.write_all(bytes).await.and(stream.flush().await) }.await);
    assert_eq!(read_all(&mut stream).await, b"");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_question_ends_a_document_stream() {
    let stage = Stage::new();
    let link = stage.dial().await;
    let get = get_bytes(&stage.read(stage.small), 0);
    let too_large = u32::try_from(QUESTION_BYTES_MAX + 1).unwrap();
    for length in [u32::MAX, 0x8000_0000, too_large] {
        check_ended(&link, &length.to_be_bytes()).await;
    }
    let trailing = [get.clone(), vec![0]].concat();
    for bytes in
        [vec![], vec![0; 200], deep(), trailing, get[1..].to_vec(), vec![0xff; QUESTION_BYTES_MAX]]
    {
        check_ended(&link, &frame(&bytes)).await;
    }
    stage.check_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_the_end_of_a_document_there_is_nothing() {
    let stage = Stage::new();
    let link = stage.dial().await;
    let (head, mut stream) = get(&link, &stage.read(stage.large), 2).await;
    assert!(matches!(head, Head::Document { .. }));
    assert_eq!(read_frame(&mut stream).await.unwrap().len(), 3 * 32);
    assert_eq!(read_frame(&mut stream).await.unwrap().len(), SUBTREE_BYTES);
    for first in [3, 4, u64::MAX - 1, u64::MAX] {
        let head = get_next(&mut stream, &stage.read(stage.large), first).await;
        assert!(matches!(head, Head::Document { .. }), "{first}");
        assert_eq!(read_frame(&mut stream).await.unwrap().len(), 3 * 32);
    }
    // The stream is good for another document, and the next frame is its head: there was nothing before it.
    let head = get_next(&mut stream, &stage.read(stage.small), 0).await;
    assert!(matches!(head, Head::Document { .. }));
    stage.check_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_are_never_finished_keep_nobody_out() {
    let stage = Stage::new();
    let beginnings = [
        vec![],
        line("/multistream/1.0.0"),
        [line("/multistream/1.0.0"), vec![b'/'; 3]].concat(),
        vec![0xff; 9],
        vec![0x7f; 9],
    ];
    for beginning in beginnings {
        let link = stage.dial().await;
        let mut open = Vec::new();
        // Until the node ends the connection, or leaves the next stream waiting.
        while open.len() < 1000
            && let Ok(mut stream) = link.open().await
        {
            drop(async { stream.write_all(&beginning).await.and(stream.flush().await) }.await);
            open.push(stream);
        }
        assert!(!open.is_empty());
        stage.check_well().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn document_streams_on_which_nothing_is_asked_keep_nobody_out() {
    let stage = Stage::new();
    let mut open = Vec::new();
    let mut links = Vec::new();
    for _ in 0..4 {
        let link = stage.dial().await;
        for _ in 0..20 {
            let mut stream = link.talk(document::PROTOCOL).await.unwrap();
            // The beginning of a frame that never comes.
            drop(send_begun(&mut stream).await);
            open.push(stream);
        }
        links.push(link);
    }
    let copy = stage.cluster.path("copy.pdf");
    let get = [
        "document",
        "get",
        &stage.large.to_string(),
        "--from",
        &stage.hospital().organisation,
        "-o",
        copy.to_str().unwrap(),
    ];
    stage.cluster.sites[1].run(&get).ok();
    drop((open, links));
    stage.check_well().await;
}

async fn send_begun(stream: &mut libp2p::core::muxing::SubstreamBox) -> std::io::Result<()> {
    stream.write_all(&[0, 0, 1]).await?;
    stream.flush().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_refused_for_its_number_is_open_again_later() {
    let stage = Stage::new();
    let link = stage.dial().await;
    let mut open = Vec::new();
    for _ in 0..16 {
        let (head, stream) = get(&link, &stage.read(stage.small), 0).await;
        assert!(matches!(head, Head::Document { .. }));
        open.push(stream);
    }
    let mut further = link.talk(document::PROTOCOL).await.unwrap();
    drop(send_frame(&mut further, &get_bytes(&stage.read(stage.small), 0)).await);
    assert_eq!(read_all(&mut further).await, b"");
    drop(open);
    stage.check_well().await;
}
