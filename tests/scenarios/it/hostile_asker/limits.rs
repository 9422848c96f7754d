//! Whoever asks too often, or takes nothing of what it asked for, is held off alone.

use std::time::{Duration, Instant};

use budstikke_protocol::limits::{QUESTIONS_PER_MINUTE, STALL_MAX};
use budstikke_protocol::wire::codec::encode;
use budstikke_protocol::wire::document::Head;
use budstikke_protocol::wire::hello::{self, Hello, RosterHead};
use budstikke_protocol::wire::index::IndexAnswer;
use budstikke_protocol::wire::refusal::Refusal;
use budstikke_protocol::wire::roster;
use budstikke_scenarios::cluster::ORGANISATIONS;
use budstikke_scenarios::hostile::custodian::Custodian;
use budstikke_scenarios::hostile::question::now;
use budstikke_scenarios::until::until;
use futures::StreamExt as _;

use super::{Stage, ask, get};

#[tokio::test(flavor = "multi_thread")]
async fn more_questions_than_the_rate_are_refused_and_others_are_served() {
    let stage = Stage::new();
    let link = stage.dial().await;
    let further = 40;
    let count = usize::try_from(QUESTIONS_PER_MINUTE).unwrap() + further;
    let asked = futures::stream::iter(0..count).map(|_| ask(&link, "no question at all"));
    let answers: Vec<IndexAnswer> = asked.buffer_unordered(32).collect().await;
    let held_off = answers.iter().filter(|answer| {
        matches!(answer, IndexAnswer::Refused(Refusal::Rate { retry_after: 1..=60 }))
    });
    assert_eq!(held_off.count(), further);
    // One record stands for all of them, so that a flood does not fill the disk.
    let accesses = stage.hospital().json(&["access", "list", "--limit", "1000"]);
    let rows = accesses["accesses"].as_array().unwrap();
    assert_eq!(rows.iter().filter(|access| access["outcome"] == "rate").count(), 1);
    assert!(matches!(ask(&link, &stage.list()).await, IndexAnswer::Refused(Refusal::Rate { .. })));
    assert!(matches!(
        get(&link, &stage.read(stage.small), 0).await.0,
        Head::Refused(Refusal::Rate { .. })
    ));
    let listed = stage.cluster.sites[1].json(&["document", "list", "--from", ORGANISATIONS[0]]);
    assert_eq!(listed["documents"].as_array().unwrap().len(), 2);
    stage.check_quiet();
}

/// How often the hospital's node has given up on a receiver.
fn given_up(stage: &Stage) -> usize {
    stage.hospital().log().matches("the peer takes nothing").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_takes_nothing_is_given_up_and_others_are_served() {
    let stage = Stage::new();
    let (reading, frozen) = (stage.dial().await, stage.dial().await);
    let began = Instant::now();
    let mut stalled = Vec::new();
    for link in [&reading, &frozen] {
        for _ in 0..8 {
            let (head, stream) = get(link, &stage.read(stage.large), 0).await;
            assert!(matches!(head, Head::Document { .. }));
            stalled.push(stream);
        }
    }
    // One connection takes no byte of these streams; the other takes none at all.
    frozen.freeze().await;
    for at in 0..3 {
        let copy = stage.cluster.path(&format!("copy-{at}.pdf"));
        let get = [
            "document",
            "get",
            &stage.large.to_string(),
            "--from",
            ORGANISATIONS[0],
            "-o",
            copy.to_str().unwrap(),
        ];
        stage.cluster.sites[1].run(&get).ok();
    }
    stage.check_well().await;
    assert!(began.elapsed() < STALL_MAX, "the honest member had to wait for the stalled ones");
    until("the node to give up on every receiver", Duration::from_secs(45), || {
        (given_up(&stage) == 16).then_some(())
    });
    assert!(began.elapsed() >= STALL_MAX);
    stage.check_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hellos_without_end_keep_nobody_from_being_answered_or_asking() {
    let stage = Stage::new();
    // Every hello promises a newer roster, and the question for that roster is never answered.
    let silent = Custodian::default();
    let link = stage.adversary.dial_serving(stage.hospital(), silent.serve()).await.unwrap();
    let hello = Hello {
        roster: RosterHead { version: u64::MAX, digest: [7; 32] },
        time: now().unix_seconds(),
        heads: Vec::new(),
    };
    let flood = tokio::spawn(async move {
        let bytes = encode(&hello).unwrap();
        let said = futures::stream::iter(0..1000).map(|_| link.ask(hello::PROTOCOL, &bytes));
        said.buffer_unordered(50).for_each(|_| async {}).await;
        link
    });
    until("the node to ask for the roster", Duration::from_secs(30), || {
        (silent.asked(roster::PROTOCOL) > 0).then_some(())
    });
    let began = Instant::now();
    for _ in 0..5 {
        let listed = stage.cluster.sites[1].json(&["document", "list", "--from", ORGANISATIONS[0]]);
        assert_eq!(listed["documents"].as_array().unwrap().len(), 2);
        stage.hospital().json(&["document", "list", "--from", ORGANISATIONS[1]]);
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(15), "honest members waited {took:?}");
    flood.await.unwrap();
    stage.check_well().await;
}
