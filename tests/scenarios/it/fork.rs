//! Two rosters of one version, both signed by enough stewards: patient data stops until an operator settles it.

use std::fs;
use std::path::{Path, PathBuf};

use budstikke_keys::jws::SignedByMany;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::limits::ROSTER_BYTES_MAX;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS};
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};
use serde_json::Value;

use crate::program;

/// Makes two rosters of version 2, in the cluster's file and in the one that is given back. They differ about an
/// organisation that has no node running, so that nobody else is touched.
fn two_rosters(cluster: &mut Cluster) -> PathBuf {
    cluster.init(ORGANISATIONS[3]);
    let request = cluster.sites.pop().unwrap().home.join("request.json");
    let other = cluster.path("other.json");
    fs::copy(cluster.roster(), &other).unwrap();
    cluster.change_roster(&["add", request.to_str().unwrap()]);
    cluster.program.json(&[
        "roster",
        "add",
        request.to_str().unwrap(),
        "--roster",
        other.to_str().unwrap(),
    ]);
    cluster.change(&other, &["suspend", ORGANISATIONS[3]]);
    other
}

/// The same, and each file goes on to version 3.
fn two_rosters_with_more(cluster: &mut Cluster) -> PathBuf {
    let other = two_rosters(cluster);
    cluster.change_roster(&["suspend", ORGANISATIONS[3]]);
    cluster.change(&other, &["revoke", ORGANISATIONS[3]]);
    other
}

/// The payload digest of one version in a roster file.
fn digest(roster: &Path, version: usize) -> String {
    let file = fs::read_to_string(roster).unwrap();
    let line = file.lines().nth(version - 1).unwrap().as_bytes();
    let roster = SignedByMany::<Roster>::parse(line, ROSTER_BYTES_MAX).unwrap();
    roster.payload_digest().to_string()
}

fn import(site: &Site, roster: &Path) -> Value {
    site.json(&["roster", "import", roster.to_str().unwrap()])
}

fn federation(site: &Site) -> Value {
    site.json(&["status"])["federation"].clone()
}

fn wait_for_fork(site: &Site) -> Value {
    until("the fork to be seen", PATIENCE, || {
        Some(federation(site)["fork"].clone()).filter(|fork| !fork.is_null())
    })
}

fn settle(site: &Site, keep: &Value) {
    let settled = site.json(&["roster", "settle", "2", "--keep", keep.as_str().unwrap()]);
    assert_eq!(settled["fork"], Value::Null);
    assert_eq!(federation(site)["standing"], "current");
}

fn stopped(site: &Site, from: &str) {
    let refused = site.run(&["document", "list", "--from", from]).failure();
    assert!(
        refused.contains(
            "there are two rosters of version 2: no patient data is exchanged until that is settled"
        ),
        "{refused}"
    );
    assert!(refused.contains("budstikke roster settle"), "{refused}");
}

#[test]
fn a_fork_from_a_file_stops_patient_data_until_it_is_settled() {
    let mut cluster = Cluster::start(program(), 2);
    let other = two_rosters(&mut cluster);
    let roster = cluster.roster();
    let site = &mut cluster.sites[0];
    assert_eq!(import(site, &roster)["fork"], Value::Null);
    assert_eq!(import(site, &other)["fork"], 2);
    stopped(site, ORGANISATIONS[1]);
    site.stop();
    site.start();
    let shown = federation(site);
    assert!(shown["standing"].as_str().unwrap().starts_with("FORKED at version 2"), "{shown}");
    stopped(site, ORGANISATIONS[1]);
    let unknown = shown["fingerprint"].as_str().unwrap();
    for (version, keep, why) in [
        ("2", unknown, "no fork of version 2"),
        ("3", unknown, "no fork of version 3"),
        ("2", "x", "status shows"),
    ] {
        let refused = site.run(&["roster", "settle", version, "--keep", keep]).failure();
        assert!(refused.contains(why), "{refused}");
    }
    settle(site, &shown["fork"]["ours"]);
    site.json(&["document", "list", "--from", ORGANISATIONS[1]]);
    assert_eq!(import(site, &other)["fork"], Value::Null, "what has been settled stays so");
}

#[test]
fn a_fork_learnt_from_a_peer_is_settled_both_ways_and_rosters_travel_on() {
    let mut cluster = Cluster::made(program(), 3);
    cluster.join_all();
    let other = two_rosters(&mut cluster);
    let roster = cluster.roster();
    import(&cluster.sites[0], &roster);
    import(&cluster.sites[1], &other);
    for site in &mut cluster.sites {
        site.start();
    }
    let [ours, theirs, third] = cluster.sites.as_slice() else { panic!() };
    let forks = [ours, theirs, third].map(wait_for_fork);
    assert_eq!((&forks[0]["ours"], &forks[0]["theirs"]), (&forks[1]["theirs"], &forks[1]["ours"]));
    assert_ne!(forks[0]["ours"], forks[0]["theirs"]);
    // The third had version 1 only: it has got both rosters from nodes that exchange no patient data.
    assert_eq!(federation(third)["roster"], 2);
    stopped(ours, ORGANISATIONS[1]);
    stopped(third, ORGANISATIONS[0]);
    let right = &forks[0]["ours"];
    settle(ours, right);
    let technical = ours.run(&["document", "list", "--from", ORGANISATIONS[1]]).failure();
    assert!(technical.contains("cannot answer now"), "{technical}");
    settle(theirs, right);
    settle(third, right);
    theirs.json(&["document", "list", "--from", ORGANISATIONS[0]]);
    third.json(&["document", "list", "--from", ORGANISATIONS[1]]);
    assert_eq!(
        theirs.peer(ORGANISATIONS[3])["status"],
        "active",
        "the roster that was kept says so"
    );
    cluster.change_roster(&["revoke", ORGANISATIONS[3]]);
    import(ours, &roster);
    for site in [theirs, third] {
        site.wait_for_roster(3);
        assert_eq!(federation(site)["fork"], Value::Null);
    }
}

#[test]
fn a_fork_further_back_is_settled_where_it_begins() {
    let mut cluster = Cluster::made(program(), 2);
    cluster.join_all();
    let other = two_rosters_with_more(&mut cluster);
    let roster = cluster.roster();
    import(&cluster.sites[0], &roster);
    import(&cluster.sites[1], &other);
    for site in &mut cluster.sites {
        site.start();
    }
    let (ours, theirs) = cluster.pair();
    let forks = [&*ours, &*theirs].map(wait_for_fork);
    assert_eq!((&forks[0]["ours"], &forks[0]["theirs"]), (&forks[1]["theirs"], &forks[1]["ours"]));
    // Both say version 2, although both have version 3.
    stopped(ours, ORGANISATIONS[1]);
    stopped(theirs, ORGANISATIONS[0]);
    settle(ours, &forks[0]["ours"]);
    settle(theirs, &forks[0]["ours"]);
    theirs.wait_for_roster(3);
    assert_eq!(
        theirs.peer(ORGANISATIONS[3])["status"],
        "suspended",
        "as in the roster that was kept"
    );
    theirs.stop();
    theirs.start();
    assert_eq!(federation(theirs)["fork"], Value::Null);
    theirs.json(&["document", "list", "--from", ORGANISATIONS[0]]);
}

#[test]
fn a_later_version_of_a_fork_is_not_taken_before_the_first_and_its_evidence_goes_with_it() {
    let mut cluster = Cluster::made(program(), 1);
    cluster.join_all();
    let other = two_rosters_with_more(&mut cluster);
    let site = &cluster.sites[0];
    import(site, &cluster.roster());
    assert_eq!(import(site, &other)["fork"], 2, "the lowest of both");
    let refused = site.run(&["roster", "settle", "3", "--keep", &digest(&other, 3)]).failure();
    assert!(refused.contains("the fork lies further back"), "{refused}");
    assert!(refused.contains("settle an earlier version first"), "{refused}");
    let settled = site.json(&["roster", "settle", "2", "--keep", &digest(&other, 2)]);
    assert_eq!((&settled["roster"], &settled["fork"]), (&2.into(), &Value::Null));
    let imported = import(site, &other);
    assert_eq!((&imported["roster"], &imported["fork"]), (&3.into(), &Value::Null));
}

#[test]
fn what_was_built_on_a_rejected_roster_is_rejected_with_it() {
    let mut cluster = Cluster::made(program(), 1);
    cluster.join_all();
    let other = two_rosters_with_more(&mut cluster);
    let site = &cluster.sites[0];
    import(site, &cluster.roster());
    import(site, &other);
    let keep = digest(&cluster.roster(), 2);
    let settled = site.json(&["roster", "settle", "2", "--keep", &keep]);
    assert_eq!((&settled["roster"], &settled["fork"]), (&3.into(), &Value::Null));
    assert_eq!(import(site, &other)["fork"], Value::Null, "what has been settled stays so");
}
