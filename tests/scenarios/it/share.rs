//! A document is published at one node, shared, listed, fetched at another, and read there.

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};

use crate::program;

#[test]
fn a_shared_document_arrives_byte_for_byte() {
    let mut cluster = Cluster::start(program(), 2);
    let bytes: Vec<u8> = (0..300_000_u32).map(|i| u8::try_from(i % 251).unwrap()).collect();
    let file = cluster.file("document.pdf", &bytes);
    let output = cluster.path("copy.pdf");
    let (hospital, municipality) = cluster.pair();
    let id =
        hospital.publish(&file, PATIENTS[0], &["--to", ORGANISATIONS[1], "--title", "Epikrise"]);
    let listed = municipality.json(&["document", "list", "--from", ORGANISATIONS[0]]);
    assert_eq!(listed["documents"][0]["document"], id);
    assert_eq!(listed["documents"][0]["title"], "Epikrise");
    municipality
        .run(&["document", "get", &id, "--from", ORGANISATIONS[0], "-o", output.to_str().unwrap()])
        .ok();
    assert_eq!(std::fs::read(&output).unwrap(), bytes);
    let kept = municipality.json(&["document", "list"]);
    assert_eq!(kept["documents"][0]["kind"], "copy");
}
