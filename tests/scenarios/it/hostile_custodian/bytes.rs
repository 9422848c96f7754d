//! Bytes that are not those that were signed.

use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::DocumentId;
use budstikke_protocol::limits::SUBTREE_BYTES;
use budstikke_scenarios::hostile::custodian::{Step, content, head, list, signed, subtrees, whole};

use super::{CONTENT, MALFORMED, Stage, TWO_CONTENTS, large, some_bytes};

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_signs_two_contents_is_refused_and_nothing_is_kept() {
    let stage = Stage::new().await;
    for (one, mut other) in [(some_bytes(5000), some_bytes(5000)), (large(), large())] {
        *other.last_mut().unwrap() ^= 1;
        let two = |document| {
            let manifest =
                Manifest { sha256: content(&other).sha256, ..stage.manifest(document, &one) };
            signed(manifest, &stage.adversary.keys.sign)
        };
        let matching_blake3 = stage.document(|document| vec![whole(&two(document), &one)]);
        stage.check_refused("the bytes of the BLAKE3", matching_blake3, TWO_CONTENTS);
        assert_eq!(stage.files(), 0, "a file of a refused document is there");
        // The access log says so too, before the look that found nothing here.
        let accesses = stage.municipality().json(&["access", "list", "--limit", "2"]);
        let mut outcomes = accesses["accesses"].as_array().unwrap().iter();
        assert!(outcomes.any(|access| access["outcome"] == "content"), "{accesses}");
        let matching_sha256 = stage.document(|document| vec![whole(&two(document), &other)]);
        stage.check_refused("the bytes of the SHA-256", matching_sha256, CONTENT);
    }
    assert_eq!(stage.files(), 0);
    stage.check_kept_only(&[]);
}

/// The document with one bit turned in each of these subtrees.
fn with_a_wrong(at: usize) -> Vec<u8> {
    let mut bytes = large();
    bytes[at * SUBTREE_BYTES + 17] ^= 0x80;
    bytes
}

/// A document with its right manifest and list, and then these steps.
fn then(stage: &Stage, steps: Vec<Step>) -> DocumentId {
    let bytes = large();
    stage.document(|document| {
        vec![[vec![head(&stage.signed(document, &bytes)), list(&bytes)], steps].concat()]
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subtree_that_does_not_verify_is_refused_wherever_it_stands() {
    let stage = Stage::new().await;
    for at in 0..3 {
        let document = then(&stage, subtrees(&with_a_wrong(at), 0));
        stage.check_refused(&format!("subtree {at}"), document, CONTENT);
    }
    let right = subtrees(&large(), 0);
    let swapped = vec![right[1].clone(), right[0].clone(), right[2].clone()];
    let twice = vec![right[0].clone(), right[0].clone(), right[2].clone()];
    let longer = vec![Step::Frame(large()[..=SUBTREE_BYTES].to_vec())];
    for (what, steps, fault) in [
        ("swapped", swapped, CONTENT),
        ("one twice", twice, CONTENT),
        ("the last first", vec![right[2].clone()], CONTENT),
        ("a byte short", vec![Step::Frame(large()[..SUBTREE_BYTES - 1].to_vec())], CONTENT),
        ("empty", vec![Step::Frame(Vec::new())], CONTENT),
        ("a byte too long", longer, "a frame of 1048577 bytes where 1048576 are the most"),
    ] {
        stage.check_refused(what, then(&stage, steps), fault);
    }
    stage.check_kept_only(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_does_not_lead_to_the_root_is_refused() {
    let stage = Stage::new().await;
    let (bytes, small) = (large(), some_bytes(5000));
    let right = content(&bytes).subtrees.to_bytes();
    let mut turned = right.clone();
    turned[40] ^= 1;
    let mut swapped = right.clone();
    swapped.rotate_left(32);
    for (what, wrong) in [
        ("one bit turned", turned),
        ("in another order", swapped),
        ("one hash short", right[..64].to_vec()),
        ("one byte short", right[..95].to_vec()),
        ("one hash long", [right.clone(), vec![0; 32]].concat()),
        ("as long as can be", vec![0; 16 * 1024 * 32]),
        ("empty", Vec::new()),
    ] {
        let document = stage.document(|document| {
            vec![vec![head(&stage.signed(document, &bytes)), Step::Frame(wrong)]]
        });
        stage.check_refused(what, document, CONTENT);
    }
    let document = stage.document(|document| {
        vec![vec![head(&stage.signed(document, &small)), Step::Frame(vec![0; 32])]]
    });
    stage.check_refused("a list where none belongs", document, CONTENT);
    assert_eq!(stage.files(), 0);
    stage.check_kept_only(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_head_is_refused() {
    let stage = Stage::new().await;
    for (what, bytes) in [
        ("empty", Vec::new()),
        ("garbage", vec![0xff; 100]),
        ("deep", vec![0x81; 30_000]),
        (
            "something that is no refusal",
            [vec![0xa1, 0x67], b"refused".to_vec(), vec![0x63], b"who".to_vec()].concat(),
        ),
    ] {
        let document = stage.document(|_| vec![vec![Step::Frame(bytes)]]);
        stage.check_refused(what, document, MALFORMED);
    }
    let document = stage.document(|document| {
        let Step::Frame(head) = head(&stage.signed(document, b"x")) else { unreachable!() };
        vec![vec![Step::Frame([head, vec![0]].concat())]]
    });
    stage.check_refused("a byte too many", document, MALFORMED);
    stage.check_kept_only(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_of_four_gibibytes_is_not_waited_for() {
    let stage = Stage::new().await;
    let (bytes, small) = (large(), some_bytes(5000));
    let endless = || Step::Raw([vec![0xff; 4], vec![0; 70_000]].concat());
    let begin = |document| vec![head(&stage.signed(document, &bytes)), list(&bytes)];
    let documents = [
        stage.document(|_| vec![vec![endless(), Step::Wait]]),
        stage.document(|document| {
            vec![[vec![begin(document)[0].clone()], vec![endless(), Step::Wait]].concat()]
        }),
        stage.document(|document| vec![[begin(document), vec![endless(), Step::Wait]].concat()]),
        stage.document(|document| {
            vec![vec![head(&stage.signed(document, &small)), list(&small), endless(), Step::Wait]]
        }),
    ];
    std::thread::scope(|scope| {
        for document in documents {
            let stage = &stage;
            scope.spawn(move || {
                stage.check_refused("4 GiB", document, "a frame of 4294967295 bytes where");
            });
        }
    });
    stage.check_kept_only(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_behind_a_document_is_not_taken() {
    let stage = Stage::new().await;
    let mut kept = Vec::new();
    for bytes in [some_bytes(5000), large()] {
        for further in [
            Step::Frame(vec![7; 1000]),
            Step::Raw(vec![0xff; 100]),
            Step::Flood(vec![7; SUBTREE_BYTES]),
        ] {
            let document = stage.document(|document| {
                let whole = whole(&stage.signed(document, &bytes), &bytes);
                vec![[whole, vec![further]].concat()]
            });
            stage.check_kept(document, &bytes);
            kept.push(document);
        }
    }
    stage.check_kept_only(&kept);
}
