//! `sharing`: what a change of sharing must fulfil, one broken rule a case. Every signature is good.

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::limits::SHARED_WITH_MAX;
use serde_json::{Value, json};

use super::compact::{Accepted, Input, Kind, judge};
use crate::sample::{Change as _, sharing};
use crate::vector::{Cases, Format, Written};

/// Payloads of changes of sharing.
pub struct SharingChanges;

impl Format for SharingChanges {
    const NAME: &'static str = "sharing";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        judge(&input)
    }
}

impl Written for SharingChanges {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (name, shows, shared) in [
            ("good-nobody", "from now on, nobody", json!("nobody")),
            ("good-federation", "from now on, every active member", json!("federation")),
            ("good-organisations", "as many names as there can be", named(SHARED_WITH_MAX)),
        ] {
            let statement = sharing().with("/sharing", shared);
            let input = Input::of_payload(Kind::Sharing, &statement.bytes());
            let result = input.read_as(statement);
            cases.accepted(name, shows, input, result);
        }
        let shape = "payload: not of the expected shape";
        let none = "refused: a document is shared with no organisation by saying nobody";
        let many = "refused: it is shared with more organisations than can be named";
        for (name, shows, statement, refusal) in [
            (
                "sequence-0",
                "the first change is number 1",
                sharing().with("/sequence", 0),
                "refused: sequences begin at 1",
            ),
            (
                "no-organisation",
                "nobody is said in words",
                sharing().with("/sharing", named(0)),
                none,
            ),
            (
                "too-many-organisations",
                "more is the federation",
                sharing().with("/sharing", named(SHARED_WITH_MAX + 1)),
                many,
            ),
            ("no-manifest", "a change names its manifest", sharing().without("/manifest"), shape),
        ] {
            cases.refused(
                name,
                shows,
                Input::of_payload(Kind::Sharing, &statement.bytes()),
                refusal,
            );
        }
        cases
    }
}

/// So many organisations by name.
fn named(count: usize) -> Value {
    let numbers = (310_000_000..).map(|number: u32| number.to_string());
    let real = numbers.filter(|number| number.parse::<OrganisationNumber>().is_ok());
    json!({ "organisations": real.take(count).collect::<Vec<_>>() })
}
