//! Dialling back: it finds out who is there, and leaves nothing behind.

use budstikke_protocol::wire::reach::Outcome;
use tokio::net::{TcpListener, TcpSocket};

use super::nodes::{Node, hello, in_time, pair};
use crate::net::{Incoming, Role};

#[tokio::test]
async fn a_member_is_found_where_it_listens_and_nowhere_else() {
    let (one, two) = pair().await;
    let three = Node::start(3).await;
    let check = async |address: &str, expected| {
        assert_eq!(in_time(one.net.dial_back(two.key, address)).await, expected, "{address}");
    };
    check(&two.address, Outcome::Reached).await;
    check(&three.address, Outcome::SomebodyElse).await;
    check(&one.address, Outcome::SomebodyElse).await;
    let port = two.address.rsplit('/').next().unwrap();
    check(&format!("/dns4/localhost/tcp/{port}"), Outcome::Reached).await;
    check("/dns4/node.invalid/tcp/8470", Outcome::Unreached).await;
    check("/ip4/127.0.0.1/udp/8470", Outcome::Unreached).await;
    // A port that is taken, so that nobody else takes it, and on which nobody listens.
    let silent = TcpSocket::new_v4().unwrap();
    silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = silent.local_addr().unwrap().port();
    check(&format!("/ip4/127.0.0.1/tcp/{port}"), Outcome::Unreached).await;
    // Somebody who closes at once, and so proves nothing.
    let rude = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = rude.local_addr().unwrap().port();
    tokio::spawn(async move { while rude.accept().await.is_ok() {} });
    check(&format!("/ip4/127.0.0.1/tcp/{port}"), Outcome::Unreached).await;
}

#[tokio::test]
async fn whoever_is_dialled_back_sees_no_connection_and_keeps_those_it_has() {
    let (one, mut two) = pair().await;
    for time in [1, 2] {
        let (net, key, address) = (one.net.clone(), two.key, two.address.clone());
        assert_eq!(in_time(net.dial_back(key, &address)).await, Outcome::Reached);
        let asking = tokio::spawn(async move { net.hello(key, hello(time)).await });
        // What the other side is told of first is the connection of the hello, and that only once.
        if time == 1 {
            assert!(matches!(two.next().await, Incoming::Connected { role: Role::Listener, .. }));
        }
        let Incoming::Hello { answer, hello, .. } = two.next().await else { panic!() };
        answer.send(hello.clone()).await;
        assert_eq!(in_time(asking).await.unwrap().unwrap(), hello);
    }
}
