//! `erasure`: what the statement that a document was erased must fulfil, one broken rule a case. Every signature is good.

use serde_json::json;

use super::compact::{Accepted, Input, Kind, judge};
use crate::sample::{Change as _, erasure, withdrawal};
use crate::vector::{Cases, Format, Written};

/// Payloads of erasures.
pub struct Erasures;

impl Format for Erasures {
    const NAME: &'static str = "erasure";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        judge(&input)
    }
}

impl Written for Erasures {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (name, shows, payload, read) in [
            ("good", "a document whose manifest was known", erasure(), erasure()),
            (
                "good-no-manifest",
                "its manifest could no longer be read",
                erasure().without("/manifest"),
                erasure().without("/manifest"),
            ),
            (
                "good-later-member",
                "a member that a later version may add says nothing to this one",
                erasure().with("/later", "a member"),
                erasure(),
            ),
        ] {
            let input = Input::of_payload(Kind::Erasure, &payload.bytes());
            let result = input.read_as(read);
            cases.accepted(name, shows, input, result);
        }
        refused(&mut cases);
        cases
    }
}

/// Payloads that break a rule.
fn refused(cases: &mut Cases<Erasures>) {
    let shape = "payload: not of the expected shape";
    for (name, shows, payload) in [
        ("no-document", "it names the document", erasure().without("/document")),
        ("no-organisation", "it names the custodian", erasure().without("/organisation")),
        ("no-time", "it says when", erasure().without("/created")),
        (
            "time-with-offset",
            "a time is in UTC",
            erasure().with("/created", "2026-11-22T13:30:00+01:00"),
        ),
        (
            "organisation-check-digit",
            "the last digit is wrong",
            erasure().with("/organisation", "974760674"),
        ),
        ("manifest-short", "a digest has 32 bytes", erasure().with("/manifest", "00".repeat(31))),
        ("manifest-number", "a digest is text", erasure().with("/manifest", json!(0))),
    ] {
        let input = Input::of_payload(Kind::Erasure, &payload.bytes());
        cases.refused(name, shows, input, shape);
    }
    for (name, shows, expect, signed, payload) in [
        (
            "is-a-withdrawal",
            "a withdrawal erases nothing",
            Kind::Erasure,
            Kind::Withdrawal,
            withdrawal(),
        ),
        (
            "is-no-withdrawal",
            "nor does an erasure withdraw",
            Kind::Withdrawal,
            Kind::Erasure,
            erasure(),
        ),
    ] {
        let input = Input { expect, ..Input::of_payload(signed, &payload.bytes()) };
        cases.refused(name, shows, input, "wrong-type");
    }
}
