//! Members that send what is not in the protocol.

use budstikke_protocol::wire::codec::{Message, WireError};
use budstikke_protocol::wire::hello::{self, Hello};
use budstikke_protocol::wire::index;
use futures::StreamExt as _;
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, StreamProtocol, Swarm, SwarmBuilder, noise, tcp, yamux};
use serde::{Deserialize, Serialize};

use super::nodes::{ANY_PORT, Node, hello, in_time, secret};
use crate::net::codec::Codec;
use crate::net::{Incoming, NetError, identity};

/// Bytes that are a message of no protocol, and of any size.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Raw(#[serde(with = "serde_bytes")] Vec<u8>);

impl Message for Raw {
    const BYTES_MAX: usize = 16 * 1024 * 1024;
}

type Hostile<Q> = Swarm<request_response::Behaviour<Codec<Q, Raw>>>;

/// A member whose answers, and whose questions if `Q` says so, can be anything.
fn hostile<Q: Message + Send + 'static>(number: u8, protocol: &'static str) -> Hostile<Q> {
    SwarmBuilder::with_existing_identity(identity::keypair(&secret(number)).unwrap())
        .with_tokio()
        .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
        .unwrap()
        .with_behaviour(|_| {
            let protocols = [(StreamProtocol::new(protocol), ProtocolSupport::Full)];
            request_response::Behaviour::new(protocols, request_response::Config::default())
        })
        .unwrap()
        .build()
}

/// Sends `bytes` as a question, and waits until that has failed.
async fn check_refused(hostile: &mut Hostile<Raw>, node: &Node, bytes: usize) {
    let peer = identity::peer_id(&node.key).unwrap();
    let address: Multiaddr = node.address.parse().unwrap();
    hostile.behaviour_mut().send_request_with_addresses(&peer, Raw(vec![0; bytes]), vec![address]);
    loop {
        match in_time(hostile.select_next_some()).await {
            SwarmEvent::Behaviour(request_response::Event::OutboundFailure { .. }) => return,
            SwarmEvent::Behaviour(request_response::Event::Message { .. }) => panic!("answered"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn garbage_and_oversize_questions_fail_and_the_node_lives_on() {
    let (mut one, two) = (Node::start(1).await, Node::start(2).await);
    let members = [(secret(3).public(), vec![]), (two.key, vec![])];
    one.net.set_members(members.into_iter().collect()).await;
    two.knows(&[&one]).await;
    for protocol in [hello::PROTOCOL, index::PROTOCOL] {
        let mut hostile = hostile(3, protocol);
        for bytes in [0, 200, 8 * 1024 * 1024] {
            check_refused(&mut hostile, &one, bytes).await;
        }
    }
    while let Ok(incoming) = one.incoming.try_recv() {
        assert!(matches!(incoming, Incoming::Connected { .. } | Incoming::Disconnected { .. }));
    }
    let (key, _serving) = (one.key, one.serve());
    assert_eq!(in_time(two.net.hello(key, hello(1))).await.unwrap(), hello(1));
}

/// Asks a member that answers with `bytes` bytes that are no hello.
async fn check_answer(bytes: usize, expected: WireError) {
    let one = Node::start(1).await;
    let mut hostile = hostile::<Hello>(3, hello::PROTOCOL);
    hostile.listen_on(ANY_PORT.parse().unwrap()).unwrap();
    let address = loop {
        if let SwarmEvent::NewListenAddr { address, .. } = in_time(hostile.select_next_some()).await
        {
            break address.to_string();
        }
    };
    let key = secret(3).public();
    one.net.set_members([(key, vec![address])].into_iter().collect()).await;
    tokio::spawn(async move {
        loop {
            let event = hostile.select_next_some().await;
            if let SwarmEvent::Behaviour(request_response::Event::Message { message, .. }) = event
                && let request_response::Message::Request { channel, .. } = message
            {
                hostile.behaviour_mut().send_response(channel, Raw(vec![0; bytes])).unwrap();
            }
        }
    });
    let Err(NetError::Message(error)) = in_time(one.net.hello(key, hello(1))).await else {
        panic!("no error of the message")
    };
    assert_eq!(error, expected);
}

#[tokio::test]
async fn an_answer_that_is_none_or_too_large_is_an_error() {
    check_answer(10, WireError::Malformed).await;
    check_answer(10_000, WireError::TooLarge(Hello::BYTES_MAX)).await;
}

#[tokio::test]
async fn a_question_that_is_too_large_is_not_sent() {
    let (one, two) = super::nodes::pair().await;
    let question = index::IndexQuestion::List("x".repeat(index::IndexQuestion::BYTES_MAX));
    let answer = in_time(one.net.index(two.key, question)).await;
    assert!(matches!(answer, Err(NetError::Message(WireError::TooLarge(_)))));
}
