//! Lists out of order, without end, or with what is not the custodian's.

use std::time::{Duration, Instant};

use budstikke_protocol::ids::DocumentId;
use budstikke_protocol::limits::INDEX_ANSWER_BYTES_MAX;
use budstikke_protocol::wire::codec::encode;
use budstikke_protocol::wire::index::{self, IndexAnswer};
use budstikke_scenarios::cluster::ORGANISATIONS;
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::custodian::{manifest, signed};

use super::{MALFORMED, OTHER, SIGNATURE, Stage};

const ORDER: &str = "sent a list out of order";

fn page(manifests: Vec<String>, next: Option<DocumentId>) -> Vec<u8> {
    encode(&IndexAnswer::List { manifests, unreadable: 0, next }).unwrap()
}

/// The custodian answers with these pages; the list fails with `fault`.
fn check(stage: &Stage, what: &str, pages: Vec<Vec<u8>>, fault: &str) {
    stage.custodian.answers(index::PROTOCOL, pages);
    let said =
        stage.municipality().run(&["document", "list", "--from", ORGANISATIONS[1]]).failure();
    assert!(said.contains(fault), "{what}: {said}");
}

/// Ids in ascending order.
fn ids<const N: usize>(stage: &Stage) -> [DocumentId; N] {
    std::array::from_fn(|_| stage.custodian.new_id())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_out_of_order_is_refused() {
    let stage = Stage::new().await;
    let [a, b, c] = ids(&stage);
    let of = |document| stage.signed(document, b"x");
    check(&stage, "descending", vec![page(vec![of(b), of(a)], None)], ORDER);
    check(&stage, "one twice", vec![page(vec![of(a), of(a)], None)], ORDER);
    check(&stage, "the next page before this one", vec![page(vec![of(b), of(c)], Some(a))], ORDER);
    check(
        &stage,
        "the next page before the last",
        vec![page(vec![of(a), of(b)], Some(b)), page(vec![of(a)], None)],
        ORDER,
    );
    check(&stage, "the same page again", vec![page(vec![of(a), of(b)], Some(b))], ORDER);
    check(&stage, "an empty page again and again", vec![page(vec![], Some(b))], ORDER);
    // What is in order is taken, so it is the order that was seen.
    stage
        .custodian
        .answers(index::PROTOCOL, vec![page(vec![of(a), of(b)], Some(b)), page(vec![of(c)], None)]);
    let listed = stage.municipality().json(&["document", "list", "--from", ORGANISATIONS[1]]);
    assert_eq!(listed["documents"].as_array().unwrap().len(), 3);
    stage.check_kept_only(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_without_end_ends() {
    let stage = Stage::new().await;
    let next = |number: u32| DocumentId::from_parts(1_700_000_000_000 + u64::from(number), [0; 10]);
    let pages = (0..5000).map(|number| page(vec![], Some(next(number)))).collect();
    let began = Instant::now();
    check(&stage, "empty pages", pages, "more documents than one list holds");
    assert!(began.elapsed() < Duration::from_mins(1));
    assert!(stage.custodian.asked(index::PROTOCOL) <= 1000);
    stage.check_kept_only(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_what_is_not_the_custodians_is_refused() {
    let stage = Stage::new().await;
    let [a, b] = ids(&stage);
    let municipality = Adversary::of(stage.municipality());
    let theirs = signed(manifest(municipality.organisation, b, b"x"), &municipality.keys.sign);
    check(
        &stage,
        "another organisation's",
        vec![page(vec![stage.signed(a, b"x"), theirs], None)],
        OTHER,
    );
    let stranger = Adversary::stranger(ORGANISATIONS[1]);
    let forged = signed(stage.manifest(a, b"x"), &stranger.keys.sign);
    check(&stage, "not signed with its key", vec![page(vec![forged], None)], SIGNATURE);
    check(&stage, "no manifest", vec![page(vec!["a.b.c".to_owned()], None)], MALFORMED);
    stage.check_kept_only(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_list_is_refused() {
    let stage = Stage::new().await;
    let a = stage.custodian.new_id();
    let right = page(vec![stage.signed(a, b"x")], None);
    for (what, bytes) in [
        ("garbage", vec![0xff; 100]),
        ("deep", vec![0x81; 1_000_000]),
        ("a byte too many", [right.clone(), vec![0]].concat()),
        ("a byte short", right[..right.len() - 1].to_vec()),
        ("an array without end", [vec![0xa1, 0x64], b"list".to_vec(), vec![0x9f; 1000]].concat()),
        ("larger than a list may be", vec![0; INDEX_ANSWER_BYTES_MAX + 1]),
        ("much larger", vec![0; 64 * 1024 * 1024]),
    ] {
        check(&stage, what, vec![bytes], "a message is not as the protocol has it");
    }
    check(&stage, "nothing", vec![Vec::new()], "gave no answer");
    stage.check_kept_only(&[]);
}
