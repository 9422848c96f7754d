//! `manifest`: what a manifest must fulfil, one broken rule a case. Every signature is good.

use budstikke_protocol::limits::DOCUMENT_BYTES_MAX;
use serde_json::{Value, json};

use super::compact::{Accepted, Input, Kind, judge};
use crate::cast::{HOSPITAL, MUNICIPALITY};
use crate::sample::{Change as _, manifest};
use crate::vector::{Cases, Format, Written};

/// Payloads of manifests.
pub struct Manifests;

/// The payload is not even of the shape that is asked for.
const SHAPE: &str = "payload: not of the expected shape";

impl Format for Manifests {
    const NAME: &'static str = "manifest";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        judge(&input)
    }
}

impl Written for Manifests {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        edges(&mut cases);
        rules(&mut cases);
        fields(&mut cases);
        one_form(&mut cases);
        json(&mut cases);
        cases
    }
}

fn edges(cases: &mut Cases<Manifests>) {
    let relation = manifest()["relates_to"][0].clone();
    let good = [
        ("one-byte", manifest().with("/size", 1), "the smallest document"),
        ("largest", manifest().with("/size", DOCUMENT_BYTES_MAX), "the largest document"),
        ("no-author", manifest().without("/author"), "no person wrote it"),
        (
            "bare-author",
            manifest().with("/author", json!({ "hpr": "9000001" })),
            "an author needs no name",
        ),
        ("no-blocks", manifest().without("/blocks"), "nothing is blocked"),
        ("no-relations", manifest().without("/relates_to"), "it relates to nothing"),
        (
            "relations-16",
            manifest().with("/relates_to", vec![relation; 16]),
            "as many relations as can be",
        ),
        ("shared-with-nobody", manifest().with("/sharing", "nobody"), "shared with nobody"),
        ("shared-with-federation", manifest().with("/sharing", "federation"), "shared with all"),
    ];
    for (name, statement, shows) in good {
        let input = Input::of_payload(Kind::Manifest, &statement.bytes());
        let result = input.read_as(statement);
        cases.accepted(&format!("good-{name}"), shows, input, result);
    }
}

fn rules(cases: &mut Cases<Manifests>) {
    let relation = manifest()["relates_to"][0].clone();
    let too_many = "refused: more relations or blocks than a document can have";
    let broken = [
        ("empty", manifest().with("/size", 0), "refused: the document is empty"),
        (
            "too-large",
            manifest().with("/size", DOCUMENT_BYTES_MAX + 1),
            "refused: the document is larger than a document can be",
        ),
        (
            "category-mismatch",
            manifest().with("/category", "I00-1"),
            "refused: the category is not that of the type",
        ),
        ("too-many-relations", manifest().with("/relates_to", vec![relation; 17]), too_many),
        ("too-many-blocks", manifest().with("/blocks", vec!["NORU"; 17]), too_many),
        (
            "shared-with-no-organisation",
            manifest().with("/sharing", json!({ "organisations": [] })),
            "refused: a document is shared with no organisation by saying nobody",
        ),
    ];
    for (name, statement, refusal) in broken {
        refuse(cases, name, "the fields fit each other", &statement.bytes(), refusal);
    }
}

fn fields(cases: &mut Cases<Manifests>) {
    let version_4 = "01935000-0000-4000-8000-000000000001";
    let broken: [(&str, &str, Value, &str); 23] = [
        ("document-not-version-7", "/document", version_4.into(), "its id is a UUIDv7"),
        (
            "document-in-capitals",
            "/document",
            "01935000-0000-7000-8000-00000000000A".into(),
            "its id is in lower case",
        ),
        ("patient-without-value", "/patient/value", "".into(), "a patient is named"),
        ("patient-with-a-space", "/patient/value", "159 265".into(), "an identifier has no spaces"),
        (
            "patient-system-not-an-oid",
            "/patient/system",
            "urn:oid:2.16.578".into(),
            "a system is a plain OID",
        ),
        (
            "organisation-check-digit",
            "/organisation",
            "310000018".into(),
            "the custodian's number has its check digit",
        ),
        ("author-hpr-short", "/author/hpr", "123456".into(), "an HPR number has 7 to 9 digits"),
        ("author-role-unknown", "/author/role", "ZZ".into(), "a role is one of Volven 9060"),
        ("type-unknown", "/type", "A99-2".into(), "a type is one of Volven 9602 level 2"),
        ("type-of-level-1", "/type", "A00-1".into(), "a type is not a category"),
        ("title-empty", "/title", " ".into(), "a title says something"),
        ("title-too-long", "/title", "å".repeat(129).into(), "a title has at most 256 bytes"),
        (
            "title-turned-around",
            "/title",
            "epi\u{202e}esirk".into(),
            "a title reads as it is written",
        ),
        ("language-not-a-tag", "/language", "norsk bokmål".into(), "a language is a tag of BCP 47"),
        ("created-with-offset", "/created", "2026-11-22T13:04:05+01:00".into(), "times are UTC"),
        (
            "created-with-fraction",
            "/created",
            "2026-11-22T12:04:05.0Z".into(),
            "times are whole seconds",
        ),
        (
            "content-type-in-capitals",
            "/content_type",
            "Application/PDF".into(),
            "a media type is in lower case",
        ),
        ("size-negative", "/size", (-1).into(), "a size is not negative"),
        ("size-as-text", "/size", "1025".into(), "a size is a number"),
        ("sha256-short", "/sha256", "00".repeat(31).into(), "a SHA-256 has 64 hexadecimal digits"),
        ("blake3-in-capitals", "/blake3", "AB".repeat(32).into(), "digests are in lower case"),
        ("confidentiality-unknown", "/confidentiality", "U".into(), "confidentiality is N, R or V"),
        ("sharing-unknown", "/sharing", "everybody".into(), "it is shared in one of three ways"),
    ];
    for (name, pointer, value, shows) in broken {
        refuse(cases, name, shows, &manifest().with(pointer, value).bytes(), SHAPE);
    }
}

/// A value has the one form that its type writes, so that no two readers differ.
fn one_form(cases: &mut Cases<Manifests>) {
    let other = "payload: not in the one form that its type has";
    let missing = manifest().without("/document");
    let null = manifest().with("/author", Value::Null);
    let list = manifest().with("/author", json!(["9000001", "Kari Prøve", "LE"]));
    let shared = |organisations: [&str; 2]| {
        manifest().with("/sharing", json!({ "organisations": organisations }))
    };
    for (name, shows, statement, refusal) in [
        ("no-document", "a document has an id", missing, SHAPE),
        ("author-null", "what is not there is left out", null, SHAPE),
        ("author-as-list", "a structure is an object", list, other),
        ("shared-out-of-order", "names ascend", shared([MUNICIPALITY, HOSPITAL]), other),
        ("shared-twice", "a name stands once", shared([HOSPITAL, HOSPITAL]), other),
    ] {
        refuse(cases, name, shows, &statement.bytes(), refusal);
    }
}

fn json(cases: &mut Cases<Manifests>) {
    let good = manifest().to_string();
    let twice = good.replacen('{', r#"{"size":1025,"#, 1);
    refuse(cases, "member-twice", "no member stands twice", twice.as_bytes(), SHAPE);
    let deep = good.replacen('{', r#"{"later":[{"a":1,"a":1}],"#, 1);
    let shows = "no member stands twice, in what is not known either";
    refuse(cases, "unknown-member-twice", shows, deep.as_bytes(), SHAPE);
    let escaped = good.replacen('{', r#"{"\u0073ize":1025,"#, 1);
    let shows = "no member stands twice, spelt with escapes either";
    refuse(cases, "escaped-member-twice", shows, escaped.as_bytes(), SHAPE);
    let marked = format!("\u{feff}{good}");
    let object = "payload: not a JSON object";
    refuse(cases, "byte-order-mark", "UTF-8 has no mark", marked.as_bytes(), object);
    refuse(cases, "array", "a payload is an object", format!("[{good}]").as_bytes(), object);
    refuse(cases, "nothing", "a payload is an object", b"", object);
    let syntax = "payload: not well-formed";
    let mut bytes = good.clone().into_bytes();
    let title = good.find("Epikrise").unwrap();
    bytes[title] = 0xff;
    refuse(cases, "invalid-utf-8", "a payload is UTF-8", &bytes, syntax);
    let trailing = format!("{good} {{}}");
    refuse(cases, "two-objects", "a payload is one object", trailing.as_bytes(), syntax);
    let cut = &good[..good.len() - 1];
    refuse(cases, "cut-short", "a payload is a whole object", cut.as_bytes(), "payload: cut short");
}

fn refuse(cases: &mut Cases<Manifests>, name: &str, shows: &str, payload: &[u8], refusal: &str) {
    cases.refused(name, shows, Input::of_payload(Kind::Manifest, payload), refusal);
}
