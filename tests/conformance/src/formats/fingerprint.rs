//! `fingerprint`: how a federation is named when it is trusted for the first time.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::public::PublicKey;
use budstikke_protocol::federation::fingerprint::fingerprint;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::ids::Fingerprint;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cast;
use crate::sample::{Change as _, roster};
use crate::vector::{Cases, Format, Written};

/// Fingerprints of federations.
pub struct Fingerprints;

/// The parts of the first roster that count.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The name.
    pub federation: String,
    /// How many must sign.
    pub threshold: u8,
    /// Who can, in the order in which the roster lists them.
    pub stewards: Vec<PublicKey>,
}

/// The fingerprint of such a roster.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The fingerprint.
    pub fingerprint: Fingerprint,
}

impl Format for Fingerprints {
    const NAME: &'static str = "fingerprint";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let stewards: Vec<Value> =
            input.stewards.iter().map(|key| json!({ "name": "whoever", "key": key })).collect();
        let roster = roster()
            .with("/federation", input.federation)
            .with("/threshold", input.threshold)
            .with("/stewards", stewards);
        let roster: Roster = serde_json::from_value(roster).unwrap();
        Ok(Accepted { fingerprint: fingerprint(&roster) })
    }
}

impl Written for Fingerprints {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let stewards = ["steward 1", "steward 2", "steward 3"];
        for (name, shows, federation, threshold, order) in [
            (
                "two-of-three",
                "three stewards, two of whom must sign",
                "vectors.example",
                2,
                [0, 1, 2],
            ),
            (
                "another-order",
                "the order in which they are listed does not count",
                "vectors.example",
                2,
                [2, 0, 1],
            ),
            ("another-threshold", "how many must sign counts", "vectors.example", 3, [0, 1, 2]),
            ("another-name", "the name counts", "vectors-2.example", 2, [0, 1, 2]),
        ] {
            let stewards = order.map(|at: usize| cast::public(stewards[at]));
            let fingerprint = expected(federation, threshold, &stewards);
            let stewards = stewards.to_vec();
            let input = Input { federation: federation.to_owned(), threshold, stewards };
            cases.accepted(name, shows, input, Accepted { fingerprint });
        }
        let stewards = vec![cast::public("steward 1")];
        let fingerprint = expected("vectors.example", 1, &stewards);
        let input = Input { federation: "vectors.example".to_owned(), threshold: 1, stewards };
        cases.accepted("one-of-one", "one steward alone", input, Accepted { fingerprint });
        cases
    }
}

/// The fingerprint as the specification writes it.
fn expected(federation: &str, threshold: u8, stewards: &[PublicKey]) -> Fingerprint {
    let mut lines: Vec<_> = stewards.iter().map(|key| key.thumbprint().to_string()).collect();
    lines.sort();
    let lines = lines.join("\n");
    let text = format!("budstikke-federation-v1\n{federation}\n{threshold}\n{lines}\n");
    Fingerprint::new(Sha256Digest::of(text.as_bytes()))
}
