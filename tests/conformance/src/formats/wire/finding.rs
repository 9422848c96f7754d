//! The messages of a search: how the index stands, what is asked blindly and by label, and what is announced.

use budstikke_protocol::wire::index::{
    Announcement, IndexAnswer, IndexQuestion, RecordsAnswer, Shown, StateAnswer, StateQuestion,
};
use ciborium::Value;
use serde_bytes::{ByteArray, ByteBuf};

use super::messages::map;
use super::row::{Kind, Row};

/// Every case.
pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(questions());
    rows.extend(answers());
    rows.extend(refused());
    rows
}

fn questions() -> [Row; 6] {
    let good = |name, shows, question: IndexQuestion, text: &str| {
        Row::good(name, shows, Kind::IndexQuestion, &question, text)
    };
    let announced = |sharing: Option<&str>| Announcement {
        manifest: "a.b.c".to_owned(),
        sharing: sharing.map(str::to_owned),
        receipt: "c2sp.org/tlog-proof@v1\n".to_owned(),
    };
    [
        good(
            "good-state-first",
            "how the index of a node stands, of which the asker has nothing",
            IndexQuestion::State(StateQuestion::default()),
            r#"{"state": {"size": 0, "epoch": 0, "presence": 0}}"#,
        ),
        good(
            "good-state-question",
            "how it stands now",
            IndexQuestion::State(StateQuestion { size: 7, epoch: 1, presence: 24 }),
            r#"{"state": {"size": 7, "epoch": 1, "presence": 24}}"#,
        ),
        good(
            "good-blind-question",
            "a signed blind question",
            IndexQuestion::Blind("a.b.c".to_owned()),
            r#"{"blind": "a.b.c"}"#,
        ),
        good(
            "good-records-question",
            "a signed question by label",
            IndexQuestion::Records("a.b.c".to_owned()),
            r#"{"records": "a.b.c"}"#,
        ),
        good(
            "good-announce",
            "a document is announced to whom its manifest names",
            IndexQuestion::Announce(announced(None)),
            r#"{"announce": {"manifest": "a.b.c", "receipt": "c2sp.org/tlog-proof@v1\n"}}"#,
        ),
        good(
            "good-announce-sharing",
            "a document is announced to whom a later change names",
            IndexQuestion::Announce(announced(Some("d.e.f"))),
            r#"{"announce": {"manifest": "a.b.c", "sharing": "d.e.f", "receipt": "c2sp.org/tlog-proof@v1\n"}}"#,
        ),
    ]
}

fn answers() -> [Row; 6] {
    let good = |name, shows, answer: IndexAnswer, text: &str| {
        Row::good(name, shows, Kind::IndexAnswer, &answer, text)
    };
    let (state, hash) = ("02".repeat(142), "cd".repeat(32));
    let shown = Shown { index: 41, salt: ByteArray::new([0xcd; 32]), manifest: "a.b.c".to_owned() };
    let records = RecordsAnswer {
        checkpoint: "note\n".to_owned(),
        proof: ByteBuf::from([1; 3]),
        shown: vec![shown],
        next: Some(41),
    };
    let withheld = RecordsAnswer { shown: Vec::new(), next: None, ..records.clone() };
    let evaluated = vec![ByteArray::new([0xcd; 32])];
    [
        good(
            "good-state-answer",
            "how the index stands",
            IndexAnswer::State(Box::new(stated())),
            &format!(
                r#"{{"state": {{"checkpoint": "note\n", "state": h'{state}', "path": [h'{hash}'], "consistency": [], "from": 8, "presence": h'0707070707070707'}}}}"#
            ),
        ),
        good(
            "good-blind-answer",
            "one element, and the proof",
            IndexAnswer::Blind { evaluated, proof: ByteArray::new([0xcd; 64]) },
            &format!(r#"{{"blind": {{"evaluated": [h'{hash}'], "proof": h'{hash}{hash}'}}}}"#),
        ),
        good(
            "good-epoch",
            "the epoch of the question is over",
            IndexAnswer::Epoch { epoch: 2 },
            r#"{"epoch": {"epoch": 2}}"#,
        ),
        good(
            "good-records-answer",
            "a list, a record of it, and more to come",
            IndexAnswer::Records(Box::new(records)),
            &format!(
                r#"{{"records": {{"checkpoint": "note\n", "proof": h'010101', "shown": [{{"index": 41, "salt": h'{hash}', "manifest": "a.b.c"}}], "next": 41}}}}"#
            ),
        ),
        good(
            "good-records-withheld",
            "a list of which the asker may read nothing",
            IndexAnswer::Records(Box::new(withheld)),
            r#"{"records": {"checkpoint": "note\n", "proof": h'010101', "shown": []}}"#,
        ),
        good(
            "good-announced",
            "what was announced is kept",
            IndexAnswer::Announced,
            r#""announced""#,
        ),
    ]
}

/// How an index stands.
fn stated() -> StateAnswer {
    StateAnswer {
        checkpoint: "note\n".to_owned(),
        state: ByteArray::new([2; 142]),
        path: vec![ByteArray::new([0xcd; 32])],
        consistency: Vec::new(),
        from: 8,
        presence: ByteBuf::from([7; 8]),
    }
}

fn refused() -> [Row; 3] {
    let state = map([(
        "state",
        Value::Map(vec![("size".into(), (-1).into()), ("epoch".into(), 1.into())]),
    )]);
    let epoch = map([(
        "state",
        Value::Map(vec![
            ("size".into(), 7.into()),
            ("epoch".into(), (1_u64 << 32).into()),
            ("presence".into(), 0.into()),
        ]),
    )]);
    let hash = Value::Bytes(vec![0xcd; 32]);
    let proof = map([(
        "blind",
        Value::Map(vec![
            ("evaluated".into(), Value::Array(vec![hash.clone()])),
            ("proof".into(), hash),
        ]),
    )]);
    [
        Row::bad(
            "state-size-negative",
            "a size is not negative",
            Kind::IndexQuestion,
            state,
            "malformed",
        ),
        Row::bad(
            "state-epoch-too-large",
            "an epoch has 32 bits",
            Kind::IndexQuestion,
            epoch,
            "malformed",
        ),
        Row::bad(
            "blind-proof-short",
            "a proof has 64 bytes",
            Kind::IndexAnswer,
            proof,
            "malformed",
        ),
    ]
}
