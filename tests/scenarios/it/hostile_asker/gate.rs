//! Who is no active member gets no further than the Noise handshake.

use std::time::{Duration, Instant};

use budstikke_protocol::wire::{document, hello, index, roster};
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::link::knock;

use super::Stage;

/// Everything that a node speaks, and something that it does not.
const PROTOCOLS: [&str; 7] = [
    hello::PROTOCOL,
    roster::PROTOCOL,
    index::PROTOCOL,
    document::PROTOCOL,
    "/ipfs/id/1.0.0",
    "/ipfs/ping/1.0.0",
    "/budstikke/index/2",
];

/// Checks that `adversary` gets not a byte behind the handshake, and no stream.
async fn check_shut_out(stage: &Stage, adversary: &Adversary) {
    let port = stage.hospital().port;
    assert_eq!(knock(port, &adversary.keys.node, &PROTOCOLS, b"let me in").await, 0);
    for protocol in PROTOCOLS {
        assert_eq!(knock(port, &adversary.keys.node, &[protocol], b"").await, 0, "{protocol}");
    }
    assert!(adversary.dial(stage.hospital()).await.is_err());
    stage.check_quiet();
}

/// Gives the hospital the present roster file.
fn import(stage: &Stage) {
    stage.hospital().json(&["roster", "import", stage.cluster.roster().to_str().unwrap()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_active_member_gets_a_byte_beyond_the_handshake() {
    let stage = Stage::new();
    let stranger = Adversary::stranger(&stage.cluster.sites[2].organisation);
    check_shut_out(&stage, &stranger).await;
    // The same question of a member is answered, so it is the gate that was seen.
    assert_ne!(
        knock(stage.hospital().port, &stage.adversary.keys.node, &PROTOCOLS, b"let me in").await,
        0
    );
    stage.check_well().await;

    let link = stage.dial().await;
    stage.cluster.change_roster(&["suspend", &stage.cluster.sites[2].organisation]);
    import(&stage);
    link.closed().await;
    check_shut_out(&stage, &stage.adversary).await;

    stage.cluster.change_roster(&["revoke", &stage.cluster.sites[2].organisation]);
    import(&stage);
    check_shut_out(&stage, &stage.adversary).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_gets_in_with_its_node_key_alone() {
    let stage = Stage::new();
    let keys = &stage.adversary.keys;
    for key in [&keys.sign, &keys.log, &keys.witness] {
        assert_eq!(knock(stage.hospital().port, key, &PROTOCOLS, b"let me in").await, 0);
    }
    stage.check_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_that_say_nothing_do_not_keep_members_out() {
    let stage = Stage::new();
    let port = stage.hospital().port;
    let silent: Vec<_> =
        (0..200).map(|_| std::net::TcpStream::connect(("127.0.0.1", port)).unwrap()).collect();
    // Places for connections that are not through the handshake are few, and each is free again when its time is over.
    let began = Instant::now();
    let mut every = tokio::time::interval(Duration::from_millis(200));
    while stage.adversary.dial(stage.hospital()).await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "members are kept out");
        every.tick().await;
    }
    stage.check_well().await;
    drop(silent);
}
