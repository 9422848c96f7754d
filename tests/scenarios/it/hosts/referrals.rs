//! Referrals over lines that are cut, that lose what goes one way, and that are long: both sides end with the same thread, in which
//! nothing is missing and nothing stands twice.

use std::slice::from_ref;
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::hosts::docker::not_root;
use budstikke_scenarios::hosts::long_line;
use budstikke_scenarios::hosts::namespaces::{Lost, Namespaces};
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};
use serde_json::Value;

use super::is_missing;
use crate::program;

/// How long a line is cut.
const CUT: Duration = Duration::from_secs(70);

/// How long it may take until two nodes have noticed that a line is open again.
const NOTICED_MAX: Duration = Duration::from_mins(2);

/// Refers a patient from the first organisation to the second, with a document; gives the id, and whether it is stored there.
fn send(cluster: &Cluster, title: &str) -> (String, bool) {
    let file = cluster.file("henvisning.pdf", title.as_bytes());
    let [gp, hospital] = [0, 1].map(|at| &cluster.sites[at]);
    let sent = gp.json(&[
        "referral",
        "send",
        file.to_str().unwrap(),
        "--to",
        &hospital.organisation,
        "--patient",
        PATIENTS[0],
        "--priority",
        "N",
        "--title",
        title,
    ]);
    (sent["referral"].as_str().unwrap().to_owned(), sent["stored"] == true)
}

/// Says something in a referral.
fn say(site: &Site, verb: &str, referral: &str, more: &[&str]) -> Value {
    site.json(&[&["referral", verb, referral], more].concat())
}

/// The events of a referral as a site has them: side, number, digest, kind.
fn thread(site: &Site, referral: &str) -> Vec<[String; 4]> {
    let shown = site.json(&["referral", "show", referral]);
    let line =
        |line: &Value| ["side", "number", "event", "kind"].map(|member| line[member].to_string());
    shown["thread"].as_array().unwrap().iter().map(line).collect()
}

/// The ids of all referrals that a site has, sorted.
fn listed(site: &Site) -> Vec<String> {
    let listed = site.json(&["referral", "list"]);
    let rows = listed["referrals"].as_array().unwrap();
    let mut ids: Vec<_> =
        rows.iter().map(|row| row["referral"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

/// Waits until everything has come to both sides, and checks that it has come once.
fn settle(cluster: &Cluster, referrals: &[String], max: Duration) {
    let [gp, hospital] = [0, 1].map(|at| &cluster.sites[at]);
    until("everything to be delivered", max, || {
        let is_empty = |site: &Site| {
            let waiting = site.json(&["outbox", "list"]);
            waiting["waiting"].as_array().unwrap().is_empty()
        };
        (is_empty(gp) && is_empty(hospital)).then_some(())
    });
    let mut expected = referrals.to_vec();
    expected.sort();
    for site in [gp, hospital] {
        assert_eq!(listed(site), expected, "each referral is there once");
    }
    for referral in referrals {
        let (here, there) = (thread(gp, referral), thread(hospital, referral));
        assert_eq!(here, there, "both sides have the same thread");
        let mut numbers: Vec<_> = here.iter().map(|[side, number, ..]| [side, number]).collect();
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), here.len(), "no event stands twice: {here:?}");
    }
}

/// How many events of a kind a site has in a referral.
fn count(site: &Site, referral: &str, kind: &str) -> usize {
    let kind = format!("\"{kind}\"");
    thread(site, referral).iter().filter(|[.., found]| *found == kind).count()
}

#[test]
fn a_line_that_is_cut_for_a_while_loses_nothing() {
    if is_missing(not_root()) {
        return;
    }
    let namespaces = Namespaces::start(program(), 2);
    let cluster = &namespaces.cluster;
    let [gp, hospital] = [0, 1].map(|at| &cluster.sites[at]);
    let (first, is_stored) = send(cluster, "Før bruddet");
    assert!(is_stored);
    namespaces.lose(0, 1, Lost::All);
    namespaces.lose(1, 0, Lost::All);
    let cut = Instant::now();
    // Both sides go on: what they say crosses.
    let (second, is_stored) = send(cluster, "Under bruddet");
    assert!(!is_stored, "nothing reaches the other side");
    assert_eq!(say(gp, "message", &first, &["--text", "Har dere fått den?"])["stored"], false);
    assert_eq!(say(hospital, "accept", &first, &[])["stored"], false);
    let waiting = gp.json(&["outbox", "list"]);
    assert_eq!(waiting["waiting"].as_array().unwrap().len(), 2, "{waiting}");
    while let Some(left) = CUT.checked_sub(cut.elapsed()) {
        park_timeout(left);
    }
    let waiting = gp.json(&["outbox", "list"]);
    assert_eq!(waiting["waiting"].as_array().unwrap().len(), 2, "nothing is given up: {waiting}");
    namespaces.mend(0);
    namespaces.mend(1);
    settle(cluster, &[first.clone(), second], NOTICED_MAX);
    for site in [gp, hospital] {
        let shown = site.json(&["referral", "show", &first]);
        assert_eq!(shown["status"], "accepted");
        let lines = shown["thread"].as_array().unwrap();
        let crossed: Vec<_> =
            lines.iter().filter(|line| line["crossed"] == true).map(|line| &line["kind"]).collect();
        assert!(!crossed.is_empty(), "what crossed is shown as such: {shown}");
    }
}

#[test]
fn answers_that_are_lost_make_nothing_happen_twice() {
    if is_missing(not_root()) {
        return;
    }
    let namespaces = Namespaces::start(program(), 2);
    let cluster = &namespaces.cluster;
    let [gp, hospital] = [0, 1].map(|at| &cluster.sites[at]);
    let (first, is_stored) = send(cluster, "Før tapet");
    assert!(is_stored);
    // The connection is there: what the practice says arrives, and nothing comes back.
    namespaces.lose(1, 0, Lost::All);
    assert_eq!(say(gp, "message", &first, &["--text", "Hører dere meg?"])["stored"], false);
    until("the message to be at the hospital", PATIENCE, || {
        (count(hospital, &first, "message") == 1).then_some(())
    });
    assert_eq!(say(gp, "message", &first, &["--text", "Og nå?"])["stored"], false);
    let (second, is_stored) = send(cluster, "Under tapet");
    assert!(!is_stored);
    namespaces.mend(0);
    settle(cluster, &[first.clone(), second], NOTICED_MAX);
    assert_eq!(count(hospital, &first, "message"), 2);
    assert_eq!(count(gp, &first, "message"), 2);
}

#[test]
fn a_long_line_carries_a_whole_referral() {
    let cluster = long_line::start(program(), Duration::from_millis(300));
    let [gp, hospital] = [0, 1].map(|at| &cluster.sites[at]);
    assert_eq!([&gp.organisation, &hospital.organisation], [ORGANISATIONS[0], ORGANISATIONS[1]]);
    // A connection takes several times there and back; what is said after that takes one.
    gp.json(&["peer", "ping", &hospital.organisation]);
    let (referral, is_stored) = send(&cluster, "Over fjellet");
    assert!(is_stored);
    let summary = cluster.file("epikrise.pdf", b"Pasienten er utskrevet.");
    let summary = summary.to_str().unwrap();
    for (site, verb, more) in [
        (hospital, "ask", &["--text", "Hvilke medisiner?"][..]),
        (gp, "supplement", &["--text", "Ingen."]),
        (hospital, "accept", &[]),
        (hospital, "schedule", &["--at", "2027-01-11T08:30:00Z"]),
        (hospital, "start", &[]),
        (hospital, "complete", &["--file", summary]),
    ] {
        let said = say(site, verb, &referral, more);
        assert_eq!(said["stored"], true, "{verb}: {said}");
    }
    settle(&cluster, from_ref(&referral), PATIENCE);
    assert_eq!(gp.json(&["referral", "show", &referral])["status"], "completed");
}
