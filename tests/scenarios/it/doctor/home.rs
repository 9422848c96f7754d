//! What is wrong in a home is found without its node.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS};
use budstikke_scenarios::namespace::mounted;

use super::Seen;
use crate::program;

/// Two organisations that have joined, and do not run.
fn joined() -> Cluster {
    let cluster = Cluster::made(program(), 2);
    cluster.join_all();
    cluster
}

#[test]
fn a_home_whose_node_does_not_run_is_looked_at_and_the_rest_is_said_to_be_left_out() {
    let cluster = joined();
    let site = &cluster.sites[0];
    let seen = Seen::at(site, &[]);
    assert!(seen.all("fault").is_empty(), "{:#}", seen.0);
    seen.says(
        "node",
        "warning",
        "the members, the clock and how this node is reached were not looked at",
    );
    seen.says("keys", "ok", "and opens");
    seen.says("membership", "ok", "active, with the keys and addresses of this home");
    seen.says("listening", "ok", "is free to listen on");
    let _taken = TcpListener::bind(("127.0.0.1", site.port)).unwrap();
    Seen::at(site, &[]).says("listening", "fault", "cannot listen on 127.0.0.1:");
}

#[test]
fn a_folder_that_is_no_home_is_a_fault_and_nothing_is_made_in_it() {
    let cluster = joined();
    for (name, check, words) in [
        ("nowhere", "home", "there is no folder "),
        ("empty", "configuration", "the home folder of a node?"),
    ] {
        let dir = cluster.path(name);
        if name == "empty" {
            fs::create_dir(&dir).unwrap();
            fs::set_permissions(&dir, Permissions::from_mode(0o700)).unwrap();
        }
        let ended = cluster.program.run(&["doctor", "--home", dir.to_str().unwrap()]);
        assert!(!ended.is_success);
        let text = String::from_utf8(ended.stdout).unwrap();
        assert!(text.contains(&format!("FAULT    {check:<14} ")) && text.contains(words), "{text}");
        assert!(text.contains("mount its volume"), "{text}");
        assert!(!dir.exists() || fs::read_dir(&dir).unwrap().next().is_none());
    }
}

#[test]
fn keys_that_cannot_be_used_are_a_fault() {
    let cluster = joined();
    let [site, other] = cluster.sites.as_slice() else { panic!() };
    let wrong = cluster.file("wrong", b"another passphrase\n");
    fs::set_permissions(&wrong, Permissions::from_mode(0o644)).unwrap();
    let seen = Seen::at(site, &["--passphrase-file", wrong.to_str().unwrap()]);
    seen.says("keys", "fault", "the passphrase is wrong");
    seen.says("keys", "warning", "can be read by others");
    let keyring = site.home.join("keyring");
    let ours = fs::read(&keyring).unwrap();
    fs::set_permissions(&keyring, Permissions::from_mode(0o640)).unwrap();
    Seen::at(site, &[]).says("keys", "fault", "can be read by others (mode 640)");
    fs::copy(other.home.join("keyring"), &keyring).unwrap();
    fs::set_permissions(&keyring, Permissions::from_mode(0o600)).unwrap();
    let words = "the roster lists other keys than this home has: node, sign, log, witness";
    Seen::at(site, &[]).says("membership", "fault", words);
    fs::remove_file(&keyring).unwrap();
    Seen::at(site, &[]).says("keys", "fault", "there is no ");
    fs::write(&keyring, &ours[..100]).unwrap();
    fs::set_permissions(&keyring, Permissions::from_mode(0o600)).unwrap();
    Seen::at(site, &[]).says("keys", "fault", "the file is not a key file, or it is damaged");
}

#[test]
fn a_configuration_that_the_roster_does_not_agree_with_is_told() {
    let cluster = joined();
    let site = &cluster.sites[0];
    let config = site.home.join("config.toml");
    let good = fs::read_to_string(&config).unwrap();
    for (from, to, check, verdict, words) in [
        ("purpose = ", "colour = ", "configuration", "fault", "unknown field `colour`"),
        ("[\"/ip4", "[\"/ipx", "configuration", "fault", "not a multiaddr"),
        ("/127.0.0.1/", "/0.0.0.0/", "configuration", "fault", "nobody can reach this node at"),
        (ORGANISATIONS[0], ORGANISATIONS[2], "membership", "fault", "is not in the roster"),
        (
            "/127.0.0.1/",
            "/127.0.0.2/",
            "membership",
            "warning",
            "config.toml that it is at /ip4/127.0.0.2/",
        ),
        ("Organisasjon", "Organisation", "membership", "warning", "another name, kind or region"),
    ] {
        fs::write(&config, good.replace(from, to)).unwrap();
        Seen::at(site, &[]).says(check, verdict, words);
    }
}

#[test]
fn a_membership_that_does_not_count_is_a_fault() {
    let cluster = Cluster::made(program(), 2);
    let site = &cluster.sites[0];
    Seen::at(site, &[]).says("roster", "fault", "this node has not joined a federation");
    cluster.change_roster(&["suspend", ORGANISATIONS[0]]);
    cluster.join(site);
    Seen::at(site, &[]).says("membership", "fault", "set this organisation to suspended");
}

#[test]
fn a_home_that_others_can_open_is_told() {
    let cluster = joined();
    let site = &cluster.sites[0];
    fs::set_permissions(&site.home, Permissions::from_mode(0o750)).unwrap();
    Seen::at(site, &[]).says("home", "warning", "can be opened by others (mode 750)");
}

#[test]
fn a_home_that_cannot_be_written_is_a_fault_and_its_node_does_not_start() {
    let cluster = joined();
    let home = cluster.sites[0].home.to_str().unwrap();
    let read_only = format!("mount --bind {home} {home} && mount -o remount,bind,ro {home}");
    let Some(run) = mounted(&read_only) else { return };
    let seen = run(cluster.program.command(&["doctor", "--home", home]));
    assert!(!seen.is_success);
    let text = String::from_utf8(seen.stdout).unwrap();
    assert!(text.contains("FAULT    home ") && text.contains("Read-only file system"), "{text}");
    assert!(text.contains("to do: mount it for writing"), "{text}");
    let refused = run(cluster.program.command(&["run", "--home", home])).failure();
    assert!(
        refused.contains("Read-only file system") && refused.contains("mount it for writing"),
        "{refused}"
    );
}

#[test]
fn a_disk_without_room_is_a_fault() {
    let cluster = joined();
    let home = cluster.sites[0].home.to_str().unwrap();
    let kept = cluster.path("kept");
    let kept = kept.to_str().unwrap();
    let small = format!(
        "cp -a {home} {kept} && mount -t tmpfs -o size=8m,mode=700 none {home} && cp -a {kept}/. {home}"
    );
    let Some(run) = mounted(&small) else { return };
    let seen = run(cluster.program.command(&["doctor", "--home", home]));
    assert!(!seen.is_success);
    let text = String::from_utf8(seen.stdout).unwrap();
    assert!(text.contains("FAULT    disk           7 MiB are free for "), "{text}");
    assert_eq!(text.matches("FAULT").count(), 1, "{text}");
}
