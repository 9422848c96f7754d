//! A federation is made and changed by commands: members come and go, and every node learns of it.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS};
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};

use crate::program;

/// Within which time of applying a roster a node cuts off a member that has been put out.
const CUT_OFF_MAX: Duration = Duration::from_secs(5);

/// Imports the roster file at `site`, waits until it is applied there, and sees `member` cut off in time.
fn import_and_see_cut_off(cluster: &Cluster, site: &Site, member: &Site, version: u64) {
    member.wait_for_peer(&site.organisation);
    import(cluster, site);
    let line = format!("roster applied version={version}");
    until("the roster to be applied", PATIENCE, || site.log().contains(&line).then_some(()));
    until("the member to be cut off", CUT_OFF_MAX, || {
        (member.peer(&site.organisation)["connected"] == false).then_some(())
    });
    assert_eq!(site.peer(&member.organisation)["connected"], false);
}

fn import(cluster: &Cluster, site: &Site) {
    site.json(&["roster", "import", cluster.roster().to_str().unwrap()]);
}

fn list(site: &Site, from: &Site) -> String {
    site.run(&["document", "list", "--from", &from.organisation]).failure()
}

#[test]
fn a_suspended_member_is_cut_off_by_every_node_and_can_come_back() {
    let cluster = Cluster::start(program(), 3);
    let [hospital, municipality, suspended] = cluster.sites.as_slice() else { panic!() };
    suspended.wait_for_peer(ORGANISATIONS[1]);
    cluster.change_roster(&["suspend", ORGANISATIONS[2]]);
    import_and_see_cut_off(&cluster, hospital, suspended, 2);
    municipality.wait_for_roster(2);
    until("the other node to cut it off", CUT_OFF_MAX, || {
        (suspended.peer(ORGANISATIONS[1])["connected"] == false).then_some(())
    });
    for site in [hospital, municipality] {
        assert_eq!(site.peer(ORGANISATIONS[2])["status"], "suspended");
        assert!(list(suspended, site).contains("the peer "));
        assert!(
            list(site, suspended).contains("314026055 is not an active member of the federation")
        );
    }
    let request = suspended.home.join("request.json");
    cluster.change_roster(&["add", request.to_str().unwrap()]);
    import(&cluster, hospital);
    suspended.json(&["document", "list", "--from", ORGANISATIONS[0]]);
    suspended.wait_for_roster(3);
}

#[test]
fn a_revoked_member_is_cut_off_and_comes_back_only_with_new_keys() {
    let mut cluster = Cluster::start(program(), 2);
    cluster.change_roster(&["revoke", ORGANISATIONS[1]]);
    let before = fs::read(cluster.roster()).unwrap();
    {
        let [hospital, revoked] = cluster.sites.as_slice() else { panic!() };
        import_and_see_cut_off(&cluster, hospital, revoked, 2);
        assert_eq!(hospital.peer(ORGANISATIONS[1])["status"], "revoked");
        assert!(list(revoked, hospital).contains("the peer "));
        let ping = revoked.run(&["peer", "ping", ORGANISATIONS[0]]).failure();
        assert!(ping.contains("the peer "), "{ping}");
        let request = revoked.home.join("request.json");
        let (request, roster) = (request.to_str().unwrap(), cluster.roster());
        let add = ["roster", "add", request, "--roster", roster.to_str().unwrap()];
        let refused = cluster.program.run(&add).failure();
        assert!(refused.contains("the request has keys that it had"), "{refused}");
        assert_eq!(fs::read(roster).unwrap(), before);
    }
    let old = cluster.sites.pop().unwrap();
    fs::rename(&old.home, cluster.path("old")).unwrap();
    drop(old);
    cluster.init(ORGANISATIONS[1]);
    let request = cluster.sites[1].home.join("request.json");
    cluster.change_roster(&["add", request.to_str().unwrap()]);
    cluster.join(&cluster.sites[1]);
    cluster.sites[1].start();
    import(&cluster, &cluster.sites[0]);
    cluster.sites[1].json(&["document", "list", "--from", ORGANISATIONS[0]]);
}

#[test]
fn a_newcomer_gets_nothing_until_the_others_have_a_roster_that_names_it() {
    let mut cluster = Cluster::start(program(), 2);
    cluster.init(ORGANISATIONS[2]);
    cluster.join(&cluster.sites[2]);
    cluster.sites[2].start();
    let [hospital, municipality, newcomer] = cluster.sites.as_slice() else { panic!() };
    hospital.wait_for_peer(ORGANISATIONS[1]);
    assert!(newcomer.log().contains("this organisation is not in the roster"));
    for site in [hospital, municipality] {
        let refused = list(newcomer, site);
        assert!(refused.contains("the peer "), "{refused}");
        assert!(refused.contains("roster"), "the hint says where to look: {refused}");
    }
    let request = newcomer.home.join("request.json");
    cluster.change_roster(&["add", request.to_str().unwrap()]);
    let imported = hospital.json(&["roster", "import", cluster.roster().to_str().unwrap()]);
    assert_eq!((&imported["accepted"], &imported["roster"]), (&1.into(), &2.into()));
    municipality.wait_for_roster(2);
    newcomer.json(&["document", "list", "--from", ORGANISATIONS[1]]);
    newcomer.wait_for_roster(2);
}

#[test]
fn a_node_that_was_away_walks_through_every_roster() {
    let mut cluster = Cluster::start(program(), 2);
    cluster.sites[1].stop();
    cluster.init(ORGANISATIONS[2]);
    let request = cluster.sites[2].home.join("request.json");
    for verb in [
        ["add", request.to_str().unwrap()],
        ["suspend", ORGANISATIONS[2]],
        ["revoke", ORGANISATIONS[2]],
    ] {
        cluster.change_roster(&verb);
        import(&cluster, &cluster.sites[0]);
    }
    cluster.sites[1].start();
    let away = &cluster.sites[1];
    away.wait_for_roster(4);
    assert_eq!(away.peer(ORGANISATIONS[2])["status"], "revoked");
    let exported = cluster.path("exported.json");
    away.run(&["roster", "export", "-o", exported.to_str().unwrap()]).ok();
    assert_eq!(fs::read(exported).unwrap(), fs::read(cluster.roster()).unwrap());
}

#[test]
fn a_node_that_does_not_run_takes_rosters_from_a_file() {
    let mut cluster = Cluster::made(program(), 2);
    cluster.join_all();
    cluster.change_roster(&["suspend", ORGANISATIONS[1]]);
    let roster = cluster.roster();
    let site = &mut cluster.sites[0];
    let imported = site.json(&["roster", "import", roster.to_str().unwrap()]);
    assert_eq!((&imported["accepted"], &imported["roster"]), (&1.into(), &2.into()));
    site.start();
    assert_eq!(site.json(&["status"])["federation"]["roster"], 2);
}

/// The rosters of the cluster's file, a line each.
fn lines(cluster: &Cluster) -> Vec<String> {
    fs::read_to_string(cluster.roster()).unwrap().lines().map(|line| format!("{line}\n")).collect()
}

fn copied(cluster: &Cluster, name: &str) -> PathBuf {
    let path = cluster.path(name);
    fs::copy(cluster.roster(), &path).unwrap();
    path
}

#[test]
fn a_roster_that_too_few_stewards_have_signed_is_refused_everywhere() {
    let mut cluster = Cluster::made(program(), 2);
    cluster.join(&cluster.sites[0]);
    cluster.sites[0].start();
    let draft = copied(&cluster, "draft.json");
    cluster.program.json(&[
        "roster",
        "suspend",
        ORGANISATIONS[1],
        "--roster",
        draft.to_str().unwrap(),
    ]);
    for _ in 0..2 {
        cluster.sign_as(1, &draft);
    }
    let stranger = cluster.path("steward-4");
    let passphrase = cluster.path("passphrase");
    let as_stranger =
        ["--home", stranger.to_str().unwrap(), "--passphrase-file", passphrase.to_str().unwrap()];
    cluster
        .program
        .run(&[["steward", "init", "--name", "Stranger"].as_slice(), &as_stranger].concat())
        .ok();
    let refused = cluster
        .program
        .run(&[["roster", "sign", draft.to_str().unwrap()].as_slice(), &as_stranger].concat())
        .failure();
    assert!(refused.contains("this steward is not one of the roster's"), "{refused}");
    let few = "1 of the needed 2 stewards have signed version 2 of the roster";
    let [running, outside] = cluster.sites.as_slice() else { panic!() };
    assert!(running.run(&["roster", "import", draft.to_str().unwrap()]).failure().contains(few));
    assert_eq!(running.json(&["status"])["federation"]["roster"], 1);
    assert!(
        outside
            .run(&["join", "--federation", &cluster.federation, draft.to_str().unwrap()])
            .failure()
            .contains(few)
    );
    assert!(outside.run(&["roster", "show"]).failure().contains("has not joined"));
}

#[test]
fn a_roster_that_is_older_skips_one_or_follows_another_is_refused() {
    let mut cluster = Cluster::made(program(), 2);
    cluster.join(&cluster.sites[0]);
    cluster.sites[0].start();
    let first = copied(&cluster, "first.json");
    let other = copied(&cluster, "other.json");
    let unsigned = copied(&cluster, "unsigned.json");
    for verb in ["suspend", "revoke"] {
        cluster.change_roster(&[verb, ORGANISATIONS[1]]);
    }
    cluster.change(&other, &["revoke", ORGANISATIONS[1]]);
    cluster.change(&other, &["suspend", ORGANISATIONS[0]]);
    cluster.program.json(&[
        "roster",
        "revoke",
        ORGANISATIONS[1],
        "--roster",
        unsigned.to_str().unwrap(),
    ]);
    let lines = lines(&cluster);
    let gap = cluster.file("gap.json", format!("{}{}", lines[0], lines[2]).as_bytes());
    let second = cluster.file("second.json", format!("{}{}", lines[0], lines[1]).as_bytes());
    let theirs = fs::read_to_string(&other).unwrap();
    let third = cluster.file("third.json", theirs.lines().last().unwrap().as_bytes());
    let site = &cluster.sites[0];
    let refused =
        |file: &PathBuf| site.run(&["roster", "import", file.to_str().unwrap()]).failure();
    assert!(refused(&gap).contains("the roster is version 3, and version 2 must come first"));
    site.json(&["roster", "import", second.to_str().unwrap()]);
    let older = site.json(&["roster", "import", first.to_str().unwrap()]);
    assert_eq!((&older["accepted"], &older["roster"]), (&0.into(), &2.into()));
    assert!(refused(&unsigned).contains("the roster is version 2, and version 2 is known already"));
    assert!(
        refused(&third)
            .contains("version 3 of the roster does not follow from the one that is known")
    );
    let status = site.json(&["status"]);
    assert_eq!(
        (&status["federation"]["roster"], &status["federation"]["fork"]),
        (&2.into(), &serde_json::Value::Null)
    );
}
