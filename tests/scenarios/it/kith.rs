//! Messages of the message network: published by their sender alone, and carried to the byte.

use std::fs;
use std::path::Path;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::site::Site;
use serde_json::Value;

use crate::program;

/// The cases of the specification; their sender and patient are the second organisation and the first patient.
const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/kith");

/// A case: its name, the document, and whether it is refused.
fn cases() -> Vec<(String, Vec<u8>, bool)> {
    let mut files: Vec<_> =
        fs::read_dir(VECTORS).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: &Path| {
        let case: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let document = &case["input"]["document"];
        let bytes = match document["hex"].as_str() {
            Some(hex) => data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap(),
            None => document["text"].as_str().unwrap().as_bytes().to_vec(),
        };
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, bytes, case["expected"]["refused"].is_string())
    };
    files.iter().map(|path| read(path)).collect()
}

fn publish(site: &Site, file: &Path, content_type: &str) -> Result<String, String> {
    let file = file.to_str().unwrap();
    let [patient, ..] = PATIENTS;
    let args = ["document", "publish", file, "--patient", patient, "--type", "I01-2", "--json"];
    let more = ["--content-type", content_type, "--to", ORGANISATIONS[0]];
    let ended = site.run(&[args.as_slice(), &more].concat());
    if !ended.is_success {
        return Err(ended.stderr);
    }
    let value: Value = serde_json::from_slice(&ended.stdout).unwrap();
    Ok(value["document"].as_str().unwrap().to_owned())
}

#[test]
fn messages_are_published_by_their_sender_alone_and_arrive_byte_for_byte() {
    let cluster = Cluster::start(program(), 2);
    let [hospital, sender] = cluster.sites.as_slice() else { panic!("there are not two") };
    for (name, bytes, is_refused) in cases() {
        let file = cluster.file(&format!("{name}.xml"), &bytes);
        let published = publish(sender, &file, "application/xml");
        assert_eq!(published.is_err(), is_refused, "{name}: {published:?}");
        let Ok(id) = published else { continue };
        let arrived = cluster.path(&format!("arrived-{name}"));
        let to = arrived.to_str().unwrap();
        hospital.json(&["document", "get", &id, "--from", ORGANISATIONS[1], "-o", to]);
        assert!(fs::read(&arrived).unwrap() == bytes, "{name} arrived changed");
    }
    assert_eq!(hospital.json(&["document", "list"])["unreadable"], 0);
}

#[test]
fn a_message_of_somebody_else_is_told_and_can_be_kept_as_bytes() {
    let cluster = Cluster::start(program(), 2);
    let (_, bytes, _) = cases().into_iter().find(|(name, ..)| name == "referral-2.0").unwrap();
    let file = cluster.file("henvisning.xml", &bytes);
    let other = &cluster.sites[0];
    let refused = publish(other, &file, "application/xml").unwrap_err();
    assert!(
        refused.contains("the sender in the Henvisning 2.0 is not this organisation"),
        "{refused}"
    );
    assert!(refused.contains("--content-type application/octet-stream"), "{refused}");
    assert_eq!(other.json(&["document", "list"])["documents"], serde_json::json!([]));
    publish(other, &file, "application/octet-stream").unwrap();
}
