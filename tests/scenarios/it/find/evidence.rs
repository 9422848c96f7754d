//! Evidence of a search: verified offline, and no byte of it can be changed.

use std::fs;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use serde_json::Value;

use super::{row, until_witnessed};
use crate::program;

#[test]
fn a_search_can_be_shown_later() {
    let cluster = Cluster::start(program(), 3);
    let [hospital, gp, _] = cluster.sites.as_slice() else { panic!("there are not three") };
    let file = cluster.file("a.txt", b"En epikrise.");
    let document = gp.publish(&file, PATIENTS[0], &["--share", "federation"]);
    let found =
        until_witnessed(hospital, PATIENTS[0], &[(ORGANISATIONS[1], 1), (ORGANISATIONS[2], 0)]);
    let id = found["find"].as_str().unwrap();
    let path = cluster.path("find.tar");
    let exported = hospital.json(&["evidence", "export", id, "-o", path.to_str().unwrap()]);
    assert_eq!((exported["members"].as_u64(), exported["unproven"].as_u64()), (Some(2), Some(0)));
    let federation = cluster.federation.as_str();
    let verify = |path: &str, more: &[&str]| {
        let args = ["verify", path, "--federation", federation];
        cluster.program.run(&[args.as_slice(), more].concat())
    };
    let good = verify(path.to_str().unwrap(), &["--patient", PATIENTS[0], "--json"]);
    assert!(good.is_success, "{good:?}");
    let verdict: Value = serde_json::from_slice(&good.stdout).unwrap();
    let [gps, others] =
        [ORGANISATIONS[1], ORGANISATIONS[2]].map(|organisation| row(&verdict, organisation));
    assert_eq!(gps["records"][0]["document"], document.as_str());
    assert_eq!(
        (gps["outcome"].as_str(), others["outcome"].as_str()),
        (Some("records"), Some("none"))
    );
    assert_eq!(gps["as_of"], row(&found, ORGANISATIONS[1])["as_of"]);
    assert_eq!(others["witnessed"], true);

    let told = String::from_utf8(verify(path.to_str().unwrap(), &[]).ok()).unwrap();
    assert!(told.contains("it asserted exactly these 1 open records"), "{told}");
    assert!(told.contains("it asserted that it had none"), "{told}");
    assert!(!verify(path.to_str().unwrap(), &["--patient", PATIENTS[1]]).is_success);

    // Of what proves something no byte can be changed: one in the middle of each file of the archive.
    let bytes = fs::read(&path).unwrap();
    let changed = cluster.path("changed.tar");
    for (name, at) in places(&bytes) {
        let mut other = bytes.clone();
        other[at] ^= 1;
        fs::write(&changed, &other).unwrap();
        let verdict = verify(changed.to_str().unwrap(), &[]);
        assert!(!verdict.is_success, "a changed byte in {name} was not seen");
    }
}

/// A byte in the middle of each proof of the archive.
fn places(bytes: &[u8]) -> Vec<(String, usize)> {
    let mut places = Vec::new();
    let mut at = 0;
    while bytes[at] != 0 {
        let name = bytes[at..at + 100].split(|byte| *byte == 0).next().unwrap();
        let name = String::from_utf8(name.to_vec()).unwrap();
        let size = std::str::from_utf8(&bytes[at + 124..at + 135]).unwrap();
        let size = usize::from_str_radix(size.trim_matches([' ', '\0']), 8).unwrap();
        // What the first three say of themselves is no proof; a note has lines that nobody need know.
        if name.contains('/') && !name.ends_with("checkpoint") {
            places.push((name, at + 512 + size / 2));
        }
        at += 512 + size.next_multiple_of(512);
    }
    places
}
