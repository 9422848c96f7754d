//! `list-proof`: whether records are all that an organisation has of a patient, from the head of its log.

use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::list_proof::{ListProof, ListProofError};
use budstikke_protocol::log::tree::{TreeHash, TreeHead};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::map_root::{by_definition, path_by_definition};
use super::{hex, list_value, unhex};
use crate::definition;
use crate::vector::{Cases, Format, Written, refusal};

/// Proofs that a list is complete.
pub struct ListProofs;

/// A proof, and what it is held against.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The size of the tree.
    pub size: u64,
    /// Its root, in hexadecimal.
    pub root: String,
    /// The label of the patient, in hexadecimal.
    pub label: String,
    /// The proof, in hexadecimal.
    pub proof: String,
}

/// What a good proof shows.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The generation of the list.
    pub generation: u32,
    /// The places of the records in the log.
    pub records: Vec<u64>,
}

impl Format for ListProofs {
    const NAME: &'static str = "list-proof";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(Input { size, root, label, proof }: Input) -> Result<Accepted, String> {
        let head = TreeHead { size, root: TreeHash::from_bytes(unhex(&root)) };
        let label = Label::from_bytes(unhex(&label));
        let proof = ListProof::parse(&HEXLOWER.decode(proof.as_bytes()).unwrap());
        let proof = proof.map_err(named)?;
        proof.verify(&head, &label).map_err(named)?;
        let records = proof.records.iter().map(|record| record.index).collect();
        Ok(Accepted { generation: proof.generation, records })
    }
}

/// What is wrong with the STATE is named by itself.
fn named(error: ListProofError) -> String {
    match error {
        ListProofError::State(error) => format!("state-{}", refusal(&error)),
        error => refusal(&error),
    }
}

/// A log of three records and a STATE over them: two of one patient, one of another.
#[derive(Clone)]
struct Sample {
    records: Vec<(u64, [u8; 32])>,
    /// What is proven to be in the map.
    label: [u8; 32],
    key: [u8; 32],
    epoch: u32,
    record_count: u64,
    live_count: u64,
    /// What is shown: otherwise the records of the list.
    shown: Option<Vec<(u64, [u8; 32])>>,
    /// What stands at the end of the log: otherwise the STATE.
    last: Option<Vec<u8>>,
}

const SALT: [u8; 32] = [0x20; 32];
const GENERATION: u32 = 3;
const OTHER: [u8; 32] = [0xc0; 32];

/// The public key of RFC 9497, A.1.2.
const KEY: &str = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e";

impl Sample {
    fn good() -> Self {
        Self {
            records: vec![(0, [1; 32]), (2, [3; 32])],
            label: [0x5a; 32],
            key: unhex(KEY),
            epoch: 1,
            record_count: 3,
            live_count: 3,
            shown: None,
            last: None,
        }
    }

    /// Written out from the formulas of docs/spec/index.md, nothing of the implementation.
    fn input(&self) -> Input {
        let value = list_value::by_formula(&SALT, GENERATION, &self.records);
        let other = list_value::by_formula(&SALT, 0, &[(1, [2; 32])]);
        let mut pairs = vec![(self.label, value), (OTHER, other)];
        pairs.sort_unstable();
        let map = path_by_definition(&self.label, &pairs);
        let state = [
            &[2, 1],
            &1_700_000_000_000_u64.to_be_bytes()[..],
            &self.epoch.to_be_bytes(),
            &self.key,
            &by_definition(&pairs),
            &2_u64.to_be_bytes(),
            &self.record_count.to_be_bytes(),
            &self.live_count.to_be_bytes(),
            &16_u64.to_be_bytes(),
            &[0x77; 32],
        ]
        .concat();
        let record = |byte: u8| [&[1][..], &[byte; 32]].concat();
        let last = self.last.clone().unwrap_or_else(|| state.clone());
        let entries = [record(1), record(2), record(3), last.clone()];
        let leaves: Vec<TreeHash> = entries.iter().map(|entry| definition::leaf(entry)).collect();
        let path = [leaves[2], definition::root(&leaves[..2])];
        let shown = self.shown.as_ref().unwrap_or(&self.records);
        let mut proof = [&[1], &last[..], &[2]].concat();
        proof.extend(path.iter().flat_map(TreeHash::as_bytes));
        proof.extend(u16::try_from(map.len()).unwrap().to_be_bytes());
        proof.extend(&map);
        proof.extend(SALT);
        proof.extend(GENERATION.to_be_bytes());
        proof.extend(u32::try_from(shown.len()).unwrap().to_be_bytes());
        for (index, commitment) in shown {
            proof.extend(index.to_be_bytes());
            proof.extend(commitment);
        }
        let root = hex(definition::root(&leaves).as_bytes());
        Input { size: 4, root, label: hex(self.label), proof: hex(proof) }
    }

    fn with(change: impl FnOnce(&mut Self)) -> Input {
        let mut sample = Self::good();
        change(&mut sample);
        sample.input()
    }

    fn shown(records: &[(u64, [u8; 32])]) -> Input {
        Self::with(|sample| sample.shown = Some(records.to_vec()))
    }
}

impl Written for ListProofs {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let accepted = Accepted { generation: GENERATION, records: vec![0, 2] };
        cases.accepted("good", "both records of a patient", Sample::good().input(), accepted);
        let accepted = Accepted { generation: GENERATION, records: vec![0, 2] };
        let linked = Sample::with(|sample| sample.live_count = 4);
        cases.accepted("linked", "a record that stands in two lists", linked, accepted);
        let [first, second] = [(0, [1; 32]), (2, [3; 32])];
        let other = (1, [2; 32]);
        for (name, shows, input, refusal) in [
            ("left-out", "one record is left out", Sample::shown(&[first]), "map"),
            ("added", "a record of another patient", Sample::shown(&[first, other, second]), "map"),
            ("changed", "another commitment", Sample::shown(&[first, (2, [2; 32])]), "map"),
            ("swapped", "two records swapped", Sample::shown(&[second, first]), "list"),
            ("none", "no record at all", Sample::shown(&[]), "map"),
        ] {
            cases.refused(name, shows, input, refusal);
        }
        faults_of_the_tree(&mut cases);
        faults_of_the_state(&mut cases);
        faults_of_the_form(&mut cases);
        cases
    }
}

fn faults_of_the_tree(cases: &mut Cases<ListProofs>) {
    let good = Sample::good().input();
    let another_patient = Input { label: hex(OTHER), ..good.clone() };
    cases.refused("another-patient", "the label of another patient", another_patient, "map");
    let another_tree = Input { root: hex([9; 32]), ..good.clone() };
    cases.refused("another-tree", "the head of another log", another_tree, "state-last");
    cases.refused("older-tree", "an older size", Input { size: 3, ..good }, "state-last");
    let none = Sample::with(|sample| sample.records.clear());
    cases.refused("empty-list", "a list in the map without a record", none, "counts");
    let ahead = Sample::with(|sample| sample.records[1].0 = 3);
    cases.refused("ahead", "a record where the STATE stands", ahead, "counts");
}

fn faults_of_the_state(cases: &mut Cases<ListProofs>) {
    let record = Sample::with(|sample| sample.last = Some([&[2_u8][..], &[9; 141]].concat()));
    cases.refused("other-state", "a STATE of another version", record, "state-entry");
    for (name, shows, input, refusal) in [
        (
            "no-key",
            "an index without a key",
            Sample::with(|sample| sample.key = [0; 32]),
            "state-key",
        ),
        (
            "no-epoch",
            "a key without an epoch",
            Sample::with(|sample| sample.epoch = 0),
            "state-key",
        ),
        (
            "too-few",
            "less records than lists",
            Sample::with(|sample| sample.live_count = 1),
            "state-counts",
        ),
        (
            "too-many",
            "open records, and none was logged",
            Sample::with(|sample| sample.record_count = 0),
            "state-counts",
        ),
        (
            "not-counted",
            "less open records than the list has",
            Sample::with(|sample| sample.live_count = 2),
            "counts",
        ),
    ] {
        cases.refused(name, shows, input, refusal);
    }
}

fn faults_of_the_form(cases: &mut Cases<ListProofs>) {
    let good = Sample::good().input();
    let with = |proof: String| Input { proof, ..good.clone() };
    let cut = with(good.proof[..good.proof.len() - 2].to_owned());
    cases.refused("cut", "a byte is missing", cut, "form");
    cases.refused("trailing", "a byte too many", with(format!("{}00", good.proof)), "form");
    cases.refused("nothing", "no bytes", with(String::new()), "form");
    cases.refused("version", "version 2", with(format!("02{}", &good.proof[2..])), "version");
    let at = 2 * (1 + 142);
    let long = format!("{}40{}", &good.proof[..at], &good.proof[at + 2..]);
    cases.refused("long-path", "64 hashes up the tree", with(long), "form");
    let huge = Sample::good().input().proof;
    let at = huge.len() - 2 * (2 * 40 + 4);
    let huge = format!("{}ffffffff{}", &huge[..at], &huge[at + 8..]);
    cases.refused("huge-list", "says that it has 4 294 967 295 records", with(huge), "form");
}
