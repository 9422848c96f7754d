//! A small log that another implementation made: its commitments, entries, root, proof, checkpoint and cosignature.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::note::{Note, VerifierKey};
use budstikke_keys::secret::SecretKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::log::checkpoint::{Checkpoint, SignedCheckpoint};
use budstikke_protocol::log::commitment::{Commitment, Salt};
use budstikke_protocol::log::entry::{Entry, State};
use budstikke_protocol::log::tree::{Frontier, TreeHash, leaf_hash, verify_inclusion};
use data_encoding::HEXLOWER;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::collections::collection;

#[derive(Deserialize)]
struct Reference {
    origin: String,
    epoch: u32,
    voprf_public_key: String,
    records: Vec<Record>,
    map_root: String,
    presence_file: String,
    state_entry: String,
    log_entries: Vec<String>,
    log_root: String,
    state_inclusion_proof: Vec<String>,
    log_seed: String,
    witness_seed: String,
    witness_time: i64,
    log_vkey: String,
    witness_vkey: String,
    checkpoint: String,
}

#[derive(Deserialize)]
struct Record {
    salt: String,
    document: String,
    commit: String,
}

/// `None` when it is not beside the workspace, which is told.
fn reference() -> Option<Reference> {
    collection("vectors/index-v1.json").map(|text| serde_json::from_str(&text).unwrap())
}

fn bytes(hex: &str) -> Vec<u8> {
    HEXLOWER.decode(hex.as_bytes()).unwrap()
}

fn array(hex: &str) -> [u8; 32] {
    bytes(hex).try_into().unwrap()
}

fn hash(hex: &str) -> TreeHash {
    TreeHash::from_bytes(array(hex))
}

fn secret(seed: &str) -> SecretKey {
    SecretKey::from_seed(Zeroizing::new(array(seed)))
}

impl Reference {
    fn signed(&self) -> SignedCheckpoint {
        let note = Note::parse(self.checkpoint.as_bytes()).unwrap();
        SignedCheckpoint::open(note, &self.log_vkey.parse().unwrap()).unwrap()
    }
}

#[test]
fn commitments_are_those_of_another_implementation() {
    let Some(reference) = reference() else { return };
    assert_eq!(reference.records.len(), 3);
    for (record, entry) in reference.records.iter().zip(&reference.log_entries) {
        let salt = Salt::from_bytes(Zeroizing::new(array(&record.salt)));
        let commitment = Commitment::to(Sha256Digest::of(record.document.as_bytes()), &salt);
        assert_eq!(commitment.as_bytes(), &array(&record.commit));
        assert_eq!(Entry::Record(commitment).to_bytes().as_bytes(), bytes(entry));
    }
}

#[test]
fn a_state_is_that_of_another_implementation() {
    let Some(reference) = reference() else { return };
    let presence = bytes(&reference.presence_file);
    let state = State {
        time_ms: 1_750_000_000_000,
        epoch: reference.epoch,
        voprf_key: array(&reference.voprf_public_key),
        map_root: Sha256Digest::from_bytes(array(&reference.map_root)),
        map_count: 2,
        record_count: 3,
        live_count: 3,
        presence_bytes: u64::try_from(presence.len()).unwrap(),
        presence_sha256: Sha256Digest::of(&presence),
    };
    let entry = Entry::State(state);
    assert_eq!(entry.to_bytes().as_bytes(), bytes(&reference.state_entry));
    assert_eq!(Entry::parse(&bytes(&reference.state_entry)), Ok(entry));
    assert_eq!(reference.log_entries.last(), Some(&reference.state_entry));
}

#[test]
fn a_root_and_a_proof_are_those_of_another_implementation() {
    let Some(reference) = reference() else { return };
    let mut frontier = Frontier::default();
    for entry in &reference.log_entries {
        frontier.append(leaf_hash(&bytes(entry))).unwrap();
    }
    let head = frontier.head();
    assert_eq!(head.root, hash(&reference.log_root));
    assert_eq!(*reference.signed().head(), head);
    let proof: Vec<_> = reference.state_inclusion_proof.iter().map(|one| hash(one)).collect();
    let state = leaf_hash(&bytes(&reference.state_entry));
    assert_eq!(verify_inclusion(&state, head.size - 1, &proof, &head), Ok(()));
}

#[test]
fn a_checkpoint_is_that_of_another_implementation_to_the_byte() {
    let Some(reference) = reference() else { return };
    let opened = reference.signed();
    let witness: VerifierKey = reference.witness_vkey.parse().unwrap();
    let cosignatures = opened.cosignatures(std::slice::from_ref(&witness)).unwrap();
    let times: Vec<_> = cosignatures.iter().map(|one| one.time.unix_seconds()).collect();
    assert_eq!(times, [reference.witness_time]);
    let origin = reference.origin.parse().unwrap();
    let mut ours = Checkpoint { origin, head: *opened.head() }.sign(&secret(&reference.log_seed));
    let time = Timestamp::from_unix_seconds(reference.witness_time).unwrap();
    let key = secret(&reference.witness_seed);
    ours.add(ours.cosign(witness.name().clone(), &key, time), &witness).unwrap();
    assert_eq!(ours.note().to_string(), reference.checkpoint);
}
