//! `roster-fork`: whether two rosters of one version are a fork, which stops the exchange of patient data.

use budstikke_keys::jws::{SignedByMany, Statement as _};
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::federation::fingerprint::fingerprint;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::ids::Fingerprint;
use budstikke_protocol::limits::ROSTER_BYTES_MAX;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cast;
use crate::handmade::many;
use crate::sample::{Change as _, roster};
use crate::vector::{Cases, Format, Written, refusal};

/// A chain of rosters, and another roster that might stand in the place of its last.
pub struct RosterForks;

/// A roster file, and a roster from somewhere else.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Which federation it is.
    pub fingerprint: Fingerprint,
    /// The lines of the file.
    pub rosters: Vec<String>,
    /// The other roster.
    pub other: String,
}

/// The verdict.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Whether the two are evidence of a fork.
    pub is_fork: bool,
}

impl Format for RosterForks {
    const NAME: &'static str = "roster-fork";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let chain = Chain::parse(&input.rosters.join("\n")).map_err(|e| refusal(&e))?;
        let rosters = chain.walk(input.fingerprint).map_err(|e| refusal(&e))?;
        let other = SignedByMany::<Roster>::parse(input.other.as_bytes(), ROSTER_BYTES_MAX);
        let (last, before) = rosters.split_last().unwrap();
        Ok(Accepted { is_fork: last.is_fork(before.last(), &other.map_err(|e| refusal(&e))?) })
    }
}

impl Written for RosterForks {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let second = roster().with("/version", 2).with("/previous", digest(&roster()));
        let chain = [signed(&roster(), &TWO), signed(&second, &TWO)];
        let mut judged = |name: &str, shows: &str, rosters: &[String], other: String, is_fork| {
            let first: Roster = serde_json::from_value(roster()).unwrap();
            let fingerprint = fingerprint(&first);
            let input = Input { fingerprint, rosters: rosters.to_vec(), other };
            cases.accepted(name, shows, input, Accepted { is_fork });
        };
        let other = second.clone().with("/members/0/status", "revoked");
        let shows = "two second rosters, each signed by two of three";
        judged("fork-of-the-second", shows, &chain, signed(&other, &TWO), true);
        let by_others = signed(&other, &["steward 2", "steward 3"]);
        judged("fork-by-other-stewards", "any two of three suffice", &chain, by_others, true);
        let first = roster().with("/issued", "2026-11-22T12:04:04Z");
        let shows = "two first rosters with one fingerprint";
        judged("fork-of-the-first", shows, &chain[..1], signed(&first, &TWO), true);

        let shows = "one steward alone makes no fork";
        judged("one-signature", shows, &chain, signed(&other, &TWO[..1]), false);
        let by_strangers = signed(&other, &["stranger 1", "stranger 2"]);
        judged("strangers", "strangers make no fork", &chain, by_strangers, false);
        let by_others = signed(&second, &["steward 2", "steward 3"]);
        let shows = "the same roster with other signatures is no fork";
        judged("same-payload", shows, &chain, by_others, false);
        let third = second.clone().with("/version", 3).with("/previous", digest(&second));
        let shows = "a roster of another version is judged by the chain";
        judged("another-version", shows, &chain, signed(&third, &TWO), false);
        let elsewhere = roster().with("/federation", "other.example");
        let shows = "the first roster of another federation is no fork";
        judged("another-federation", shows, &chain[..1], signed(&elsewhere, &TWO), false);
        cases
    }
}

const TWO: [&str; 2] = ["steward 1", "steward 2"];

fn signed(roster: &Value, by: &[&str]) -> String {
    let keys: Vec<_> = by.iter().map(|name| cast::key(name)).collect();
    many(Roster::TYP, &roster.bytes(), &keys).to_string()
}

fn digest(roster: &Value) -> String {
    budstikke_keys::digest::Sha256Digest::of(&roster.bytes()).to_string()
}
