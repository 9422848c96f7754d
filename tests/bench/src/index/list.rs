//! The proof that twenty records are all that a large hospital has of a patient: its bytes, and how long it takes to verify.

use std::iter::once;
use std::time::Instant;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::note::Note;
use budstikke_keys::secret::SymmetricKey;
use budstikke_keys::voprf::VoprfKey;
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::list::{Listed, list_value};
use budstikke_protocol::index::list_proof::{ListProof, state_bytes};
use budstikke_protocol::index::map::Map;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::commitment::{Commitment, Salt};
use budstikke_protocol::log::entry::{Entry, State};
use budstikke_protocol::log::tree::{TreeHash, TreeHead, node_hash};
use zeroize::Zeroizing;

use crate::finding::Finding;
use crate::log::cosignatures::{cosigned, log_key, policy};
use crate::publisher::random_bytes;
use crate::rounds::rounds;
use crate::sample::Sample;
use crate::setting::Setting;

const PATIENTS: usize = 1_500_000;
const RECORDS: u64 = 20;

/// A log whose last leaf has as many hashes above it as any of 150 million entries: 27 in a full tree.
const LEVELS: u8 = 27;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let patients = setting.least(PATIENTS, 20_000);
    let label = Label::from_bytes([0x5a; 32]);
    let (proof, head) = proof(&label, patients);
    let note = cosigned(head).note().to_string();
    let bytes = proof.to_bytes();
    let whole: Sample = once((bytes.len() + note.len()) as f64).collect();
    let (log, policy) = (log_key(), policy());
    let [verified] = rounds("index-list", setting.rounds(300), || {
        let began = Instant::now();
        let checkpoint =
            SignedCheckpoint::open(Note::parse(note.as_bytes()).unwrap(), &log).unwrap();
        assert!(policy.witnessed(&checkpoint).unwrap().is_some());
        let proof = ListProof::parse(&bytes).unwrap();
        proof.verify(checkpoint.head(), &label).unwrap();
        [began.elapsed().as_secs_f64() * 1000.0]
    });
    vec![
        Finding::new("proof that 20 records are all, 5 cosignatures", "bytes", whole)
            .at_most(5000.0),
        Finding::new("the same read and verified", "ms", verified).at_most(2.0),
    ]
}

/// A proof for a patient among so many others.
fn proof(label: &Label, patients: usize) -> (ListProof, TreeHead) {
    let salt = || Salt::from_bytes(Zeroizing::new([7; 32]));
    let records: Vec<Listed> = (0..RECORDS)
        .map(|index| Listed { index: index * 1000, commitment: Commitment::from_bytes([8; 32]) })
        .collect();
    let value = list_value(&salt(), 0, &records).unwrap();
    let mut random = random_bytes(10);
    let mut next = || *Sha256Digest::of(&random.next().unwrap()).as_bytes();
    let others = (1..patients).map(|_| (next(), [0; 32]));
    let map: Map = others.chain(once((*label.as_bytes(), value))).collect();
    let size = 1_u64 << LEVELS;
    let key = VoprfKey::derive(&SymmetricKey::from_bytes(Zeroizing::new([1; 32])), b"1").unwrap();
    let state = State {
        time_ms: 1,
        epoch: 1,
        voprf_key: *key.public().as_bytes(),
        map_root: map.root(),
        map_count: map.count(),
        record_count: size / 2,
        live_count: size / 2,
        presence_bytes: map.count() * 8,
        presence_sha256: Sha256Digest::of(b"its bytes do not matter here"),
    };
    // What stands beside the way to the root does not matter either.
    let path: Vec<TreeHash> = (0..LEVELS).map(|level| TreeHash::from_bytes([level; 32])).collect();
    let leaf = Entry::State(state.clone()).leaf_hash();
    let root = path.iter().fold(leaf, |hash, left| node_hash(left, &hash));
    let proof = ListProof {
        state: state_bytes(&state),
        path,
        map: map.prove(label.as_bytes()),
        salt: salt(),
        generation: 0,
        records,
    };
    (proof, TreeHead { size, root })
}
