//! Members cosign each other's checkpoints.

use std::time::Duration;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};
use serde_json::Value;

use crate::program;

/// Publishes a document, and gives its id.
pub(crate) fn publish(cluster: &Cluster, site: &Site, text: &str) -> String {
    let file = cluster.file("document.txt", text.as_bytes());
    site.publish(&file, PATIENTS[0], &[])
}

pub(crate) fn status(site: &Site) -> Value {
    site.json(&["index", "status"])
}

/// The size that a witness has cosigned last of the log of a site.
pub(crate) fn cosigned(status: &Value, witness: &str) -> Value {
    let witnesses = status["witnesses"]["witnesses"].as_array().unwrap();
    let row = witnesses.iter().find(|row| row["organisation"] == witness).unwrap();
    row["cosigned"].clone()
}

#[test]
fn three_nodes_cosign_and_a_receipt_says_so() {
    let cluster = Cluster::start(program(), 3);
    let [hospital, municipality, _] = cluster.sites.as_slice() else { panic!() };
    let id = publish(&cluster, hospital, "one");
    let status = hospital.wait_for_witnesses();
    assert_eq!(status["witnesses"]["quorum"], 2);
    for witness in &ORGANISATIONS[1..3] {
        assert_eq!(cosigned(&status, witness), status["size"], "{status}");
    }
    let receipt = cluster.path("receipt");
    let made = hospital.json(&["index", "receipt", &id, "-o", receipt.to_str().unwrap()]);
    assert!(made["witnessed"].as_str().unwrap().starts_with("since "), "{made}");
    let known = municipality.json(&["index", "peers"]);
    let row = known.as_array().unwrap().iter().find(|row| row["organisation"] == ORGANISATIONS[0]);
    let row = row.unwrap();
    assert_eq!((&row["log"], &row["cosigned"]), (&"good".into(), &status["size"]), "{row}");
}

#[test]
fn with_three_members_one_that_is_away_delays_the_witnessing_and_nothing_else() {
    let mut cluster = Cluster::start(program(), 3);
    publish(&cluster, &cluster.sites[0], "one");
    let before = cluster.sites[0].wait_for_witnesses();
    cluster.sites[2].kill();
    publish(&cluster, &cluster.sites[0], "two");
    let hospital = &cluster.sites[0];
    let status = until("a head that one witness has cosigned", PATIENCE, || {
        let status = status(hospital);
        (cosigned(&status, ORGANISATIONS[1]).as_u64() > before["size"].as_u64()).then_some(status)
    });
    assert_eq!(status["witnessed"], "no", "{status}");
    assert_eq!(status["witnesses"]["size"], before["size"], "{status}");
    // Back again, it is behind: 409, and a proof from where it stands.
    cluster.sites[2].start();
    let status = cluster.sites[0].wait_for_witnesses();
    assert_eq!(cosigned(&status, ORGANISATIONS[2]), status["size"], "{status}");
}

#[test]
fn five_nodes_need_no_more_than_three_of_their_four_witnesses() {
    let mut cluster = Cluster::start(program(), 5);
    cluster.sites[3].kill();
    for text in ["one", "two", "three"] {
        publish(&cluster, &cluster.sites[0], text);
        let status = cluster.sites[0].wait_for_witnesses();
        assert_eq!(status["witnesses"]["quorum"], 3);
    }
    // One that was never asked while others cosigned begins with what they have cosigned, and catches up.
    cluster.sites[3].start();
    until("the fourth to catch up", Duration::from_secs(90), || {
        publish(&cluster, &cluster.sites[0], "more");
        let status = cluster.sites[0].wait_for_witnesses();
        (cosigned(&status, ORGANISATIONS[3]) == status["size"]).then_some(())
    });
}

#[test]
fn a_member_without_others_is_unwitnessed() {
    let cluster = Cluster::start(program(), 1);
    publish(&cluster, &cluster.sites[0], "one");
    let status = until("a head", PATIENCE, || {
        Some(status(&cluster.sites[0])).filter(|status| status["size"] == 2)
    });
    assert!(status["witnessed"].as_str().unwrap().starts_with("unwitnessed"), "{status}");
}
