//! A patient with two numbers: what stands under one is listed under both, and a search asks for all that are known here.

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};

use super::{documents, row, until_witnessed};
use crate::program;

#[test]
fn a_patient_with_two_numbers_is_found_by_both() {
    let cluster = Cluster::start(program(), 2);
    let [hospital, gp] = cluster.sites.as_slice() else { panic!("there are not two") };
    let file = cluster.file("a.txt", b"En epikrise.");
    let document = gp.publish(&file, PATIENTS[0], &["--share", "federation"]);
    let nothing = until_witnessed(hospital, PATIENTS[1], &[(ORGANISATIONS[1], 0)]);
    assert_eq!(row(&nothing, ORGANISATIONS[1])["outcome"], "none");

    let linked = gp.json(&["patient", "link", PATIENTS[0], PATIENTS[1]]);
    assert_eq!(linked["linked"].as_array().map(Vec::len), Some(2), "{linked}");
    // Whoever does not know of the other number is told that there is something, and is not shown what another number stands on.
    let counted = until_witnessed(hospital, PATIENTS[1], &[(ORGANISATIONS[1], 1)]);
    assert_eq!(row(&counted, ORGANISATIONS[1])["foreign"], 1);
    assert!(documents(&counted).is_empty());
    let text = String::from_utf8(hospital.run(&["find", PATIENTS[1]]).ok()).unwrap();
    assert!(text.contains("1 under another number"), "{text}");

    hospital.json(&["patient", "link", PATIENTS[1], PATIENTS[0]]);
    let found = until_witnessed(hospital, PATIENTS[1], &[(ORGANISATIONS[1], 1)]);
    assert_eq!(documents(&found), [document.as_str()]);
    // A second document is listed under both numbers at once.
    let other = gp.publish(&file, PATIENTS[1], &["--share", "federation"]);
    let found = until_witnessed(hospital, PATIENTS[0], &[(ORGANISATIONS[1], 2)]);
    let mut both = [document.as_str(), other.as_str()];
    both.sort_unstable();
    assert_eq!(documents(&found), both);
    let accesses = gp.json(&["access", "list", "--patient", PATIENTS[1]]);
    assert!(accesses["accesses"].to_string().contains("\"link\""), "{accesses}");
}

#[test]
fn what_cannot_be_linked_is_refused_and_changes_nothing() {
    let cluster = Cluster::start(program(), 1);
    let gp = &cluster.sites[0];
    for (numbers, said) in [
        ([PATIENTS[0], PATIENTS[0]], "already"),
        ([PATIENTS[0], "12345678901"], "this is a test federation"),
        (["", PATIENTS[0]], "this is a test federation"),
    ] {
        let refused = gp.run(&["patient", "link", numbers[0], numbers[1]]).failure();
        assert!(refused.contains(said), "{refused}");
    }
    gp.json(&["patient", "link", PATIENTS[0], PATIENTS[1]]);
    let again = gp.run(&["patient", "link", PATIENTS[1], PATIENTS[0]]).failure();
    assert!(again.contains("already"), "{again}");
    let third = gp.json(&["patient", "link", PATIENTS[1], PATIENTS[2]]);
    assert_eq!(third["linked"].as_array().map(Vec::len), Some(3), "{third}");
}
