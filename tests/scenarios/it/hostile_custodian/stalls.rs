//! Streams that break off, dawdle or never come: what has verified is kept for another try, and no fetch hangs.

use std::thread;
use std::time::{Duration, Instant};

use budstikke_protocol::limits::{STALL_MAX, SUBTREE_BYTES};
use budstikke_protocol::wire::index;
use budstikke_scenarios::cluster::ORGANISATIONS;
use budstikke_scenarios::hostile::custodian::{Step, head, list, signed, subtrees, whole};
use budstikke_scenarios::hostile::streams::frame;

use super::{Stage, large, some_bytes};

/// How often a fetch is tried without getting any further.
const TRIES: u32 = 5;

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_goes_on_where_the_stream_broke_off() {
    let stage = Stage::new().await;
    let bytes = large();
    let half = |from: usize| {
        Step::Raw(
            [&u32::try_from(SUBTREE_BYTES).unwrap().to_be_bytes(), &bytes[from..from + 5000]]
                .concat(),
        )
    };
    let document = stage.document(|document| {
        let begin = vec![head(&stage.signed(document, &bytes)), list(&bytes)];
        let right = subtrees(&bytes, 0);
        vec![
            // One subtree and half of the next; then the same half again; then nothing; then the rest.
            [begin.clone(), vec![right[0].clone(), half(SUBTREE_BYTES)]].concat(),
            [begin.clone(), vec![half(SUBTREE_BYTES)]].concat(),
            vec![],
            [begin, right[1..].to_vec()].concat(),
        ]
    });
    stage.check_kept(document, &bytes);
    assert_eq!(stage.custodian.firsts(document), [0, 1, 1, 1]);
    stage.check_kept_only(&[document]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_fetch_goes_on_behind_what_was_wrong() {
    let stage = Stage::new().await;
    let bytes = large();
    let mut wrong = bytes.clone();
    wrong[SUBTREE_BYTES] ^= 1;
    let document = stage.document(|document| {
        let begin = vec![head(&stage.signed(document, &bytes)), list(&bytes)];
        vec![[begin.clone(), subtrees(&wrong, 0)].concat(), [begin, subtrees(&bytes, 1)].concat()]
    });
    stage.check_refused("the second subtree", document, super::CONTENT);
    stage.check_kept(document, &bytes);
    assert_eq!(stage.custodian.firsts(document), [0, 1]);
    stage.check_kept_only(&[document]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_signed_anew_each_time_is_given_up() {
    let stage = Stage::new().await;
    let bytes = large();
    let document = stage.document(|document| {
        let anew = |title: usize| {
            let mut manifest = stage.manifest(document, &bytes);
            manifest.title = format!("version {title}").parse().unwrap();
            let manifest = signed(manifest, &stage.adversary.keys.sign);
            [vec![head(&manifest), list(&bytes)], subtrees(&bytes, 0)[..1].to_vec()].concat()
        };
        (0..200).map(anew).collect()
    });
    let began = Instant::now();
    stage.check_refused("signed anew", document, "broke off");
    assert!(began.elapsed() < Duration::from_secs(30));
    assert!(stage.custodian.firsts(document).len() < 10);
    stage.check_kept_only(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custodian_that_dawdles_is_given_up() {
    let stage = Stage::new().await;
    let (bytes, small) = (large(), some_bytes(5000));
    let drip = |step: Step| {
        let Step::Frame(bytes) = step else { unreachable!() };
        Step::Drip(frame(&bytes))
    };
    // Each sends so many steps in order, and then nothing, or the next a byte a second.
    let late = |bytes: &[u8], steps: usize, is_dripping: bool| {
        stage.document(|document| {
            let mut script = whole(&stage.signed(document, bytes), bytes);
            let next = script[steps].clone();
            script.truncate(steps);
            script.push(if is_dripping { drip(next) } else { Step::Wait });
            vec![script]
        })
    };
    let documents = [
        late(&bytes, 0, false),
        late(&bytes, 0, true),
        late(&bytes, 1, false),
        late(&bytes, 1, true),
        late(&bytes, 2, false),
        late(&bytes, 2, true),
        late(&small, 2, true),
    ];
    thread::scope(|scope| {
        for (number, document) in documents.into_iter().enumerate() {
            let stage = &stage;
            scope.spawn(move || {
                let began = Instant::now();
                stage.check_refused(
                    &format!("case {number}"),
                    document,
                    "nothing arrived for 15 s",
                );
                let took = began.elapsed();
                assert!(took >= STALL_MAX * TRIES, "given up after {took:?}");
                assert!(
                    took < (STALL_MAX + Duration::from_secs(6)) * TRIES,
                    "given up after {took:?}"
                );
            });
        }
        // A list that never comes.
        let stage = &stage;
        scope.spawn(move || {
            let said = stage
                .municipality()
                .run(&["document", "list", "--from", ORGANISATIONS[1]])
                .failure();
            assert!(said.contains("has not answered in time"), "{said}");
            assert_eq!(stage.custodian.asked(index::PROTOCOL), 1);
        });
    });
    stage.check_kept_only(&[]);
}
