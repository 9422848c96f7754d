//! A small index that another implementation made: its labels, list values, map root and presence file.

use std::collections::BTreeSet;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::secret::SymmetricKey;
use budstikke_keys::voprf::VoprfKey;
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::list::{Listed, list_value};
use budstikke_protocol::index::map::{Map, verify_presence};
use budstikke_protocol::index::presence::Presence;
use budstikke_protocol::log::commitment::{Commitment, Salt};
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::{Map as Members, Value};
use zeroize::Zeroizing;

use crate::collections::collection;

#[derive(Deserialize)]
struct Reference {
    origin: String,
    epoch: u32,
    voprf_public_key: String,
    voprf_outputs: Members<String, Value>,
    labels: Vec<String>,
    records: Vec<Record>,
    list_salts: Members<String, Value>,
    list_generation: u32,
    list_values: Members<String, Value>,
    map_root: String,
    presence_file: String,
}

#[derive(Deserialize)]
struct Record {
    patient: usize,
    commit: String,
}

/// `None` when it is not beside the workspace, which is told.
fn reference() -> Option<Reference> {
    collection("vectors/index-v1.json").map(|text| serde_json::from_str(&text).unwrap())
}

fn array<const N: usize>(hex: &str) -> [u8; N] {
    HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
}

fn member<const N: usize>(members: &Members<String, Value>, name: &str) -> [u8; N] {
    array(members[name].as_str().unwrap())
}

impl Reference {
    fn labels(&self) -> Vec<Label> {
        let mut inputs: Vec<_> = self.voprf_outputs.keys().cloned().collect();
        inputs.sort();
        let output = |input: &String| member(&self.voprf_outputs, input);
        let origin = self.origin.parse().unwrap();
        inputs.iter().map(|input| Label::new(&origin, self.epoch, &output(input))).collect()
    }

    /// The value of the list of a patient, who has records here.
    fn value(&self, patient: usize) -> [u8; 32] {
        let records =
            self.records.iter().enumerate().filter(|(_, record)| record.patient == patient);
        let listed = records.map(|(index, record)| Listed {
            index: u64::try_from(index).unwrap(),
            commitment: Commitment::from_bytes(array(&record.commit)),
        });
        let salt = Salt::from_bytes(Zeroizing::new(member(&self.list_salts, &patient.to_string())));
        list_value(&salt, self.list_generation, &listed.collect::<Vec<_>>()).unwrap()
    }
}

#[test]
fn the_function_gives_what_another_implementation_gives() {
    let Some(reference) = reference() else { return };
    // The key of the vectors of RFC 9497, A.1.2.
    let seed = SymmetricKey::from_bytes(Zeroizing::new([0xa3; 32]));
    let key = VoprfKey::derive(&seed, b"test key").unwrap();
    assert_eq!(key.public().as_bytes(), &array(&reference.voprf_public_key));
    for input in reference.voprf_outputs.keys() {
        let output = key.evaluate(input.as_bytes()).unwrap();
        assert_eq!(*output, member(&reference.voprf_outputs, input));
    }
}

#[test]
fn labels_are_those_of_another_implementation() {
    let Some(reference) = reference() else { return };
    let labels: Vec<_> =
        reference.labels().iter().map(|label| HEXLOWER.encode(label.as_bytes())).collect();
    assert_eq!(labels, reference.labels);
}

#[test]
fn lists_map_and_presence_are_those_of_another_implementation() {
    let Some(reference) = reference() else { return };
    let labels = reference.labels();
    let mut map = Map::default();
    for patient in [0, 1] {
        let value = reference.value(patient);
        assert_eq!(value, member(&reference.list_values, &patient.to_string()));
        map.insert(*labels[patient].as_bytes(), value);
    }
    let root = Sha256Digest::from_bytes(array(&reference.map_root));
    assert_eq!(map.root(), root);
    let key = labels[0].as_bytes();
    assert_eq!(verify_presence(&root, key, &reference.value(0), &map.prove(key)), Ok(()));

    let mut presence = Presence::default();
    let tags: BTreeSet<_> = labels[..2].iter().map(Label::tag).collect();
    let file = presence.change(&tags);
    assert_eq!(HEXLOWER.encode(&file), reference.presence_file);
    assert_eq!(presence.sha256(), Sha256Digest::of(&file));
    assert!(!presence.has(labels[2].tag()));
}
