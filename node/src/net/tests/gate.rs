//! Who gets in, and who is put out.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::nodes::{FRAME_MAX, Node, hello, in_time, pair, secret};
use crate::net::{Incoming, NetError, identity};

/// The address of a proxy to `node`, and all bytes that `node` sends over it on one connection.
async fn tapped(node: &Node) -> (String, tokio::task::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("/ip4/127.0.0.1/tcp/{}", listener.local_addr().unwrap().port());
    let port: u16 = node.address.rsplit('/').next().unwrap().parse().unwrap();
    let tap = tokio::spawn(async move {
        let (stranger, _) = listener.accept().await.unwrap();
        let (mut from, mut to) = stranger.into_split();
        let (mut back, mut forth) =
            TcpStream::connect(("127.0.0.1", port)).await.unwrap().into_split();
        tokio::spawn(async move { tokio::io::copy(&mut from, &mut forth).await });
        let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
        while let Ok(read @ 1..) = back.read(&mut buffer).await {
            bytes.extend_from_slice(&buffer[..read]);
            to.write_all(&buffer[..read]).await.unwrap();
        }
        bytes
    });
    (address, tap)
}

#[tokio::test]
async fn a_stranger_gets_no_stream_and_no_byte_beyond_the_handshake() {
    let mut one = Node::start(1).await;
    let stranger = Node::start(9).await;
    let (address, tap) = tapped(&one).await;
    stranger.net.set_members([(one.key, vec![address])].into_iter().collect()).await;

    // Noise lets the stranger believe that it is connected; whatever it sends, nothing comes back.
    let asked = in_time(stranger.net.hello(one.key, hello(1))).await;
    assert!(matches!(asked, Err(NetError::Closed | NetError::Unreachable(_))), "{asked:?}");
    let bytes = in_time(tap).await.unwrap();
    let negotiated = b"\x13/multistream/1.0.0\n\x07/noise\n";
    let handshake = bytes.strip_prefix(negotiated).expect("the negotiation of Noise, and no more");
    let (length, message) =
        handshake.split_first_chunk().expect("the responder's message of Noise XX");
    assert_eq!(usize::from(u16::from_be_bytes(*length)), message.len(), "nothing follows it");
    assert!(one.incoming.try_recv().is_err());
    assert!(one.net.peers().await.is_empty());
}

#[tokio::test]
async fn a_stranger_is_not_dialled_either() {
    let (one, impostor) = (Node::start(1).await, Node::start(9).await);
    impostor.knows(&[&one]).await;
    // The member's address is the impostor's: what answers there does not hold the member's key.
    one.net
        .set_members([(secret(2).public(), vec![impostor.address.clone()])].into_iter().collect())
        .await;
    let asked = in_time(one.net.hello(secret(2).public(), hello(1))).await;
    assert!(matches!(asked, Err(NetError::Unreachable(_))), "{asked:?}");
}

#[tokio::test]
async fn a_member_that_is_removed_is_cut_with_its_streams() {
    let (mut one, mut two) = pair().await;
    let mut ours = in_time(one.net.document_stream(two.key)).await.unwrap();
    ours.write_frame(b"first").await.unwrap();
    ours.flush().await.unwrap();
    let Incoming::Connected { .. } = two.next().await else { panic!() };
    let Incoming::Document { stream: mut theirs, .. } = two.next().await else { panic!() };
    assert_eq!(in_time(theirs.read_frame(FRAME_MAX)).await.unwrap().unwrap(), b"first");

    // Both sides wait for a frame when the member is removed.
    let their_end = tokio::spawn(async move { theirs.read_frame(FRAME_MAX).await });
    let our_end = tokio::spawn(async move {
        let end = ours.read_frame(FRAME_MAX).await;
        (end, ours.write_frame(&vec![0; FRAME_MAX]).await)
    });
    one.knows(&[]).await;
    let (read, written) = in_time(our_end).await.unwrap();
    assert!(!matches!(read, Ok(Some(_))));
    assert!(written.is_err());
    assert!(!matches!(in_time(their_end).await.unwrap(), Ok(Some(_))));

    assert!(matches!(one.next().await, Incoming::Connected { .. }));
    assert!(matches!(one.next().await, Incoming::Disconnected { peer } if peer == two.key));
    assert!(matches!(two.next().await, Incoming::Disconnected { peer } if peer == one.key));
    assert!(matches!(one.net.hello(two.key, hello(1)).await, Err(NetError::NotAMember)));
    assert!(in_time(two.net.hello(one.key, hello(1))).await.is_err());
}

#[tokio::test]
async fn a_member_that_takes_nothing_is_cut_all_the_same() {
    let (one, mut two) = pair().await;
    let mut ours = in_time(one.net.document_stream(two.key)).await.unwrap();
    let pouring =
        tokio::spawn(async move { while ours.write_frame(&vec![0; FRAME_MAX]).await.is_ok() {} });
    let Incoming::Connected { .. } = two.next().await else { panic!() };
    let Incoming::Document { stream: _untouched, .. } = two.next().await else { panic!() };
    one.knows(&[]).await;
    in_time(pouring).await.unwrap();
}

#[tokio::test]
async fn a_member_that_stays_is_not_cut_and_one_that_returns_is_let_in() {
    let (one, two) = pair().await;
    let (key, three) = (two.key, Node::start(3).await);
    let mut stream = in_time(one.net.document_stream(key)).await.unwrap();
    let two_known = two.address.clone();
    two.knows(&[&one, &three]).await;
    two.knows(&[&one]).await;
    let serving = two.serve();
    stream.write_frame(b"still here").await.unwrap();
    stream.flush().await.unwrap();
    assert_eq!(in_time(stream.read_frame(FRAME_MAX)).await.unwrap().unwrap(), b"still here");

    one.knows(&[]).await;
    one.net.set_members([(key, vec![two_known])].into_iter().collect()).await;
    assert_eq!(in_time(one.net.hello(key, hello(1))).await.unwrap(), hello(1));
    drop(serving);
}

#[test]
fn a_public_key_and_its_peer_id_name_the_same_node() {
    for number in 0..32 {
        let key = secret(number).public();
        let peer = identity::peer_id(&key).unwrap();
        assert_eq!(identity::public_key(&peer), Some(key));
        assert_eq!(identity::keypair(&secret(number)).unwrap().public().to_peer_id(), peer);
    }
    assert_eq!(identity::public_key(&libp2p::PeerId::random()), None);
}
