//! `roster-chain`: which roster may follow another, one broken rule a case.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Statement as _;
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::federation::fingerprint::fingerprint;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::ids::Fingerprint;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cast::{self, NOW};
use crate::handmade::many;
use crate::sample::{Change as _, member, roster, steward};
use crate::vector::{Cases, Format, Written, refusal};

/// Rosters, from the first on.
pub struct RosterChains;

/// A roster file, and what the reader was told out of band.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Which federation it should be.
    pub fingerprint: Fingerprint,
    /// The lines of the file.
    pub rosters: Vec<String>,
}

/// Where a good file ends.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The last version.
    pub version: u64,
    /// SHA-256 of its payload.
    pub digest: Sha256Digest,
}

impl Format for RosterChains {
    const NAME: &'static str = "roster-chain";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let chain = Chain::parse(&input.rosters.join("\n")).map_err(|e| refusal(&e))?;
        let rosters = chain.walk(input.fingerprint).map_err(|e| refusal(&e))?;
        let last = rosters.last().unwrap();
        Ok(Accepted { version: last.roster().version, digest: last.digest() })
    }
}

impl Written for RosterChains {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        good(&mut cases);
        let mut refuse = |name: &str, shows: &str, rosters: &[Signed], refusal: &str| {
            cases.refused(name, shows, input(rosters), refusal);
        };
        first(&mut refuse);
        order(&mut refuse);
        signatures(&mut refuse);
        members(&mut refuse);
        keys(&mut refuse);
        let file = Input { rosters: vec![], ..input(&[signed(&roster(), &TWO)]) };
        cases.refused("no-roster", "the file is empty", file, "empty");
        cases
    }
}

const TWO: [&str; 2] = ["steward 1", "steward 2"];

/// A roster and who has signed it.
#[derive(Clone)]
struct Signed {
    payload: Value,
    json: String,
}

fn signed(payload: &Value, by: &[&str]) -> Signed {
    let keys: Vec<_> = by.iter().map(|name| cast::key(name)).collect();
    let json = many(Roster::TYP, &payload.bytes(), &keys).to_string();
    Signed { payload: payload.clone(), json }
}

/// The roster after `before`, not changed otherwise.
fn after(before: &Value) -> Value {
    let version = before["version"].as_u64().unwrap() + 1;
    before.clone().with("/version", version).with("/previous", digest(before).to_string())
}

fn digest(payload: &Value) -> Sha256Digest {
    Sha256Digest::of(&payload.bytes())
}

fn input(rosters: &[Signed]) -> Input {
    let first: Roster = serde_json::from_value(roster()).unwrap();
    let rosters = rosters.iter().map(|signed| signed.json.clone()).collect();
    Input { fingerprint: fingerprint(&first), rosters }
}

fn good(cases: &mut Cases<RosterChains>) {
    let mut accept = |name: &str, shows: &str, rosters: &[Signed]| {
        let last = &rosters.last().unwrap().payload;
        let version = last["version"].as_u64().unwrap();
        cases.accepted(name, shows, input(rosters), Accepted { version, digest: digest(last) });
    };
    let first = signed(&roster(), &TWO);
    accept("good-first", "the first roster alone", std::slice::from_ref(&first));
    let second =
        after(&roster()).with("/members/-", member(cast::GP, "gp", "Prøvebyen legekontor"));
    let third = after(&second).with("/members/0/status", "suspended");
    let rosters =
        [first.clone(), signed(&second, &["steward 2", "steward 3"]), signed(&third, &TWO)];
    accept("good-three", "a member joins, another is suspended", &rosters);
    let stewards = json!([steward("steward 2"), steward("steward 4"), steward("steward 5")]);
    let handed_over = after(&roster()).with("/stewards", stewards);
    let by = ["steward 1", "steward 2", "steward 4"];
    accept(
        "good-new-stewards",
        "enough of the old and of the new stewards",
        &[first.clone(), signed(&handed_over, &by)],
    );
    let revoked = after(&roster()).with("/members/0/status", "revoked");
    let back = returned(&after(&revoked));
    let rosters = [first.clone(), signed(&revoked, &TWO), signed(&back, &TWO)];
    accept("good-back-with-new-keys", "a revoked member comes back with new keys", &rosters);
    let lost = rotated(&after(&roster()));
    let earlier =
        after(&lost).with("/members/0/retired_keys/1/distrusted_from", "2026-01-01T00:00:00Z");
    let rosters = [first, signed(&lost, &TWO), signed(&earlier, &TWO)];
    accept("good-distrust-added", "a retired key turns out to have been lost", &rosters);
}

fn first(refuse: &mut impl FnMut(&str, &str, &[Signed], &str)) {
    let second = signed(&after(&roster()), &TWO);
    refuse("first-is-version-2", "trust begins with version 1", &[second], "not-the-first");
    let other = signed(&roster().with("/federation", "other.example"), &TWO);
    refuse(
        "first-other-name",
        "the fingerprint names another federation",
        &[other],
        "other-federation",
    );
    let other = roster().with("/stewards/0", steward("steward 4"));
    let other = signed(&other, &["steward 4", "steward 2"]);
    refuse(
        "first-other-stewards",
        "the fingerprint names other stewards",
        &[other],
        "other-federation",
    );
    let one = signed(&roster(), &TWO[..1]);
    refuse("first-too-few-signatures", "one of three has signed", &[one], "too-few-signatures");
}

fn order(refuse: &mut impl FnMut(&str, &str, &[Signed], &str)) {
    let first = signed(&roster(), &TWO);
    let second = signed(&after(&roster()), &TWO);
    let third = signed(&after(&second.payload), &TWO);
    let older = [first.clone(), second.clone(), first.clone()];
    refuse("older", "a version that came before", &older, "older");
    let repeated = [first.clone(), second.clone(), second];
    refuse("repeated", "a version that is known", &repeated, "older");
    refuse("gap", "a version is left out", &[first.clone(), third], "gap");
    let other = roster().with("/issued", "2026-11-22T12:04:04Z");
    let stray = signed(&after(&other), &TWO);
    refuse("wrong-previous", "it follows another first roster", &[first, stray], "wrong-previous");
}

fn signatures(refuse: &mut impl FnMut(&str, &str, &[Signed], &str)) {
    let first = signed(&roster(), &TWO);
    let few = "too-few-signatures";
    let second = after(&roster());
    refuse(
        "too-few-signatures",
        "one of three has signed",
        &[first.clone(), signed(&second, &TWO[1..])],
        few,
    );
    let strangers = signed(&second, &["steward 1", "stranger"]);
    refuse(
        "stranger-signed",
        "a stranger's signature does not count",
        &[first.clone(), strangers],
        few,
    );
    let lower = signed(&second.clone().with("/threshold", 1), &TWO[..1]);
    refuse(
        "too-few-of-the-old",
        "the old threshold holds until it is lowered",
        &[first.clone(), lower],
        few,
    );
    let higher = signed(&second.clone().with("/threshold", 3), &TWO);
    refuse("too-few-of-the-new", "the new threshold holds at once", &[first.clone(), higher], few);
    let stewards = json!([steward("steward 4"), steward("steward 5"), steward("steward 6")]);
    let second = second.with("/stewards", stewards);
    let by_old = signed(&second, &TWO);
    refuse("new-stewards-silent", "new stewards sign as well", &[first.clone(), by_old], few);
    let by_new = signed(&second, &["steward 4", "steward 5"]);
    refuse("old-stewards-silent", "nobody makes himself a steward", &[first, by_new], few);
}

fn members(refuse: &mut impl FnMut(&str, &str, &[Signed], &str)) {
    let first = signed(&roster(), &TWO);
    let mut second = |name: &str, shows: &str, roster: Value, refusal: &str| {
        refuse(name, shows, &[first.clone(), signed(&roster, &TWO)], refusal);
    };
    let renamed = after(&roster()).with("/federation", "other.example");
    second("renamed", "a federation keeps its name", renamed, "renamed");
    let moved = after(&roster()).with("/environment", "production");
    second("environment-changed", "test patients do not become real", moved, "renamed");
    let left_out = after(&roster()).without("/members/1");
    second("member-forgotten", "members are revoked, never left out", left_out, "forgotten");
    let revoked = after(&roster()).with("/members/0/status", "revoked");
    let back = after(&revoked).with("/members/0/status", "active");
    let rosters = [first.clone(), signed(&revoked, &TWO), signed(&back, &TWO)];
    refuse(
        "revoked-returns-with-its-keys",
        "it comes back with new keys only",
        &rosters,
        "returned",
    );
    let one_kept = returned(&after(&revoked)).without("/members/0/retired_keys/3").with(
        "/members/0/keys/witness",
        serde_json::to_value(cast::public("hospital witness")).unwrap(),
    );
    let rosters = [first.clone(), signed(&revoked, &TWO), signed(&one_kept, &TWO)];
    refuse("revoked-returns-with-one-key", "every key must be new", &rosters, "returned");
    let trusted = returned(&after(&revoked)).without("/members/0/retired_keys/1/distrusted_from");
    let rosters = [first.clone(), signed(&revoked, &TWO), signed(&trusted, &TWO)];
    let shows = "a key that was revoked with its owner is not trusted again";
    refuse("revoked-returns-and-is-trusted", shows, &rosters, "returned");
    let rotated = rotated(&after(&roster()));
    let revoked = after(&rotated).with("/members/0/status", "revoked");
    let trusted = replaced(&after(&revoked), " 2", " 3").with("/members/0/status", "active");
    let trusted = (4..8).fold(trusted, |roster, at| {
        roster.with(&format!("/members/0/retired_keys/{at}/distrusted_from"), NOW)
    });
    let rosters = [first, signed(&rotated, &TWO), signed(&revoked, &TWO), signed(&trusted, &TWO)];
    let shows = "nor is a key that had been retired before";
    refuse("revoked-returns-and-old-keys-are-trusted", shows, &rosters, "returned");
}

fn keys(refuse: &mut impl FnMut(&str, &str, &[Signed], &str)) {
    let first = signed(&roster(), &TWO);
    let key = |name| serde_json::to_value(cast::public(name)).unwrap();
    let dropped = after(&roster()).with("/members/0/keys/sign", key("hospital sign 2"));
    let rosters = [first.clone(), signed(&dropped, &TWO)];
    refuse("key-forgotten", "a replaced key is listed as retired", &rosters, "forgotten");
    let other_use =
        dropped.with("/members/0/retired_keys", json!([retired("log", "hospital sign")]));
    let rosters = [first.clone(), signed(&other_use, &TWO)];
    refuse("key-retired-from-another-use", "with the use it had", &rosters, "forgotten");

    let rotated = rotated(&after(&roster()));
    let mut third = |name: &str, shows: &str, roster: Value, refusal: &str| {
        let rosters = [first.clone(), signed(&rotated, &TWO), signed(&roster, &TWO)];
        refuse(name, shows, &rosters, refusal);
    };
    let gone = after(&rotated).without("/members/0/retired_keys/2");
    third("retired-key-forgotten", "a retired key stays listed", gone, "forgotten");
    let other_use = after(&rotated).with("/members/0/retired_keys/1/use", "log");
    third("retired-key-of-another-use", "and keeps the use it had", other_use, "forgotten");
    let trusted = after(&rotated).without("/members/0/retired_keys/0/distrusted_from");
    third("distrust-taken-back", "a lost key stays lost", trusted, "forgotten");
    let later =
        after(&rotated).with("/members/0/retired_keys/0/distrusted_from", "2026-11-23T00:00:00Z");
    third("distrust-moved-later", "distrust moves to earlier times only", later, "forgotten");
    let back = after(&rotated)
        .with("/members/0/keys/sign", key("hospital sign"))
        .with("/members/0/retired_keys/1", retired("sign", "hospital sign 2"));
    third("retired-key-returns", "a retired key does not come back into use", back, "forgotten");
}

/// The hospital with four new keys; its node key was lost, the others were replaced in good order.
fn rotated(roster: &Value) -> Value {
    let roster = roster.clone().with("/members/0/retired_keys", json!([]));
    replaced(&roster, "", " 2").with("/members/0/retired_keys/0/distrusted_from", NOW)
}

/// The hospital, active again with four new keys, and none of the old ones trusted.
fn returned(roster: &Value) -> Value {
    (0..4).fold(rotated(roster).with("/members/0/status", "active"), |roster, at| {
        roster.with(&format!("/members/0/retired_keys/{at}/distrusted_from"), NOW)
    })
}

/// The hospital's four keys whose names end with `old` give way to those that end with `new`.
fn replaced(roster: &Value, old: &str, new: &str) -> Value {
    ["node", "sign", "log", "witness"].into_iter().fold(roster.clone(), |roster, purpose| {
        let key = cast::public(&format!("hospital {purpose}{new}"));
        let retired = retired(purpose, &format!("hospital {purpose}{old}"));
        roster
            .with(&format!("/members/0/keys/{purpose}"), serde_json::to_value(key).unwrap())
            .with("/members/0/retired_keys/-", retired)
    })
}

fn retired(purpose: &str, name: &str) -> Value {
    json!({ "use": purpose, "key": cast::public(name), "retired": NOW })
}
