//! A node that has no records of a patient learns only that somebody has asked something.

use std::fs;
use std::path::Path;

use budstikke_keys::jws::sign;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::wire::codec::{decode, encode};
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_scenarios::cluster::PATIENTS;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::Value;

use super::Stage;

/// Every file under a folder.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .flat_map(|entry| match entry.file_type().unwrap() {
            kind if kind.is_dir() => files(&entry.path()),
            kind if kind.is_file() => vec![fs::read(entry.path()).unwrap()],
            _ => Vec::new(),
        })
        .collect()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A statement with every text as long as it was, and nothing in it.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, it)| (name.clone(), shape(it))).collect()
        }
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(text) => "-".repeat(text.len()).into(),
        other => other.clone(),
    }
}

#[test]
fn whoever_has_no_records_sees_the_same_whoever_is_asked_for_and_no_label() {
    let mut stage = Stage::new();
    stage.publish("N", Sharing::Federation);
    let stated = stage.stated(1, 1);
    let (mut shapes, mut labels, mut wire) = (Vec::new(), Vec::new(), Vec::new());
    for patient in [PATIENTS[1], PATIENTS[2]] {
        let (element, blinding) = stage.blinded(patient);
        let question = stage.blind(stated.state.epoch, vec![element]);
        let signed = sign(question.clone(), &stage.asker.keys.sign).unwrap();
        let question = IndexQuestion::Blind(signed.compact().to_owned());
        let answer = stage.raw(&question);
        let seen = [encode(&question).unwrap(), answer.clone()];
        let statement = serde_json::to_value(signed.statement()).unwrap();
        let lengths = seen.each_ref().map(Vec::len);
        let IndexAnswer::Blind { evaluated, .. } = decode(&answer).unwrap() else {
            panic!("it was not evaluated")
        };
        shapes.push((lengths, shape(&statement), evaluated.len()));
        labels.push(stage.opened(decode(&answer).unwrap(), blinding, &stated.state));
        wire.extend(seen);
        wire.push(statement.to_string().into_bytes());
    }
    assert_eq!(shapes[0], shapes[1]);
    let accesses = stage.hospital.run(async |ctx, _| ctx.store.accesses(None, 100).unwrap());
    let accesses = serde_json::to_vec(&accesses.found).unwrap();
    // What is looked for is found where it is: the asker's questions stand there as evidence.
    assert!(holds(&accesses, b"\"evaluate\""));
    stage.hospital.stop();
    let mut seen = files(&stage.cluster.sites[0].home);
    seen.extend(wire);
    seen.push(accesses);
    for (label, patient) in labels.iter().zip([PATIENTS[1], PATIENTS[2]]) {
        let bytes = label.as_bytes();
        let texts = [HEXLOWER.encode(bytes), BASE64URL_NOPAD.encode(bytes), patient.to_owned()];
        let tag = label.tag();
        let parts = [bytes.as_slice(), tag.as_bytes()];
        let parts = parts.into_iter().chain(texts.iter().map(String::as_bytes));
        for part in parts {
            assert!(!seen.iter().any(|bytes| holds(bytes, part)), "a trace of whom was asked for");
        }
    }
}
