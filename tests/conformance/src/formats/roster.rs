//! `roster`: what a roster must fulfil by itself, one broken rule a case. Every signature is good.

use serde_json::{Value, json};

use super::many::{Accepted, Input, judge, read_whole, roster_of};
use crate::cast::{self, GP, HOSPITAL, NOW};
use crate::sample::{Change as _, member, roster, steward};
use crate::vector::{Cases, Format, Written};

/// Payloads of rosters.
pub struct Rosters;

/// Two members, or two uses of one member, share a key.
const KEY_TWICE: &str = "refused: a key stands in it twice";

impl Format for Rosters {
    const NAME: &'static str = "roster";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        judge(&input)
    }
}

impl Written for Rosters {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        good(&mut cases);
        let mut refuse = |name: &str, shows: &str, roster: Value, refusal: &str| {
            cases.refused(name, shows, roster_of(&roster.bytes()), refusal);
        };
        versions(&mut refuse);
        bounds(&mut refuse);
        keys(&mut refuse);
        fields(&mut refuse);
        cases
    }
}

fn good(cases: &mut Cases<Rosters>) {
    for (name, shows, roster) in [
        (
            "good-no-members",
            "trust begins before anybody has joined",
            roster().with("/members", json!([])),
        ),
        (
            "good-suspended",
            "a member is kept out for now",
            roster().with("/members/0/status", "suspended"),
        ),
        (
            "good-limit",
            "a member may ask less than others",
            roster().with("/members/0/limits", json!({ "questions_per_minute": 10 })),
        ),
        (
            "good-retired-key",
            "a key of earlier days",
            roster().with("/members/0/retired_keys", json!([retired("hospital sign 0")])),
        ),
        (
            "good-distrusted-key",
            "a key that was lost",
            roster().with(
                "/members/0/retired_keys",
                json!([retired("hospital sign 0").with("/distrusted_from", NOW)]),
            ),
        ),
        (
            "good-all-must-sign",
            "the threshold may be the number of stewards",
            roster().with("/threshold", 3),
        ),
    ] {
        cases.accepted(name, shows, roster_of(&roster.bytes()), read_whole(&roster));
    }
}

fn versions(refuse: &mut impl FnMut(&str, &str, Value, &str)) {
    let first = "refused: the first roster, and only the first, has no previous";
    let zero = roster().with("/version", 0);
    refuse("version-0", "versions begin at 1", zero, "refused: versions begin at 1");
    let previous = roster().with("/previous", "00".repeat(32));
    refuse("first-with-previous", "nothing was before the first", previous, first);
    refuse(
        "second-without-previous",
        "the second follows the first",
        roster().with("/version", 2),
        first,
    );
    let expired = roster().with("/expires", NOW);
    refuse(
        "expires-when-issued",
        "it counts for a time",
        expired,
        "refused: it expires before it is issued",
    );
}

fn bounds(refuse: &mut impl FnMut(&str, &str, Value, &str)) {
    let threshold = "refused: the threshold is not between 1 and the number of stewards";
    let many = "refused: more stewards or members than a federation can have";
    let of_member = "refused: a member has more addresses or retired keys than it can have";
    refuse("threshold-0", "somebody must sign", roster().with("/threshold", 0), threshold);
    refuse(
        "threshold-too-high",
        "no more can sign than there are",
        roster().with("/threshold", 4),
        threshold,
    );
    let none = roster().with("/stewards", json!([]));
    refuse("no-stewards", "somebody can sign", none, threshold);
    let stewards: Vec<_> = (1..=17).map(|n| steward(&format!("steward {n}"))).collect();
    refuse("too-many-stewards", "at most 16 stewards", roster().with("/stewards", stewards), many);
    let addresses = vec!["/ip4/127.0.0.1/tcp/4101"; 9];
    let addresses = roster().with("/members/0/addresses", addresses);
    refuse("too-many-addresses", "at most 8 addresses of one member", addresses, of_member);
    let retired: Vec<_> = (0..33).map(|n| retired(&format!("hospital sign -{n}"))).collect();
    let retired = roster().with("/members/0/retired_keys", retired);
    refuse("too-many-retired-keys", "at most 32 retired keys of one member", retired, of_member);
}

fn keys(refuse: &mut impl FnMut(&str, &str, Value, &str)) {
    let used = |name| serde_json::to_value(cast::public(name)).unwrap();
    let twice = roster().with("/members/-", member(HOSPITAL, "gp", "Prøvebyen legekontor"));
    refuse(
        "organisation-twice",
        "an organisation is listed once",
        twice,
        "refused: an organisation is listed twice",
    );
    let shared = roster().with("/members/1/keys/sign", used("hospital sign"));
    refuse("two-members-one-key", "a key belongs to one member", shared, KEY_TWICE);
    let shared = roster().with("/members/0/keys/witness", used("hospital log"));
    refuse("two-uses-one-key", "a key has one use", shared, KEY_TWICE);
    let shared = roster().with("/members/0/keys/sign", used("steward 1"));
    refuse("steward-and-member-one-key", "a steward's key is nobody else's", shared, KEY_TWICE);
    let shared = roster().with("/stewards/2", steward("steward 1"));
    refuse("two-stewards-one-key", "a steward counts once", shared, KEY_TWICE);
    let still = roster().with("/members/0/retired_keys", json!([retired("hospital sign")]));
    refuse("retired-key-in-use", "a retired key is not used any more", still, KEY_TWICE);
}

fn fields(refuse: &mut impl FnMut(&str, &str, Value, &str)) {
    let shape = "payload: not of the expected shape";
    for (name, pointer, value, shows) in [
        (
            "name-in-capitals",
            "/federation",
            "Vectors.example",
            "a name is of a-z, 0-9, dot and hyphen",
        ),
        ("name-short", "/federation", "ab", "a name has at least three characters"),
        ("environment-unknown", "/environment", "staging", "patients are real or they are not"),
        ("status-unknown", "/members/0/status", "paused", "a member has one of three states"),
        ("kind-unknown", "/members/0/kind", "pharmacy", "a member is of one of five kinds"),
        (
            "organisation-check-digit",
            "/members/0/organisation",
            "310000018",
            "a number has its check digit",
        ),
    ] {
        refuse(name, shows, roster().with(pointer, value), shape);
    }
    let private = roster().with("/members/0/keys/sign/d", "AAAA");
    refuse("private-key", "a public key has no private half", private, shape);
    let missing = roster().without("/members/0/keys/witness");
    refuse("key-missing", "a member has four keys", missing, shape);
    let other = member(GP, "gp", "Prøvebyen legekontor").without("/status");
    refuse("status-missing", "a member has a state", roster().with("/members/-", other), shape);
}

fn retired(name: &str) -> Value {
    json!({ "use": "sign", "key": cast::public(name), "retired": NOW })
}
