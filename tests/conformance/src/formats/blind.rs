//! `blind-question`: what a blind question must fulfil by itself. Every signature is good.

use serde_json::json;

use super::compact::{Accepted, Input, Kind, judge};
use crate::sample::{Change as _, blind};
use crate::vector::{Cases, Format, Written};

/// Payloads of blind questions.
pub struct BlindQuestions;

impl Format for BlindQuestions {
    const NAME: &'static str = "blind-question";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        judge(&input)
    }
}

impl Written for BlindQuestions {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let one = blind().without("/elements/1");
        let identity = blind().with("/elements/0/element", "A".repeat(43));
        for (name, shows, statement) in [
            ("good", "two elements, each with its tag", blind()),
            ("good-one", "one element", one),
            (
                "good-identity",
                "what is no element is found out when it is evaluated, and refused then",
                identity,
            ),
        ] {
            let input = Input::of_payload(Kind::Blind, &statement.bytes());
            let result = input.read_as(statement);
            cases.accepted(name, shows, input, result);
        }
        for (name, shows, statement) in [
            ("no-audience", "a question is for somebody", blind().without("/audience")),
            ("no-epoch", "it is for the key of one epoch", blind().without("/epoch")),
            ("epoch-too-large", "an epoch has 32 bits", blind().with("/epoch", 1_u64 << 32)),
            ("no-tag", "every element has a tag", blind().without("/elements/1/tag")),
            (
                "element-short",
                "an element has 32 bytes",
                blind().with("/elements/0/element", "A".repeat(42)),
            ),
            (
                "tag-loose",
                "base64url is strict: the last character has bits that stand for nothing",
                blind().with("/elements/0/tag", format!("{}B", "A".repeat(42))),
            ),
        ] {
            let input = Input::of_payload(Kind::Blind, &statement.bytes());
            cases.refused(name, shows, input, "payload: not of the expected shape");
        }
        let none = blind().with("/elements", json!([])).bytes();
        let input = Input::of_payload(Kind::Blind, &none);
        let refusal = "refused: a blind question has 1 to 1000 elements";
        cases.refused("no-elements", "it asks for something", input, refusal);
        cases
    }
}
