//! What the formats of statements in the JSON form share: a case, and its judge.

use std::collections::BTreeSet;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::{SignedByMany, Statement};
use budstikke_keys::public::{PublicKey, Thumbprint};
use budstikke_protocol::federation::request::MemberRequest;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::limits::{REQUEST_BYTES_MAX, ROSTER_BYTES_MAX};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cast;
use crate::handmade::many;
use crate::sample::Change as _;
use crate::vector::refusal;

/// Which statement the reader expects.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// [`Roster`].
    Roster,
    /// [`MemberRequest`].
    MemberRequest,
}

/// A statement, what it should be, and the keys to check it with.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Which statement the reader expects.
    pub expect: Kind,
    /// The keys whose signatures count.
    pub keys: Vec<PublicKey>,
    /// The statement.
    pub json: String,
}

/// What a good statement gives.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// SHA-256 of the payload.
    pub payload_digest: Sha256Digest,
    /// The keys among those given whose signature is there and good.
    pub signers: BTreeSet<Thumbprint>,
    /// What was read, members that nobody knows left out.
    pub statement: Value,
}

/// The thumbprints of the keys with these names.
pub fn thumbprints(names: &[&str]) -> BTreeSet<Thumbprint> {
    names.iter().map(|name| cast::public(name).thumbprint()).collect()
}

/// A roster with this payload, signed by the first two of the three stewards.
pub fn roster_of(payload: &[u8]) -> Input {
    let stewards = ["steward 1", "steward 2", "steward 3"];
    let json =
        many(Roster::TYP, payload, &stewards[..2].iter().map(|s| cast::key(s)).collect::<Vec<_>>());
    let keys = stewards.iter().map(|steward| cast::public(steward)).collect();
    Input { expect: Kind::Roster, keys, json: json.to_string() }
}

/// What comes of [`roster_of`] when it reads as `statement`.
pub fn read_as(payload: &[u8], statement: Value) -> Accepted {
    let signers = thumbprints(&["steward 1", "steward 2"]);
    Accepted { payload_digest: Sha256Digest::of(payload), signers, statement }
}

/// What comes of [`roster_of`] when every member is known.
pub fn read_whole(statement: &Value) -> Accepted {
    read_as(&statement.bytes(), statement.clone())
}

/// Reads a statement as a node does, and counts its signatures.
pub fn judge(input: &Input) -> Result<Accepted, String> {
    match input.expect {
        Kind::Roster => judge_as::<Roster>(input, ROSTER_BYTES_MAX),
        Kind::MemberRequest => judge_as::<MemberRequest>(input, REQUEST_BYTES_MAX),
    }
}

fn judge_as<T: Statement>(input: &Input, bytes_max: usize) -> Result<Accepted, String> {
    let signed =
        SignedByMany::<T>::parse(input.json.as_bytes(), bytes_max).map_err(|e| refusal(&e))?;
    Ok(Accepted {
        payload_digest: signed.payload_digest(),
        signers: signed.valid_signers(&input.keys),
        statement: serde_json::to_value(signed.statement()).unwrap(),
    })
}
