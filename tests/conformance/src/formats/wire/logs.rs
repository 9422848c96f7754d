//! The messages about logs: heads in a hello, and the questions that no patient is named in.

use budstikke_protocol::wire::hello::{Hello, LogHead, RosterHead};
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use ciborium::Value;
use serde_bytes::ByteArray;

use super::messages::map;
use super::row::{Kind, Row};

const ORIGIN: &str = "test.budstikke/983974910";

/// Every case.
pub(super) fn rows() -> Vec<Row> {
    let mut rows = vec![heads()];
    rows.extend(questions());
    rows.extend(answers());
    rows.extend(refused());
    rows
}

fn heads() -> Row {
    let head =
        LogHead { origin: ORIGIN.parse().unwrap(), size: 7, root: [0xcd; 32], time: 1_795_349_000 };
    let roster = RosterHead { version: 3, digest: [0xab; 32] };
    let hello = Hello { roster, time: 1_795_349_045, heads: vec![head] };
    let (digest, root) = ("ab".repeat(32), "cd".repeat(32));
    let text = format!(
        r#"{{"roster": {{"version": 3, "digest": h'{digest}'}}, "time": 1795349045, "heads": [{{"origin": "{ORIGIN}", "size": 7, "root": h'{root}', "time": 1795349000}}]}}"#
    );
    Row::good("good-hello-heads", "a hello with the head of a log", Kind::Hello, &hello, &text)
}

fn questions() -> [Row; 5] {
    let origin = || ORIGIN.parse().unwrap();
    let good = |name, shows, question: IndexQuestion, text: &str| {
        Row::good(name, shows, Kind::IndexQuestion, &question, text)
    };
    [
        good(
            "good-cosign",
            "a witness is asked to cosign; the text is judged by other rules",
            IndexQuestion::Cosign("old 0\n\n".to_owned()),
            r#"{"cosign": "old 0\n\n"}"#,
        ),
        good(
            "good-checkpoint-question",
            "the newest checkpoint of a log is asked for",
            IndexQuestion::Checkpoint(origin()),
            &format!(r#"{{"checkpoint": "{ORIGIN}"}}"#),
        ),
        good(
            "good-consistency-question",
            "a log is to prove that it has only grown",
            IndexQuestion::Consistency { origin: origin(), from: 3, to: 7 },
            &format!(r#"{{"consistency": {{"origin": "{ORIGIN}", "from": 3, "to": 7}}}}"#),
        ),
        good(
            "good-fork",
            "a fork proof is handed on; the text is judged by other rules",
            IndexQuestion::Fork("budstikke/fork/v1\n".to_owned()),
            r#"{"fork": "budstikke/fork/v1\n"}"#,
        ),
        good(
            "good-receipt-question",
            "the receipt of a document is asked for; the signed question is judged by other rules",
            IndexQuestion::Receipt("e30.e30.AAAA".to_owned()),
            r#"{"receipt": "e30.e30.AAAA"}"#,
        ),
    ]
}

fn answers() -> [Row; 8] {
    let good = |name, shows, answer: IndexAnswer, text: &str| {
        Row::good(name, shows, Kind::IndexAnswer, &answer, text)
    };
    let line = "\u{2014} test.budstikke/974760673/witness AAAAAAA=";
    let hash = "ef".repeat(32);
    [
        good(
            "good-cosigned",
            "a signature line",
            IndexAnswer::Cosigned(line.to_owned()),
            &format!(r#"{{"cosigned": "{line}"}}"#),
        ),
        good(
            "good-declined",
            "no cosignature, because the proof is wrong",
            IndexAnswer::Declined { status: 422, size: None },
            r#"{"declined": {"status": 422}}"#,
        ),
        good(
            "good-declined-size",
            "no cosignature, because the proof must begin elsewhere",
            IndexAnswer::Declined { status: 409, size: Some(3) },
            r#"{"declined": {"status": 409, "size": 3}}"#,
        ),
        good(
            "good-checkpoint",
            "a note",
            IndexAnswer::Checkpoint("a\n\n\u{2014} b AAAAAAA=\n".to_owned()),
            "{\"checkpoint\": \"a\\n\\n\u{2014} b AAAAAAA=\\n\"}",
        ),
        good(
            "good-consistency",
            "a proof of two hashes",
            IndexAnswer::Consistency(vec![ByteArray::new([0xef; 32]); 2]),
            &format!(r#"{{"consistency": [h'{hash}', h'{hash}']}}"#),
        ),
        good(
            "good-receipt",
            "a receipt; the text is judged by other rules",
            IndexAnswer::Receipt("c2sp.org/tlog-proof@v1\n".to_owned()),
            r#"{"receipt": "c2sp.org/tlog-proof@v1\n"}"#,
        ),
        good("good-kept", "the fork proof is kept", IndexAnswer::Kept, r#""kept""#),
        good("good-unknown", "nothing is known of that", IndexAnswer::Unknown, r#""unknown""#),
    ]
}

/// An origin is one, and a hash has 32 bytes.
fn refused() -> [Row; 3] {
    let question = |origin: &str| map([("checkpoint", origin.into())]);
    let short = map([("consistency", Value::Array(vec![Value::Bytes(vec![0xef; 31])]))]);
    [
        Row::bad(
            "origin-of-no-organisation",
            "the organisation number is none",
            Kind::IndexQuestion,
            question("test.budstikke/983974911"),
            "malformed",
        ),
        Row::bad(
            "origin-upper-case",
            "a federation's name has no capitals",
            Kind::IndexQuestion,
            question("Test.budstikke/983974910"),
            "malformed",
        ),
        Row::bad("hash-short", "a hash has 32 bytes", Kind::IndexAnswer, short, "malformed"),
    ]
}
