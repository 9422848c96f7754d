//! `referral-event`: what an event must fulfil by itself, whatever came before it. Every signature is good.

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::referral::said::Kind as Said;
use serde_json::{Value, json};

use crate::cast::{GP, HOSPITAL, MUNICIPALITY};
use crate::formats::compact::{Accepted, Input, Kind, judge};
use crate::sample::{Change as _, event, said};
use crate::thread::attached;
use crate::vector::{Cases, Format, Written};

/// Payloads of events.
pub struct Events;

const SHAPE: &str = "payload: not of the expected shape";

impl Format for Events {
    const NAME: &'static str = "referral-event";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        judge(&input)
    }
}

impl Written for Events {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        kinds(&mut cases);
        bare(&mut cases);
        rules(&mut cases);
        fields(&mut cases);
        members(&mut cases);
        cases
    }
}

fn digest(of: &str) -> Value {
    json!(Sha256Digest::of(of.as_bytes()))
}

/// The second event of a side, which says this.
fn second(author: &str, said: Value) -> Value {
    let seen = json!({ "number": 1, "event": digest("the other's") });
    let it = event().with("/author", author).with("/number", 2).with("/seen", seen);
    let is_acknowledgement = said["kind"] == "acknowledged";
    let it = it.with("/previous", digest("the own")).with("/said", said);
    if is_acknowledgement { it.without("/person") } else { it }
}

fn accept(cases: &mut Cases<Events>, name: &str, shows: &str, statement: Value) {
    let input = Input::of_payload(Kind::Event, &statement.bytes());
    let result = input.read_as(statement);
    cases.accepted(&format!("good-{name}"), shows, input, result);
}

fn refuse(cases: &mut Cases<Events>, name: &str, shows: &str, statement: &Value, refusal: &str) {
    cases.refused(name, shows, Input::of_payload(Kind::Event, &statement.bytes()), refusal);
}

fn kinds(cases: &mut Cases<Events>) {
    accept(cases, "requested", "with every member but what it continues", event());
    for kind in Said::ALL.iter().map(|kind| kind.name()).filter(|name| *name != "requested") {
        let author = if ["supplemented", "withdrawn"].contains(&kind) { GP } else { HOSPITAL };
        accept(cases, kind, "with every member", second(author, said(kind)));
    }
    for (name, answer) in [
        ("accepted", json!("accepted")),
        ("in-part", json!({ "accepted-in-part": { "code": "T99", "text": "Vedlegg 2." } })),
        ("refused", json!({ "refused": { "code": "E31", "text": "En annen pasient." } })),
    ] {
        let said = said("acknowledged").with("/answer", answer);
        accept(cases, &format!("acknowledged-{name}"), "by an application", second(HOSPITAL, said));
    }
    let continues = json!({
        "referral": { "referrer": MUNICIPALITY, "referral": "01935000-0000-7000-8000-0000000000cc" },
        "receiver": GP,
        "heads": {
            "referrer": { "number": 1, "event": digest("the first") },
            "receiver": { "number": 3, "event": digest("the third") },
        },
        "evidence": attached(GP, 4),
    });
    let redirected = event().with("/said/continues", continues);
    accept(cases, "continues", "what it continues was redirected", redirected.clone());
    let other = redirected.with("/said/continues/receiver", HOSPITAL);
    let refusal = "refused: only the receiver of a referral continues it";
    refuse(cases, "continues-not-its-own", "who redirects had received it", &other, refusal);
}

/// What may be left out.
fn bare(cases: &mut Cases<Events>) {
    let bare = json!({
        "kind": "requested",
        "patient": event()["said"]["patient"],
        "priority": "N",
        "seniority": "2026-11-20",
        "title": "Henvisning",
    });
    accept(cases, "requested-bare", "with as little as it can say", event().with("/said", bare));
    for (kind, author) in [
        ("started", HOSPITAL),
        ("completed", HOSPITAL),
        ("accepted", HOSPITAL),
        ("scheduled", HOSPITAL),
    ] {
        let mut said = said(kind);
        let members = said.as_object_mut().unwrap();
        members.retain(|name, _| ["kind", "outcome", "at"].contains(&name.as_str()));
        accept(
            cases,
            &format!("{kind}-bare"),
            "with as little as it can say",
            second(author, said),
        );
    }
    let documents = (0..64).map(|number| attached(GP, number)).collect::<Vec<_>>();
    let many = event().with("/said/documents", documents);
    accept(cases, "attached-64", "as many documents as can be", many);
}

fn rules(cases: &mut Cases<Events>) {
    let documents = (0..65).map(|number| attached(GP, number)).collect::<Vec<_>>();
    let person = "refused: a person says it, unless it is an acknowledgement";
    let first = "refused: the first event has number 1, and every other names the one before it";
    let nothing = "refused: it says nothing and attaches nothing";
    let acknowledged = second(HOSPITAL, said("acknowledged"));
    let message = second(GP, said("message"));
    for (name, statement, refusal) in [
        (
            "to-itself",
            event().with("/receiver", GP),
            "refused: an organisation refers to another one",
        ),
        (
            "by-a-third",
            event().with("/author", MUNICIPALITY),
            "refused: the author is neither referrer nor receiver",
        ),
        ("number-0", event().with("/number", 0), first),
        ("first-with-previous", event().with("/previous", digest("one")), first),
        ("second-without-previous", message.clone().without("/previous"), first),
        (
            "seen-0",
            message.clone().with("/seen/number", 0),
            "refused: what was seen has a number from 1",
        ),
        ("nobody", event().without("/person"), person),
        (
            "acknowledged-by-a-person",
            acknowledged.clone().with("/person", event()["person"].clone()),
            person,
        ),
        (
            "acknowledged-of-0",
            acknowledged.with("/said/of", 0),
            "refused: what is acknowledged has a number from 1",
        ),
        (
            "attached-65",
            event().with("/said/documents", documents),
            "refused: more documents than an event can attach",
        ),
        ("message-empty", message.without("/said/text").without("/said/documents"), nothing),
        (
            "rejected-begun",
            second(HOSPITAL, said("rejected").with("/code", "1")),
            "refused: what has begun is not rejected",
        ),
    ] {
        refuse(cases, name, "the members fit each other", &statement, refusal);
    }
}

fn fields(cases: &mut Cases<Events>) {
    for (name, pointer, value, shows) in [
        ("kind-unknown", "/said/kind", json!("forwarded"), "a kind is one that is known"),
        (
            "referral-not-version-7",
            "/referral",
            json!("01935000-0000-4000-8000-0000000000aa"),
            "its id is a UUIDv7",
        ),
        ("number-negative", "/number", json!(-1), "numbers are not negative"),
        ("number-2-32", "/number", json!(4_294_967_296_u64), "numbers have 32 bits"),
        ("priority-unknown", "/said/priority", json!("5"), "a priority is one of Volven 8304"),
        (
            "seniority-not-a-day",
            "/said/seniority",
            json!("2026-02-29"),
            "a day is one that there is",
        ),
        (
            "seniority-with-time",
            "/said/seniority",
            json!("2026-11-20T00:00:00Z"),
            "a day has no time",
        ),
        ("referral-kind-unknown", "/said/referral_kind", json!("12"), "it is one of Volven 8455"),
        ("title-129", "/said/title", json!("x".repeat(129)), "a title has at most 128 bytes"),
        ("title-two-lines", "/said/title", json!("en\nto"), "a title has one line"),
        ("text-4001", "/said/text", json!("x".repeat(4001)), "a text has at most 4000 bytes"),
        ("text-with-return", "/said/text", json!("en\r\nto"), "lines end with a line feed alone"),
        (
            "text-turned-around",
            "/said/text",
            json!("en \u{202e}to"),
            "a text reads as it is written",
        ),
        ("role-unknown", "/person/role", json!("ZZ"), "a role is one of Volven 9060"),
        ("said-as-text", "/said", json!("requested"), "what is said is an object"),
    ] {
        refuse(cases, name, shows, &event().with(pointer, value), SHAPE);
    }
}

/// Members of what is said by other kinds.
fn members(cases: &mut Cases<Events>) {
    for (name, kind, pointer, value, shows) in [
        ("outcome-unknown", "accepted", "/outcome", json!("8"), "it is one of Volven 8485"),
        ("code-unknown", "rejected", "/code", json!("6"), "it is one of Volven 8445"),
        (
            "answer-code-unknown",
            "acknowledged",
            "/answer",
            json!({ "refused": { "code": "E99" } }),
            "it is one of Volven 8221",
        ),
        ("answer-unknown", "acknowledged", "/answer", json!("read"), "an answer is one of three"),
        ("reason-empty", "rejected", "/reason", json!(" "), "a reason says something"),
    ] {
        refuse(cases, name, shows, &second(HOSPITAL, said(kind).with(pointer, value)), SHAPE);
    }
    for (name, kind, member) in [
        ("withdrawn-without-reason", "withdrawn", "/reason"),
        ("rejected-without-code", "rejected", "/code"),
        ("scheduled-without-time", "scheduled", "/at"),
        ("redirected-to-nobody", "redirected", "/to"),
        ("wanted-nothing", "more-information-wanted", "/text"),
    ] {
        let author = if kind == "withdrawn" { GP } else { HOSPITAL };
        let statement = second(author, said(kind).without(member));
        refuse(cases, name, "some members are always there", &statement, SHAPE);
    }
}
