//! A question that is forged, replayed, out of its time or not for this node is refused, and the access log says why.

use std::time::Duration;

use budstikke_keys::jws::Statement as _;
use budstikke_protocol::access::question::{Ask, Question};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::wire::codec::encode;
use budstikke_protocol::wire::document::{self, Head};
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::refusal::Refusal;
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::link::Link;
use budstikke_scenarios::hostile::question::{
    altered, forged, header, header_with, now, question, signed,
};
use budstikke_scenarios::hostile::streams::{frame, read_all, read_frame};
use futures::AsyncWriteExt as _;
use serde_json::{Value, json};

use super::{NOT_PERMITTED, Stage, ask, ask_receipt, get, get_next, honest_header, organisation};

/// Asks with a question that is no good, in each way in which questions come; the peer learns nothing, the access log says `expected`.
async fn check_refused(stage: &Stage, what: &str, make: impl Fn(Ask) -> String, expected: &str) {
    let link = stage.dial().await;
    assert_eq!(ask(&link, &make(Ask::List { after: None })).await, NOT_PERMITTED, "{what}");
    assert_eq!(stage.outcome(), expected, "{what}");
    let (head, _) = get(&link, &make(Ask::Read { document: stage.small }), 0).await;
    assert_eq!(head, Head::Refused(Refusal::NotPermitted), "{what}");
    assert_eq!(stage.outcome(), expected, "{what}");
    let receipt = ask_receipt(&link, &make(Ask::Read { document: stage.small })).await;
    assert_eq!(receipt, NOT_PERMITTED, "{what}");
    assert_eq!(stage.outcome(), expected, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_of_somebody_else_or_for_somebody_else_is_refused() {
    let stage = Stage::new();
    let (own, honest) = (&stage.adversary.keys, Adversary::of(&stage.cluster.sites[1]));
    let theirs = |ask| question(organisation(1), organisation(0), ask);
    check_refused(
        &stage,
        "another member's question",
        |ask| signed(theirs(ask), &honest.keys.sign),
        "not-the-peer",
    )
    .await;
    check_refused(
        &stage,
        "in another member's name",
        |ask| signed(theirs(ask), &own.sign),
        "not-the-peer",
    )
    .await;
    let by_others = |ask| signed(stage.question(ask), &honest.keys.sign);
    check_refused(&stage, "signed by another member", by_others, "signature").await;
    for key in [&own.node, &own.log, &own.witness] {
        check_refused(
            &stage,
            "signed with a key for another use",
            |ask| signed(stage.question(ask), key),
            "signature",
        )
        .await;
    }
    let elsewhere = |ask| stage.sign(question(organisation(2), organisation(1), ask));
    check_refused(&stage, "for another member", elsewhere, "wrong-audience").await;
    check_refused(&stage, "altered", |ask| altered(&stage.sign(stage.question(ask))), "signature")
        .await;
    let claims = |ask| {
        let payload = serde_json::to_vec(&stage.question(ask)).unwrap();
        forged(&honest_header(&stage), &payload, &honest.keys.sign)
    };
    check_refused(&stage, "with the right name of a wrong key", claims, "signature").await;
    stage.check_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_outside_the_profile_is_refused() {
    let stage = Stage::new();
    let key = &stage.adversary.keys.sign;
    let payload = |ask| serde_json::to_vec(&stage.question(ask)).unwrap();
    let right = honest_header(&stage);
    let headers: Vec<Value> = vec![
        header_with(right.clone(), "alg", "none"),
        header_with(right.clone(), "alg", "HS256"),
        header_with(right.clone(), "crit", "b64"),
        header_with(right.clone(), "jku", "https://example.org/keys"),
        header_with(right.clone(), "typ", "JWT"),
        header(Manifest::TYP, key),
        json!({"alg": "EdDSA", "typ": Question::TYP}),
        json!({"alg": "EdDSA", "kid": key.public().thumbprint(), "typ": Question::TYP, "jwk": key.public()}),
        json!([]),
    ];
    for wrong in headers {
        check_refused(
            &stage,
            &wrong.to_string(),
            |ask| forged(&wrong, &payload(ask), key),
            "malformed",
        )
        .await;
    }
    let unsigned = |ask| forged(&header_with(right.clone(), "alg", "none"), &payload(ask), key);
    let without = |ask| format!("{}.", unsigned(ask).rsplit_once('.').unwrap().0);
    check_refused(&stage, "without a signature", without, "malformed").await;
    let twice = |ask| {
        let text = String::from_utf8(payload(ask)).unwrap();
        let text = text.replacen('{', "{\"audience\":\"983974910\",", 1);
        forged(&right, text.as_bytes(), key)
    };
    check_refused(&stage, "with a member twice", twice, "malformed").await;
    let huge = |ask| forged(&right, &[payload(ask), vec![b' '; 26_000]].concat(), key);
    check_refused(&stage, "huge", huge, "malformed").await;
    for nothing in ["", ".", "..", "a.b.c", "\u{1f4dc}"] {
        check_refused(&stage, nothing, |_| nothing.to_owned(), "malformed").await;
    }
    stage.check_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_out_of_its_time_is_refused_with_the_clock() {
    let stage = Stage::new();
    let link = stage.dial().await;
    let off = Duration::from_secs(130);
    for time in [now().minus(off), now().plus(off), now().plus(Duration::from_secs(u64::MAX))] {
        let question = |ask| stage.sign(Question { time, ..stage.question(ask) });
        let IndexAnswer::Refused(Refusal::Clock { time }) =
            ask(&link, &question(Ask::List { after: None })).await
        else {
            panic!("not refused with the clock")
        };
        assert!(time.abs_diff(now().unix_seconds()) < 30);
        assert_eq!(stage.outcome(), "clock");
        let (head, _) = get(&link, &question(Ask::Read { document: stage.small }), 0).await;
        assert!(matches!(head, Head::Refused(Refusal::Clock { .. })));
        assert_eq!(stage.outcome(), "clock");
    }
    let near = Question {
        time: now().minus(Duration::from_secs(100)),
        ..stage.question(Ask::List { after: None })
    };
    assert!(matches!(ask(&link, &stage.sign(near)).await, IndexAnswer::List { .. }));
    stage.check_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_once() {
    let mut stage = Stage::new();
    let (list, read) = (stage.list(), stage.read(stage.small));
    let link = stage.dial().await;
    assert!(matches!(ask(&link, &list).await, IndexAnswer::List { .. }));
    let (head, mut stream) = get(&link, &read, 0).await;
    assert!(matches!(head, Head::Document { .. }));
    assert_eq!(read_frame(&mut stream).await.unwrap(), b"", "the list of a small document");
    assert_eq!(read_frame(&mut stream).await.unwrap(), b"a small document");
    // On the same stream, on others, and on another connection.
    assert_eq!(get_next(&mut stream, &read, 0).await, Head::Refused(Refusal::NotPermitted));
    assert_eq!(stage.outcome(), "replayed");
    for link in [link, stage.dial().await] {
        check_replayed(&stage, &link, &list, &read).await;
    }
    stage.cluster.sites[0].stop();
    stage.cluster.sites[0].start();
    check_replayed(&stage, &stage.dial().await, &list, &read).await;
    stage.cluster.sites[0].kill();
    stage.cluster.sites[0].start();
    check_replayed(&stage, &stage.dial().await, &list, &read).await;
    stage.check_well().await;
}

async fn check_replayed(stage: &Stage, link: &Link, list: &str, read: &str) {
    assert_eq!(ask(link, list).await, NOT_PERMITTED);
    assert_eq!(stage.outcome(), "replayed");
    assert_eq!(get(link, read, 0).await.0, Head::Refused(Refusal::NotPermitted));
    assert_eq!(stage.outcome(), "replayed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_is_sent_many_times_at_once_is_answered_once() {
    let stage = Stage::new();
    let (link, list) = (stage.dial().await, stage.list());
    let answers = futures::future::join_all((0..32).map(|_| ask(&link, &list))).await;
    let answered =
        answers.iter().filter(|answer| matches!(answer, IndexAnswer::List { .. })).count();
    assert_eq!(answered, 1);
    stage.check_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_on_the_wrong_protocol_is_refused_and_nothing_was_looked_at() {
    let stage = Stage::new();
    let link = stage.dial().await;
    assert_eq!(ask(&link, &stage.read(stage.small)).await, NOT_PERMITTED);
    assert_eq!(stage.outcome(), "malformed");
    assert_eq!(ask_receipt(&link, &stage.list()).await, NOT_PERMITTED);
    assert_eq!(stage.outcome(), "malformed");
    assert_eq!(get(&link, &stage.list(), 0).await.0, Head::Refused(Refusal::NotPermitted));
    assert_eq!(stage.outcome(), "malformed");
    // The bytes of an index question on a document stream end it.
    let bytes = encode(&IndexQuestion::List(stage.list())).unwrap();
    let mut stream = link.talk(document::PROTOCOL).await.unwrap();
    stream.write_all(&frame(&bytes)).await.unwrap();
    assert_eq!(read_all(&mut stream).await, b"");
    stage.check_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_for_those_who_may_read_the_document() {
    let stage = Stage::new();
    let link = stage.dial().await;
    let question = stage.read(stage.small);
    let answer = ask_receipt(&link, &question).await;
    assert!(matches!(answer, IndexAnswer::Receipt(_)), "{answer:?}");
    assert_eq!(stage.outcome(), "permitted");
    assert_eq!(ask_receipt(&link, &question).await, NOT_PERMITTED);
    assert_eq!(stage.outcome(), "replayed");
    let id = stage.small.to_string();
    let to = budstikke_scenarios::cluster::ORGANISATIONS[1];
    stage.hospital().run(&["document", "share", &id, "--to", to]).ok();
    assert_eq!(ask_receipt(&link, &stage.read(stage.small)).await, NOT_PERMITTED);
    assert_eq!(stage.outcome(), "not-shared");
    stage.check_quiet();
}
