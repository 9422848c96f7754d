//! `question`: what a signed question must fulfil by itself. Every signature is good.

use serde_json::json;

use super::compact::{Accepted, Input, Kind, judge};
use crate::sample::{Change as _, question};
use crate::vector::{Cases, Format, Written};

/// Payloads of questions.
pub struct Questions;

impl Format for Questions {
    const NAME: &'static str = "question";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        judge(&input)
    }
}

impl Written for Questions {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let after = json!({ "list": { "after": "01935000-0000-7000-8000-000000000002" } });
        let label = "w".repeat(42) + "8";
        let records = json!({ "records": { "label": label } });
        let more = json!({ "records": { "label": label, "after": 41 } });
        for (name, shows, ask) in [
            ("good-list", "asks for the first page", json!({ "list": {} })),
            ("good-list-after", "asks for the page after a document", after),
            ("good-records", "asks for the records of a label", records),
            ("good-records-after", "asks for those behind a place in the log", more),
        ] {
            let statement = question().with("/ask", ask);
            let input = Input::of_payload(Kind::Question, &statement.bytes());
            let result = input.read_as(statement);
            cases.accepted(name, shows, input, result);
        }
        for (name, shows, statement) in [
            ("no-audience", "a question is for somebody", question().without("/audience")),
            ("no-person", "a person asks", question().without("/person")),
            ("no-purpose", "a person asks for something", question().without("/purpose")),
            (
                "purpose-unknown",
                "a purpose is one that is known",
                question().with("/purpose", "HMARKT"),
            ),
            ("role-unknown", "a role is one of Volven 9060", question().with("/role", "ZZ")),
            (
                "nonce-short",
                "a nonce has 16 bytes",
                question().with("/nonce", "AAECAwQFBgcICQoLDA0O"),
            ),
            (
                "label-short",
                "a label has 32 bytes",
                question().with("/ask", json!({ "records": { "label": "w".repeat(42) } })),
            ),
            (
                "ask-unknown",
                "it asks to read, to list, or for records",
                question().with("/ask", json!({ "find": {} })),
            ),
        ] {
            let input = Input::of_payload(Kind::Question, &statement.bytes());
            cases.refused(name, shows, input, "payload: not of the expected shape");
        }
        let two = question().with("/ask/list", json!({})).bytes();
        let input = Input::of_payload(Kind::Question, &two);
        cases.refused("ask-two-things", "it asks for one thing", input, "payload: not well-formed");
        cases
    }
}
