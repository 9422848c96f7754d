//! Clocks that are off, and rosters whose time has run out.

use std::fs;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use serde_json::Value;

use crate::program;

/// Two nodes that have been started with the clock off by `offset`; rosters count for 365 days and have 14 days of grace.
fn later(offset: &str) -> Cluster {
    let mut cluster = Cluster::made(program(), 2);
    cluster.join_all();
    cluster.program = cluster.program.with_clock(offset);
    for site in &mut cluster.sites {
        site.set_clock(offset);
        site.start();
    }
    cluster
}

/// Publishes a document at the first node for the second, and fetches it there.
fn exchange(cluster: &Cluster) {
    let [hospital, municipality] = cluster.sites.as_slice() else { panic!() };
    let id = hospital.publish(
        &cluster.file("document.txt", b"seen by nobody else"),
        PATIENTS[0],
        &["--to", ORGANISATIONS[1]],
    );
    let got = municipality.run(&["document", "get", &id, "--from", ORGANISATIONS[0]]).ok();
    assert_eq!(got, b"seen by nobody else");
}

#[test]
fn a_question_from_a_clock_an_hour_off_is_refused_and_both_nodes_show_it() {
    let mut cluster = Cluster::made(program(), 2);
    cluster.join_all();
    cluster.sites[1].set_clock("+1h");
    for site in &mut cluster.sites {
        site.start();
    }
    let [right, ahead] = cluster.sites.as_slice() else { panic!() };
    for (asker, asked) in [(ahead, right), (right, ahead)] {
        let refused = asker.run(&["document", "list", "--from", &asked.organisation]).failure();
        assert!(refused.contains("refused the question for its time (clock)"), "{refused}");
        assert!(refused.contains("set the clock that is wrong"), "{refused}");
    }
    for (site, other, sign) in [(right, ahead, 1), (ahead, right, -1)] {
        let drift = site.json(&["status"])["clock_drift"].clone();
        assert_eq!(drift[0]["organisation"], other.organisation, "{drift}");
        let near = |seconds: &Value| (3590..=3610).contains(&(seconds.as_i64().unwrap() * sign));
        assert!(near(&drift[0]["seconds"]), "{drift}");
        assert!(near(&site.peer(&other.organisation)["clock_seconds_ahead"]));
    }
    let accesses = right.json(&["access", "list"]);
    let denied = accesses["accesses"]
        .as_array()
        .unwrap()
        .iter()
        .find(|access| access["outcome"] == "clock")
        .unwrap();
    assert_eq!(denied["peer"], ORGANISATIONS[1]);
}

#[test]
fn a_clock_a_minute_off_is_tolerated() {
    let mut cluster = Cluster::made(program(), 2);
    cluster.join_all();
    cluster.sites[1].set_clock("-1m");
    for site in &mut cluster.sites {
        site.start();
    }
    exchange(&cluster);
}

#[test]
fn an_expired_roster_counts_through_its_grace_with_a_warning() {
    let cluster = later("+370d");
    exchange(&cluster);
    let site = &cluster.sites[0];
    let standing = site.json(&["status"])["federation"]["standing"].clone();
    assert!(standing.as_str().unwrap().starts_with("EXPIRED; exchange stops "), "{standing}");
    assert!(site.log().contains("the roster has EXPIRED; exchange of patient data stops"));
}

#[test]
fn after_its_grace_only_a_new_roster_passes_and_brings_exchange_back() {
    let cluster = later("+400d");
    let [hospital, municipality] = cluster.sites.as_slice() else { panic!() };
    let refused = municipality.run(&["document", "list", "--from", ORGANISATIONS[0]]).failure();
    assert!(refused.contains("the roster has expired, and its grace period is over"), "{refused}");
    assert!(refused.contains("budstikke roster import"), "{refused}");
    assert_eq!(
        hospital.json(&["status"])["federation"]["standing"],
        "EXPIRED; no patient data is exchanged"
    );
    assert!(hospital.log().contains("the roster has EXPIRED: no patient data is exchanged"));
    let request = hospital.home.join("request.json");
    cluster.change_roster(&["add", request.to_str().unwrap()]);
    hospital.json(&["roster", "import", cluster.roster().to_str().unwrap()]);
    municipality.wait_for_roster(2);
    exchange(&cluster);
}

#[test]
fn a_federation_cannot_be_made_with_rosters_that_never_count() {
    let cluster = Cluster::made(program(), 0);
    let roster = cluster.path("none.json");
    let steward = cluster.path("steward-1/steward.json");
    let refused = cluster.program.run(&[
        "roster",
        "create",
        "--name",
        "test.budstikke",
        "--environment",
        "test",
        "--threshold",
        "1",
        "--steward",
        steward.to_str().unwrap(),
        "--days",
        "0",
        roster.to_str().unwrap(),
    ]);
    assert!(refused.failure().contains("it expires before it is issued"));
    assert!(!fs::exists(roster).unwrap());
}
