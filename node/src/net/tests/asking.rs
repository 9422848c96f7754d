//! Questions and answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::refusal::Refusal;
use budstikke_protocol::wire::roster::{RosterAnswer, RosterQuestion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::nodes::{ANY_PORT, Node, answer, hello, in_time, pair, secret};
use crate::net::{Incoming, Members, NetError, Role, start};

#[tokio::test]
async fn two_members_ask_each_other() {
    let (one, two) = pair().await;
    let (key_one, key_two) = (one.key, two.key);
    let (one, two) = (one.serve(), two.serve());

    assert_eq!(in_time(one.hello(key_two, hello(1))).await.unwrap(), hello(1));
    let roster = in_time(two.roster(key_one, RosterQuestion { version: 3 })).await.unwrap();
    assert_eq!(roster, RosterAnswer::Roster("roster 3".to_owned()));
    let index = in_time(one.index(key_two, IndexQuestion::List("9".to_owned()))).await.unwrap();
    assert_eq!(index, IndexAnswer::Refused(Refusal::Rate { retry_after: 9 }));
}

#[tokio::test]
async fn a_connection_is_told_once_to_each_side_with_its_role() {
    let (mut one, mut two) = pair().await;
    let asked = (one.net.clone(), two.key);
    let asking = tokio::spawn(async move { asked.0.hello(asked.1, hello(1)).await });

    let Incoming::Connected { peer, role: Role::Dialler } = one.next().await else { panic!() };
    assert_eq!(peer, two.key);
    let Incoming::Connected { peer, role: Role::Listener } = two.next().await else { panic!() };
    assert_eq!(peer, one.key);
    let Incoming::Hello { peer, answer, .. } = two.next().await else { panic!() };
    assert_eq!(peer, one.key);
    answer.send(hello(2)).await;
    assert_eq!(in_time(asking).await.unwrap().unwrap(), hello(2));

    let states = one.net.peers().await;
    assert_eq!((states.len(), states[0].peer, states[0].connected), (1, two.key, true));
    assert_eq!(states[0].address.as_deref(), Some(two.address.as_str()));

    two.stop.cancel();
    let Incoming::Disconnected { peer } = one.next().await else { panic!() };
    assert_eq!(peer, two.key);
    assert!(!one.net.peers().await[0].connected);
}

#[tokio::test]
async fn members_that_dial_each_other_at_once_are_connected_once() {
    let (mut one, mut two) = pair().await;
    let (net_one, net_two, key_one, key_two) = (one.net.clone(), two.net.clone(), one.key, two.key);
    let both =
        tokio::spawn(async move { tokio::join!(net_one.ping(key_two), net_two.ping(key_one)) });
    let (ping_one, ping_two) = in_time(both).await.unwrap();
    assert!(ping_one.unwrap() < Duration::from_secs(1));
    assert!(ping_two.unwrap() < Duration::from_secs(1));
    for node in [&mut one, &mut two] {
        assert!(matches!(node.next().await, Incoming::Connected { .. }));
        assert!(node.incoming.try_recv().is_err());
    }
}

#[tokio::test]
async fn crossed_questions_through_queues_of_one_are_all_answered() {
    let (one, two) = (Node::start_at(1, ANY_PORT, 1).await, Node::start_at(2, ANY_PORT, 1).await);
    one.knows(&[&two]).await;
    two.knows(&[&one]).await;
    let (key_one, key_two) = (one.key, two.key);
    let (one, two) = (one.serve(), two.serve());

    let mut asked = tokio::task::JoinSet::new();
    for time in 0..40 {
        let (one, two) = (one.clone(), two.clone());
        asked.spawn(async move { (one.hello(key_two, hello(time)).await, time) });
        asked.spawn(async move { (two.hello(key_one, hello(time)).await, time) });
    }
    let answers = in_time(asked.join_all()).await;
    assert_eq!(answers.len(), 80);
    for (answer, time) in answers {
        assert_eq!(answer.unwrap(), hello(time));
    }
}

#[tokio::test]
async fn a_question_that_is_not_answered_is_refused() {
    let (one, mut two) = pair().await;
    let asking = tokio::spawn(async move { one.net.hello(two.key, hello(1)).await });
    loop {
        if let Incoming::Hello { answer, .. } = two.next().await {
            drop(answer);
            break;
        }
    }
    assert!(matches!(in_time(asking).await.unwrap(), Err(NetError::Refused)));
}

#[tokio::test]
async fn a_question_finds_a_peer_that_has_been_restarted() {
    let (one, two) = pair().await;
    let (key, address, stop) = (two.key, two.address.clone(), two.stop.clone());
    let (mut incoming, mut task) = (two.incoming, two.task);
    tokio::spawn(async move {
        while let Some(incoming) = incoming.recv().await {
            answer(incoming).await;
        }
    });
    in_time(one.net.hello(key, hello(1))).await.unwrap();

    stop.cancel();
    in_time(&mut task).await.unwrap();
    let again = Node::start_at(2, &address, 64).await;
    again.knows(&[&one]).await;
    let _serving = again.serve();
    assert_eq!(in_time(one.net.hello(key, hello(2))).await.unwrap(), hello(2));
}

/// The address of a proxy to `node` that breaks a connection at its next byte to `node` whenever it is told to.
async fn breakable(node: &Node, breaks: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("/ip4/127.0.0.1/tcp/{}", listener.local_addr().unwrap().port());
    let port: u16 = node.address.rsplit('/').next().unwrap().parse().unwrap();
    tokio::spawn(async move {
        loop {
            let (near, _) = listener.accept().await.unwrap();
            let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            tokio::spawn(forward(near, far, Arc::clone(&breaks)));
        }
    });
    address
}

async fn forward(near: TcpStream, far: TcpStream, breaks: Arc<AtomicBool>) {
    let (mut near_in, mut near_out) = near.into_split();
    let (mut far_in, mut far_out) = far.into_split();
    let forth = async {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = near_in.read(&mut buffer).await {
            if breaks.swap(false, Ordering::SeqCst) {
                break;
            }
            far_out.write_all(&buffer[..read]).await.unwrap();
        }
    };
    tokio::select! {
        () = forth => {}
        _ = tokio::io::copy(&mut far_in, &mut near_out) => {}
    }
}

#[tokio::test]
async fn a_question_whose_connection_breaks_is_asked_once_more() {
    let (one, two) = pair().await;
    let breaks = Arc::new(AtomicBool::new(false));
    let address = breakable(&two, Arc::clone(&breaks)).await;
    one.net.set_members([(two.key, vec![address])].into_iter().collect()).await;
    let (key, _serving) = (two.key, two.serve());
    in_time(one.net.ping(key)).await.unwrap();

    breaks.store(true, Ordering::SeqCst);
    assert_eq!(in_time(one.net.hello(key, hello(1))).await.unwrap(), hello(1));
    assert!(!breaks.load(Ordering::SeqCst), "the connection has been broken");
}

#[tokio::test]
async fn errors_say_whose_fault_it_is() {
    let (one, two) = pair().await;
    let nobody = secret(9).public();
    assert!(matches!(one.net.hello(nobody, hello(1)).await, Err(NetError::NotAMember)));

    two.stop.cancel();
    in_time(two.task).await.unwrap();
    assert!(matches!(
        in_time(one.net.hello(two.key, hello(1))).await,
        Err(NetError::Unreachable(_))
    ));

    one.stop.cancel();
    in_time(one.task).await.unwrap();
    assert!(matches!(one.net.hello(two.key, hello(1)).await, Err(NetError::Stopped)));
    assert!(one.net.peers().await.is_empty());
}

#[tokio::test]
async fn an_address_that_cannot_be_listened_on_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = format!("/ip4/127.0.0.1/tcp/{}", taken.local_addr().unwrap().port());
    for text in [
        "/ip4/127.0.0.1/udp/4510",
        "/ip4/192.0.2.1/tcp/4510",
        "/dns4/node.example/tcp/4510",
        &taken,
    ] {
        let listen = [ANY_PORT.to_owned(), text.to_owned()];
        let started =
            start(&secret(1), &listen, Members::default(), CancellationToken::new()).await;
        let (NetError::Address { address, .. } | NetError::Listen { address, .. }) =
            started.err().unwrap()
        else {
            panic!("another error")
        };
        assert_eq!(address, text);
    }
}
