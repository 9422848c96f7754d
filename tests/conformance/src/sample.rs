//! One good statement of each kind, as the specification writes it, and how to spoil it.

use budstikke_keys::digest::Sha256Digest;
use serde_json::{Value, json};

use crate::cast::{self, GP, HOSPITAL, MUNICIPALITY, NOW, PERSON};
use crate::person::complete;
use crate::rule::ByRule;
use crate::thread::attached;

/// How many bytes the document of [`manifest`] has.
pub const DOCUMENT_BYTES: u64 = 1025;

/// A manifest with every member.
pub fn manifest() -> Value {
    let bytes = ByRule::new(DOCUMENT_BYTES).bytes();
    json!({
        "document": "01935000-0000-7000-8000-000000000001",
        "patient": { "system": "2.16.578.1.12.4.1.4.1", "value": complete("159265001", 0) },
        "organisation": HOSPITAL,
        "author": { "hpr": PERSON, "name": "Kari Prøve", "role": "LE" },
        "type": "A03-2",
        "category": "A00-1",
        "title": "Epikrise",
        "language": "nb",
        "created": NOW,
        "content_type": "application/pdf",
        "size": DOCUMENT_BYTES,
        "sha256": Sha256Digest::of(&bytes),
        "blake3": blake3::hash(&bytes).to_hex().as_str(),
        "confidentiality": "N",
        "blocks": ["NORU"],
        "relates_to": [{ "kind": "replaces", "manifest": digest("an earlier manifest") }],
        "sharing": { "organisations": [MUNICIPALITY] },
    })
}

/// A change of who may read the document of [`manifest`].
pub fn sharing() -> Value {
    json!({
        "document": "01935000-0000-7000-8000-000000000001",
        "organisation": HOSPITAL,
        "manifest": digest("a manifest"),
        "sequence": 1,
        "sharing": "federation",
        "created": NOW,
    })
}

/// A withdrawal of the document of [`manifest`].
pub fn withdrawal() -> Value {
    json!({
        "document": "01935000-0000-7000-8000-000000000001",
        "organisation": HOSPITAL,
        "manifest": digest("a manifest"),
        "reason": "wrong patient",
        "created": NOW,
    })
}

/// The erasure of the document of [`manifest`].
pub fn erasure() -> Value {
    json!({
        "document": "01935000-0000-7000-8000-000000000001",
        "organisation": HOSPITAL,
        "manifest": digest("a manifest"),
        "created": NOW,
    })
}

/// A question of the hospital to the municipality.
pub fn question() -> Value {
    json!({
        "organisation": HOSPITAL,
        "person": PERSON,
        "role": "SP",
        "purpose": "TREAT",
        "audience": MUNICIPALITY,
        "time": NOW,
        "nonce": "AAECAwQFBgcICQoLDA0ODw",
        "ask": { "read": { "document": "01935000-0000-7000-8000-000000000002" } },
    })
}

/// A blind question of the hospital to the municipality, with two elements: the generator of the group, and twice that.
pub fn blind() -> Value {
    let element = |element: &str, tag: &str| json!({ "element": element, "tag": tag.repeat(43) });
    json!({
        "organisation": HOSPITAL,
        "audience": MUNICIPALITY,
        "time": NOW,
        "nonce": "AAECAwQFBgcICQoLDA0ODw",
        "epoch": 1,
        "elements": [
            element("4vKuCmq8TnGohKlhxQBRX1jjC2qlgt2NtqZZReCNLXY", "A"),
            element("akkyEPdJnNF_7LUQrgzqI6EQ6NW5AfisrdMJXHOjuRk", "8"),
        ],
    })
}

/// The request of the GP's office that opens a referral to the hospital, with every member but what it continues.
pub fn event() -> Value {
    json!({
        "referral": "01935000-0000-7000-8000-0000000000aa",
        "referrer": GP,
        "receiver": HOSPITAL,
        "author": GP,
        "number": 1,
        "time": NOW,
        "person": { "hpr": PERSON, "role": "LE" },
        "said": said("requested"),
    })
}

/// What an event of a kind says, with every member.
pub fn said(kind: &str) -> Value {
    let text = "Takk for det.\nMer står i vedlegget.";
    let reason = "Pasienten ønsker det ikke lenger.";
    let documents = json!([attached(GP, 1), attached(GP, 2)]);
    let said = match kind {
        "requested" => json!({
            "patient": { "system": "2.16.578.1.12.4.1.4.1", "value": complete("159265001", 0) },
            "priority": "3",
            "seniority": "2026-11-20",
            "referral_kind": "10",
            "title": "Henvisning til ortopedi",
            "text": text,
            "documents": documents,
        }),
        "supplemented" | "message" => json!({ "text": text, "documents": documents }),
        "withdrawn" | "on-hold" | "reopened" => json!({ "reason": reason }),
        "acknowledged" => json!({ "of": 1, "answer": "stored" }),
        "accepted" => json!({ "outcome": "2", "seniority": "2026-11-02", "text": text }),
        "rejected" => json!({ "code": "9", "reason": reason }),
        "scheduled" => {
            json!({ "at": "2026-12-15T08:30:00Z", "place": "Poliklinikk 2", "text": text })
        }
        "more-information-wanted" | "started" => json!({ "text": text }),
        "completed" => json!({ "text": text, "documents": [attached(HOSPITAL, 3)] }),
        "redirected" => json!({
            "to": MUNICIPALITY,
            "referral": "01935000-0000-7000-8000-0000000000bb",
            "reason": reason,
        }),
        other => panic!("{other} is no kind of event"),
    };
    said.with("/kind", kind)
}

/// A request of the GP's office to become a member.
pub fn member_request() -> Value {
    json!({
        "organisation": GP,
        "name": "Prøvebyen legekontor",
        "kind": "gp",
        "region": "Nordland",
        "keys": keys("gp"),
        "addresses": ["/ip4/127.0.0.1/tcp/4101"],
        "created": NOW,
    })
}

/// The first roster of a federation: three stewards, two of whom must sign, and two members.
pub fn roster() -> Value {
    json!({
        "federation": "vectors.example",
        "environment": "test",
        "version": 1,
        "issued": NOW,
        "expires": "2027-11-22T12:04:05Z",
        "threshold": 2,
        "stewards": [steward("steward 1"), steward("steward 2"), steward("steward 3")],
        "members": [
            member(HOSPITAL, "hospital", "Prøvebyen sykehus"),
            member(MUNICIPALITY, "municipality", "Prøvebyen kommune"),
        ],
    })
}

/// A steward as a roster lists them.
pub fn steward(key: &str) -> Value {
    json!({ "name": key, "key": cast::public(key) })
}

/// A member as a roster lists it; `kind` also begins the names of its keys.
pub fn member(organisation: &str, kind: &str, name: &str) -> Value {
    json!({
        "organisation": organisation,
        "name": name,
        "kind": kind,
        "region": "Nordland",
        "status": "active",
        "keys": keys(kind),
        "addresses": ["/dns4/node.example/tcp/4101"],
    })
}

/// The four keys whose names begin with `owner`.
pub fn keys(owner: &str) -> Value {
    let key = |purpose: &str| cast::public(&format!("{owner} {purpose}"));
    json!({ "node": key("node"), "sign": key("sign"), "log": key("log"), "witness": key("witness") })
}

fn digest(of: &str) -> Sha256Digest {
    Sha256Digest::of(of.as_bytes())
}

/// A statement changed in one place, which a JSON pointer (RFC 6901) names.
pub trait Change {
    /// With `value` there, whether or not something was.
    #[must_use]
    fn with(self, pointer: &str, value: impl Into<Value>) -> Self;

    /// With nothing there.
    #[must_use]
    fn without(self, pointer: &str) -> Self;

    /// As JSON in UTF-8.
    fn bytes(&self) -> Vec<u8>;
}

impl Change for Value {
    fn with(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        match self.pointer_mut(parent).unwrap() {
            Self::Array(items) if last == "-" => items.push(value.into()),
            Self::Array(items) => items[last.parse::<usize>().unwrap()] = value.into(),
            Self::Object(members) => {
                members.insert(last.to_owned(), value.into());
            }
            other => panic!("{other} has no members"),
        }
        self
    }

    fn without(mut self, pointer: &str) -> Self {
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        let removed = match self.pointer_mut(parent).unwrap() {
            Self::Array(items) => Some(items.remove(last.parse().unwrap())),
            Self::Object(members) => members.remove(last),
            _ => None,
        };
        assert!(removed.is_some(), "there is no {pointer}");
        self
    }

    fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap()
    }
}
