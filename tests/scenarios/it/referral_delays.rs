//! What people are told of referrals that wait, and of patients who do; and a receiver whose disk is full.

use std::time::Duration;

use budstikke_scenarios::cluster::{Cluster, PATIENTS};
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::until;
use serde_json::Value;

use crate::program;
use crate::repair::disk::{limit_files, start_to_be_limited};

/// How long a receiver without room is left alone, and more.
const LEFT_ALONE: Duration = Duration::from_mins(3);

/// Two organisations; no node runs.
fn two() -> Cluster {
    let cluster = Cluster::made(program(), 2);
    cluster.join_all();
    cluster
}

/// Refers a patient from the first organisation to the second.
fn send(cluster: &Cluster) -> Value {
    let [gp, hospital] = cluster.sites.as_slice() else { panic!("there are not two") };
    gp.json(&[
        "referral",
        "send",
        "--to",
        &hospital.organisation,
        "--patient",
        PATIENTS[0],
        "--priority",
        "N",
        "--title",
        "Henvisning",
    ])
}

/// Starts a node so much later.
fn start_at(site: &mut Site, offset: &str) {
    site.set_clock(offset);
    site.start();
}

fn waiting(site: &Site) -> Vec<Value> {
    site.json(&["outbox", "list"])["waiting"].as_array().unwrap().clone()
}

fn numbers(site: &Site, members: [&str; 3]) -> [Value; 3] {
    let status = site.json(&["status"]);
    members.map(|member| status["referrals"][member].clone())
}

#[test]
fn what_waits_too_long_is_told_and_in_the_end_given_up_until_somebody_asks() {
    let mut cluster = two();
    cluster.sites[0].start();
    assert_eq!(send(&cluster)["stored"], false);
    let (gp, hospital) = cluster.pair();
    let told = ["waiting", "late", "dead"];
    assert_eq!(numbers(gp, told), [1, 0, 0]);
    assert_eq!(waiting(gp)[0]["lateness"], "on-time");
    gp.stop();
    start_at(gp, "+5h");
    assert_eq!(numbers(gp, told), [1, 1, 0]);
    assert_eq!(waiting(gp)[0]["lateness"], "late");
    gp.stop();
    start_at(gp, "+15d");
    assert_eq!(numbers(gp, told), [1, 0, 1]);
    assert_eq!(waiting(gp)[0]["lateness"], "dead");
    // The receiver is there, and knows nothing of it.
    start_at(hospital, "+15d");
    gp.json(&["peer", "ping", &hospital.organisation]);
    let second = gp.run(&["referral", "list"]);
    assert!(second.is_success);
    assert_eq!(hospital.json(&["referral", "list"])["referrals"].as_array().unwrap().len(), 0);
    assert_eq!(waiting(gp).len(), 1);
    assert_eq!(gp.json(&["outbox", "retry"])["retried"], 1);
    until("it to be delivered", LEFT_ALONE, || waiting(gp).is_empty().then_some(()));
    assert_eq!(hospital.json(&["referral", "list"])["referrals"].as_array().unwrap().len(), 1);
}

#[test]
fn an_assessment_that_is_overdue_is_told_on_both_sides() {
    let mut cluster = two();
    cluster.sites.iter_mut().for_each(Site::start);
    let sent = send(&cluster);
    assert_eq!(sent["stored"], true, "{sent}");
    let referral = sent["referral"].as_str().unwrap();
    let told = ["open", "overdue", "overdue_elsewhere"];
    for site in &mut cluster.sites {
        assert_eq!(numbers(site, told), [1, 0, 0]);
        site.stop();
        // Ten working days are never more than four weeks, Christmas and Easter included.
        start_at(site, "+28d");
    }
    let (gp, hospital) = cluster.pair();
    assert_eq!(numbers(hospital, told), [1, 1, 0]);
    assert_eq!(numbers(gp, told), [1, 0, 1]);
    assert_eq!(hospital.json(&["referral", "show", referral])["overdue"], true);
    hospital.json(&["referral", "accept", referral]);
    assert_eq!(numbers(hospital, told), [1, 0, 0]);
}

#[test]
fn a_receiver_without_room_says_so_and_gets_it_later() {
    let mut cluster = two();
    cluster.sites[0].start();
    start_to_be_limited(&mut cluster.sites[1]);
    assert_eq!(send(&cluster)["stored"], true);
    limit_files(&cluster.sites[1], "1");
    assert_eq!(send(&cluster)["stored"], false);
    let (gp, hospital) = cluster.pair();
    let told = until("the receiver to say that it is full", LEFT_ALONE, || {
        let lines = waiting(gp);
        let error = lines.first()?["last_error"].as_str()?.to_owned();
        error.contains("no room").then_some(error)
    });
    assert!(!told.is_empty());
    limit_files(hospital, "unlimited");
    until("it to be delivered", LEFT_ALONE, || waiting(gp).is_empty().then_some(()));
    assert_eq!(hospital.json(&["referral", "list"])["referrals"].as_array().unwrap().len(), 2);
}
