//! The messages of the vectors: each as the code writes it, and then broken in one place.

use budstikke_protocol::limits::QUESTION_BYTES_MAX;
use budstikke_protocol::wire::codec::{Message as _, encode};
use budstikke_protocol::wire::document::{Get, Head};
use budstikke_protocol::wire::hello::{Hello, RosterHead};
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::reach::{Outcome, ReachAnswer, ReachQuestion, Tried};
use budstikke_protocol::wire::refusal::Refusal;
use budstikke_protocol::wire::roster::{RosterAnswer, RosterQuestion};
use ciborium::Value;

use super::referrals;
use super::row::{Kind, Row};

/// A hello of version 3 of the roster.
const HELLO: Hello = Hello {
    roster: RosterHead { version: 3, digest: [0xab; 32] },
    time: 1_795_349_045,
    heads: Vec::new(),
};

/// Every case.
pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(rosters());
    rows.extend(lists());
    rows.extend(super::logs::rows());
    rows.extend(super::finding::rows());
    rows.extend(reach());
    rows.extend(referrals::rows());
    rows.extend(documents());
    rows.extend(refusals());
    rows.extend(whole());
    rows.extend(alternatives());
    rows.extend(members());
    rows.extend(found_by_reach());
    rows
}

/// [`HELLO`] by hand.
fn hello() -> String {
    let digest = "ab".repeat(32);
    format!(r#"{{"roster": {{"version": 3, "digest": h'{digest}'}}, "time": 1795349045}}"#)
}

fn rosters() -> [Row; 5] {
    let question = RosterQuestion { version: 3 };
    let answer = RosterAnswer::Roster("{}\n".to_owned());
    let later = changed(&HELLO, |members| members.push(("later".into(), 1.into())));
    [
        Row::good("good-hello", "a hello", Kind::Hello, &HELLO, &hello()),
        Row {
            name: "good-unknown-member",
            shows: "a member that a later version may bring is passed by",
            expect: Kind::Hello,
            bytes: later,
            outcome: Ok(hello()),
        },
        Row::good(
            "good-roster-question",
            "which version",
            Kind::RosterQuestion,
            &question,
            r#"{"version": 3}"#,
        ),
        Row::good(
            "good-roster-answer",
            "the roster",
            Kind::RosterAnswer,
            &answer,
            r#"{"roster": "{}\n"}"#,
        ),
        Row::good(
            "good-roster-unknown",
            "no such version",
            Kind::RosterAnswer,
            &RosterAnswer::Unknown,
            r#""unknown""#,
        ),
    ]
}

fn lists() -> [Row; 3] {
    const ID: &str = "01935000-0000-7000-8000-000000000001";
    let question = IndexQuestion::List("a.b.c".to_owned());
    let manifests = vec!["a.b.c".to_owned(), "d.e.f".to_owned()];
    let page = IndexAnswer::List { manifests, unreadable: 1, next: Some(ID.parse().unwrap()) };
    let in_text = format!(
        r#"{{"list": {{"manifests": ["a.b.c", "d.e.f"], "unreadable": 1, "next": "{ID}"}}}}"#
    );
    let last = IndexAnswer::List { manifests: vec![], unreadable: 0, next: None };
    let last_in_text = r#"{"list": {"manifests": [], "unreadable": 0}}"#;
    [
        Row::good(
            "good-index-question",
            "a signed question",
            Kind::IndexQuestion,
            &question,
            r#"{"list": "a.b.c"}"#,
        ),
        Row::good(
            "good-index-page",
            "a page, and more to come",
            Kind::IndexAnswer,
            &page,
            &in_text,
        ),
        Row::good(
            "good-index-last-page",
            "an empty page, the last",
            Kind::IndexAnswer,
            &last,
            last_in_text,
        ),
    ]
}

fn reach() -> [Row; 4] {
    let outcomes = [
        ("/ip4/192.0.2.1/tcp/8470", Outcome::Reached),
        ("/ip6/2001:db8::1/tcp/8470", Outcome::SomebodyElse),
        ("/dns4/node.example.no/tcp/8470", Outcome::Unreached),
    ];
    let tried =
        |(address, outcome): (&str, Outcome)| Tried { address: address.parse().unwrap(), outcome };
    let answer = ReachAnswer::Tried(outcomes.map(tried).into());
    let answer_in_text = r#"{"tried": [{"address": "/ip4/192.0.2.1/tcp/8470", "outcome": "reached"}, {"address": "/ip6/2001:db8::1/tcp/8470", "outcome": "somebody-else"}, {"address": "/dns4/node.example.no/tcp/8470", "outcome": "unreached"}]}"#;
    let refused = ReachAnswer::Refused(Refusal::Rate { retry_after: 7 });
    [
        Row::good(
            "good-reach-question",
            "dial me back",
            Kind::ReachQuestion,
            &ReachQuestion {},
            "{}",
        ),
        Row::good(
            "good-reach-answer",
            "three addresses and the three outcomes",
            Kind::ReachAnswer,
            &answer,
            answer_in_text,
        ),
        Row::good(
            "good-reach-nowhere",
            "the roster lists no address",
            Kind::ReachAnswer,
            &ReachAnswer::Tried(vec![]),
            r#"{"tried": []}"#,
        ),
        Row::good(
            "good-reach-refused",
            "asked too soon again",
            Kind::ReachAnswer,
            &refused,
            r#"{"refused": {"rate": {"retry_after": 7}}}"#,
        ),
    ]
}

/// An address is printable, and its outcome one of three.
fn found_by_reach() -> [Row; 3] {
    let found = |address: &str, outcome: &str| {
        let members = [("address", address.into()), ("outcome", outcome.into())];
        let tried = Value::Map(members.map(|(name, value)| (name.into(), value)).into());
        map([("tried", Value::Array(vec![tried]))])
    };
    let unknown = found("/ip4/192.0.2.1/tcp/8470", "maybe");
    let escape = found("/ip4/192.0.2.1/tcp/8470\u{1b}[2J", "reached");
    let long = vec![0; ReachAnswer::BYTES_MAX + 1];
    [
        Row::bad(
            "unknown-outcome",
            "an outcome that nobody knows",
            Kind::ReachAnswer,
            unknown,
            "malformed",
        ),
        Row::bad(
            "address-unprintable",
            "an address holds no control character",
            Kind::ReachAnswer,
            escape,
            "malformed",
        ),
        Row::bad(
            "reach-answer-too-large",
            "at most 2 624 bytes",
            Kind::ReachAnswer,
            long,
            "too-large",
        ),
    ]
}

fn documents() -> [Row; 2] {
    let get = Get { question: "a.b.c".to_owned(), first: 2 };
    let get_in_text = r#"{"question": "a.b.c", "first": 2}"#;
    let head = Head::Document { manifest: "a.b.c".to_owned() };
    let head_in_text = r#"{"document": {"manifest": "a.b.c"}}"#;
    [
        Row::good("good-get", "a document from the third subtree on", Kind::Get, &get, get_in_text),
        Row::good("good-head", "the document follows", Kind::Head, &head, head_in_text),
    ]
}

fn refusals() -> [Row; 5] {
    let head = |name, refusal, text| {
        let head = Head::Refused(refusal);
        Row::good(name, "a refusal", Kind::Head, &head, &format!(r#"{{"refused": {text}}}"#))
    };
    let index = IndexAnswer::Refused(Refusal::Technical);
    let index_in_text = r#"{"refused": "technical"}"#;
    [
        head("good-not-permitted", Refusal::NotPermitted, r#""not-permitted""#),
        head("good-rate", Refusal::Rate { retry_after: 30 }, r#"{"rate": {"retry_after": 30}}"#),
        head("good-clock", Refusal::Clock { time: -1 }, r#"{"clock": {"time": -1}}"#),
        head("good-technical", Refusal::Technical, r#""technical""#),
        Row::good("good-index-refused", "a refusal", Kind::IndexAnswer, &index, index_in_text),
    ]
}

/// A message is all of the bytes, and not too many.
fn whole() -> [Row; 7] {
    let hello = encode(&HELLO).unwrap();
    let trailing = [hello.as_slice(), &[0]].concat();
    let cut = &hello[..hello.len() - 1];
    let long_hello = vec![0; Hello::BYTES_MAX + 1];
    let long_question = vec![0; RosterQuestion::BYTES_MAX + 1];
    let get = Get { question: "x".repeat(QUESTION_BYTES_MAX), first: 0 };
    let long_get = bytes(&Value::serialized(&get).unwrap());
    [
        Row::bad("trailing-byte", "a byte follows the message", Kind::Hello, trailing, "trailing"),
        Row::bad(
            "two-messages",
            "a second message follows",
            Kind::Hello,
            hello.repeat(2),
            "trailing",
        ),
        Row::bad("cut-short", "the last byte is missing", Kind::Hello, cut, "malformed"),
        Row::bad("nothing", "no bytes", Kind::Hello, [], "malformed"),
        Row::bad("hello-too-large", "at most 1 664 bytes", Kind::Hello, long_hello, "too-large"),
        Row::bad(
            "roster-question-too-large",
            "at most 64 bytes",
            Kind::RosterQuestion,
            long_question,
            "too-large",
        ),
        Row::bad("get-too-large", "at most 40 KiB", Kind::Get, long_get, "too-large"),
    ]
}

/// An alternative is one that is known, and one alone.
fn alternatives() -> [Row; 5] {
    let later = bytes(&"later".into());
    let find = map([("find", "a.b.c".into())]);
    let reason = map([("refused", "no-consent".into())]);
    let two = map([("refused", "technical".into()), ("document", "a.b.c".into())]);
    let json = br#"{"version":3}"#.as_slice();
    [
        Row::bad(
            "unknown-answer",
            "an answer that nobody knows",
            Kind::RosterAnswer,
            later,
            "malformed",
        ),
        Row::bad(
            "unknown-question",
            "a question that nobody knows",
            Kind::IndexQuestion,
            find,
            "malformed",
        ),
        Row::bad("unknown-refusal", "a refusal that nobody knows", Kind::Head, reason, "malformed"),
        Row::bad("two-alternatives", "two answers at once", Kind::Head, two, "malformed"),
        Row::bad("json", "a message is CBOR", Kind::RosterQuestion, json, "malformed"),
    ]
}

/// A member is there, once, and of its type.
fn members() -> [Row; 6] {
    let no_first = map([("question", "a.b.c".into())]);
    let twice = map([("version", 3.into()), ("version", 4.into())]);
    let negative = map([("version", (-1).into())]);
    let in_words = map([("version", "3".into())]);
    let digest = |digest: Value| {
        changed(&HELLO, |members| {
            let version = ("version".into(), 3.into());
            members[0].1 = Value::Map(vec![version, ("digest".into(), digest)]);
        })
    };
    let short = digest(Value::Bytes(vec![0xab; 31]));
    let hex = digest("ab".repeat(32).into());
    [
        Row::bad(
            "member-missing",
            "the first subtree is missing",
            Kind::Get,
            no_first,
            "malformed",
        ),
        Row::bad(
            "member-twice",
            "no member stands twice",
            Kind::RosterQuestion,
            twice,
            "malformed",
        ),
        Row::bad(
            "version-negative",
            "a version is not negative",
            Kind::RosterQuestion,
            negative,
            "malformed",
        ),
        Row::bad(
            "version-as-text",
            "a version is a number",
            Kind::RosterQuestion,
            in_words,
            "malformed",
        ),
        Row::bad("digest-short", "a digest has 32 bytes", Kind::Hello, short, "malformed"),
        Row::bad("digest-as-text", "a digest is a byte string", Kind::Hello, hex, "malformed"),
    ]
}

pub(super) fn map<const N: usize>(members: [(&str, Value); N]) -> Vec<u8> {
    bytes(&Value::Map(members.map(|(name, value)| (name.into(), value)).into()))
}

/// The bytes of a message that was changed after it was made.
fn changed(hello: &Hello, change: impl FnOnce(&mut Vec<(Value, Value)>)) -> Vec<u8> {
    let mut message = Value::serialized(hello).unwrap();
    change(message.as_map_mut().unwrap());
    bytes(&message)
}

fn bytes(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}
