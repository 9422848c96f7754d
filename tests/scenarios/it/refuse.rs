//! Keys and requests that do not prove who an organisation is.

use std::fs;
use std::path::{Path, PathBuf};

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::program::Ended;
use serde_json::Value;

use crate::program;

fn add(cluster: &Cluster, requests: &[&Path]) -> Ended {
    let roster = cluster.roster();
    let mut args = vec!["roster", "add", "--roster", roster.to_str().unwrap()];
    args.extend(requests.iter().map(|path| path.to_str().unwrap()));
    cluster.program.run(&args)
}

/// A federation with nobody in it, and two organisations that would like to be.
fn applicants() -> (Cluster, PathBuf, PathBuf) {
    let mut cluster = Cluster::made(program(), 0);
    cluster.init(ORGANISATIONS[0]);
    cluster.init(ORGANISATIONS[1]);
    let [first, second] = [0, 1].map(|at: usize| cluster.sites[at].home.join("request.json"));
    (cluster, first, second)
}

#[test]
fn two_members_with_one_key_do_not_get_into_a_roster() {
    let (cluster, first, second) = applicants();
    let [honest, thief] = cluster.sites.as_slice() else { panic!() };
    fs::copy(honest.home.join("keyring"), thief.home.join("keyring")).unwrap();
    thief.run(&["keys", "request", "-o", second.to_str().unwrap()]).ok();
    let before = fs::read(cluster.roster()).unwrap();
    let refused = add(&cluster, &[&first, &second]).failure();
    assert!(refused.contains("a key stands in it twice"), "{refused}");
    assert_eq!(fs::read(cluster.roster()).unwrap(), before);
    add(&cluster, &[&first]).ok();
    let before = fs::read(cluster.roster()).unwrap();
    assert!(add(&cluster, &[&second]).failure().contains("a key stands in it twice"));
    assert_eq!(fs::read(cluster.roster()).unwrap(), before);
}

#[test]
fn a_request_that_is_not_signed_with_all_four_keys_is_refused() {
    let (cluster, first, second) = applicants();
    let before = fs::read(cluster.roster()).unwrap();
    let whole: Value = serde_json::from_slice(&fs::read(&first).unwrap()).unwrap();
    assert_eq!(whole["signatures"].as_array().unwrap().len(), 4);
    let theirs: Value = serde_json::from_slice(&fs::read(&second).unwrap()).unwrap();
    for at in 0..4 {
        let mut missing = whole.clone();
        missing["signatures"].as_array_mut().unwrap().remove(at);
        let mut forged = whole.clone();
        forged["signatures"][at]["signature"] = theirs["signatures"][at]["signature"].clone();
        for request in [missing, forged] {
            let path = cluster.file("wrong.json", request.to_string().as_bytes());
            let refused = add(&cluster, &[&path]).failure();
            assert!(
                refused.contains("the request is not signed with each of its four keys"),
                "{refused}"
            );
        }
    }
    for (name, bytes) in
        [("roster.txt", b"not a request".as_slice()), ("empty.json", b""), ("object.json", b"{}")]
    {
        let refused = add(&cluster, &[&cluster.file(name, bytes)]).failure();
        assert!(refused.contains(name) && refused.contains("budstikke keys request"), "{refused}");
    }
    assert_eq!(fs::read(cluster.roster()).unwrap(), before);
}

#[test]
fn a_member_number_with_keys_that_are_not_the_rosters_gets_nothing() {
    let mut cluster = Cluster::start(program(), 2);
    let id = cluster.sites[0].publish(
        &cluster.file("document.txt", b"not for strangers"),
        PATIENTS[0],
        &["--share", "federation"],
    );
    cluster.sites[1].stop();
    let home = cluster.sites[1].home.clone();
    fs::rename(&home, cluster.path("stolen")).unwrap();
    cluster.sites.pop();
    cluster.init(ORGANISATIONS[1]);
    cluster.join(&cluster.sites[1]);
    cluster.sites[1].start();
    let [hospital, pretender] = cluster.sites.as_slice() else { panic!() };
    assert!(pretender.log().contains("the roster lists another key for this organisation"));
    for verb in [["document", "list"].as_slice(), &["document", "get", &id]] {
        let refused = pretender.run(&[verb, &["--from", ORGANISATIONS[0]]].concat()).failure();
        // The dialling side may have its connection for a moment before the other side, which checks last, ends it: then
        // it is the stream that ends. Both refusals name the roster as what to look at.
        assert!(refused.contains("as an active member"), "{refused}");
    }
    assert_eq!(hospital.peer(ORGANISATIONS[1])["connected"], false);
    let accesses = hospital.json(&["access", "list"]);
    let peers =
        accesses["accesses"].as_array().unwrap().iter().filter(|access| !access["peer"].is_null());
    assert_eq!(peers.count(), 0, "a stranger gets as far as no question: {accesses}");
}

#[test]
fn a_node_of_another_federation_gets_nothing() {
    let ours = Cluster::start(program(), 1);
    let mut theirs = Cluster::made(program(), 1);
    assert_ne!(ours.federation, theirs.federation);
    // They list our organisation, with our keys and address, in a federation of their own making.
    let request = ours.sites[0].home.join("request.json");
    theirs.sites.pop();
    theirs.init(ORGANISATIONS[2]);
    let own = theirs.sites[0].home.join("request.json");
    fs::remove_file(theirs.roster()).unwrap();
    let stewards: Vec<PathBuf> =
        (1..=3).map(|number| theirs.path(&format!("steward-{number}/steward.json"))).collect();
    let roster = theirs.roster();
    let mut args = vec![
        "roster",
        "create",
        "--name",
        "test.budstikke",
        "--environment",
        "test",
        "--threshold",
        "2",
    ];
    for steward in &stewards {
        args.extend(["--steward", steward.to_str().unwrap()]);
    }
    args.push(roster.to_str().unwrap());
    theirs.program.json(&args);
    theirs.change_roster(&["add", request.to_str().unwrap(), own.to_str().unwrap()]);
    theirs.join(&theirs.sites[0]);
    theirs.sites[0].start();
    let refused = theirs.sites[0].run(&["document", "list", "--from", ORGANISATIONS[0]]).failure();
    assert!(refused.contains("the peer "), "{refused}");
    let unknown = theirs.sites[0].run(&["document", "list", "--from", ORGANISATIONS[3]]).failure();
    assert!(unknown.contains("972418013 is not an active member of the federation"), "{unknown}");
}
