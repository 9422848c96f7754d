//! `map-proof`: whether a map has a key, and with which value.

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::index::map::{verify_absence, verify_presence};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::map_root::{by_definition, by_rule, nearest, pair, path_by_definition};
use super::{hex, unhex};
use crate::vector::{Cases, Format, Written, refusal};

/// Proofs of the map.
pub struct MapProofs;

/// A proof and what it is about, all in hexadecimal.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The root of the map.
    pub root: String,
    /// The key.
    pub key: String,
    /// Its value; none when the proof is to show that it is not there.
    pub value: Option<String>,
    /// The proof.
    pub proof: String,
}

/// What a good proof shows.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Whether the key is there.
    pub present: bool,
}

impl Format for MapProofs {
    const NAME: &'static str = "map-proof";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(Input { root, key, value, proof }: Input) -> Result<Accepted, String> {
        let root = Sha256Digest::from_bytes(unhex(&root));
        let (key, proof) = (unhex(&key), HEXLOWER.decode(proof.as_bytes()).unwrap());
        let verdict = match &value {
            Some(value) => verify_presence(&root, &key, &unhex(value), &proof),
            None => verify_absence(&root, &key, &proof),
        };
        verdict.map_err(|error| refusal(&error))?;
        Ok(Accepted { present: value.is_some() })
    }
}

impl Input {
    /// The proof for pair `number` by rule in a map with the first `count` of them.
    fn of(number: u64, count: u64) -> Self {
        let pairs = by_rule(count);
        let (key, value) = pair(number);
        let path = path_by_definition(&key, &pairs);
        let is_there = number < count;
        let proof = if is_there || pairs.is_empty() {
            path
        } else {
            let (near, theirs) = nearest(&key, &pairs);
            [&near[..], &theirs, &path].concat()
        };
        let root = hex(by_definition(&pairs));
        let value = is_there.then(|| hex(value));
        Self { root, key: hex(key), value, proof: hex(proof) }
    }
}

impl Written for MapProofs {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (number, count) in
            [(0, 1), (0, 3), (2, 3), (17, 40), (3, 0), (1, 1), (3, 3), (1000, 40)]
        {
            let input = Input::of(number, count);
            let accepted = Accepted { present: number < count };
            let name = format!("good-{number:04}-of-{count:02}");
            cases.accepted(&name, "a proof by rule", input, accepted);
        }
        refused(&mut cases, &Input::of(17, 40), PRESENT);
        refused(&mut cases, &Input::of(1000, 40), ABSENT);
        cases
    }
}

/// Its name, what it shows, the change of a good proof, and the refusal.
type Fault = (&'static str, &'static str, fn(&mut Input), &'static str);

/// What is wrong with a proof of presence.
const PRESENT: &[Fault] = &[
    ("another-value", "another value", |i| i.value = Some(i.key.clone()), "root"),
    ("another-root", "another root", |i| i.root.clone_from(&i.key), "root"),
    ("another-key", "the proof of another key", |i| i.key = hex(pair(18).0), "root"),
    ("short", "the last step is missing", |i| i.proof.truncate(i.proof.len() - STEP), "root"),
    ("cut", "half a step", |i| i.proof.truncate(i.proof.len() - 2), "length"),
    ("repeated", "a step twice", |i| i.proof = i.proof[..STEP].repeat(2), "order"),
    ("very-long", "257 steps", |i| i.proof = i.proof[..STEP].repeat(257), "length"),
    ("absent-present", "the proof of presence as one of absence", as_absence, "present"),
];

/// What is wrong with a proof of absence.
const ABSENT: &[Fault] = &[
    ("absent-elsewhere", "the absence of another key", |i| i.key = hex(pair(3).0), "elsewhere"),
    ("absent-nothing", "no proof where there is a map", |i| i.proof.clear(), "root"),
    ("absent-cut", "half a pair", |i| i.proof.truncate(100), "length"),
];

/// Characters of a step.
const STEP: usize = 66;

fn as_absence(input: &mut Input) {
    let value = input.value.take().unwrap();
    input.proof = [input.key.as_str(), &value, &input.proof].concat();
}

fn refused(cases: &mut Cases<MapProofs>, good: &Input, faults: &[Fault]) {
    for (name, shows, change, refusal) in faults {
        let mut input = good.clone();
        change(&mut input);
        cases.refused(name, shows, input, refusal);
    }
}
