//! Containers that were started in a wrong way, and hosts that are not as they should be.

use std::fs;

use budstikke_scenarios::hosts::docker;
use budstikke_scenarios::hosts::federation::Federation;

use super::{assert_logs_are_clean, is_missing, kept, on_hosts};
use crate::program;

#[test]
fn a_container_without_its_volume_makes_no_new_identity() {
    on_hosts(1, |federation| {
        let host = &federation.hosts[0];
        host.docker("stop");
        let forgotten = docker::run(&["run", "--rm", &federation.ground.image]).failure();
        assert!(
            forgotten.contains("there is no /home/budstikke/.budstikke/config.toml"),
            "{forgotten}"
        );
        assert!(forgotten.contains("mount its volume"), "{forgotten}");
        // An empty one in its place, as after a slip in its name.
        let empty = federation.host(&federation.hosts[0].organisation.clone(), "empty");
        let refused = empty.offline(&["run"]).failure();
        assert!(
            refused.contains("there is no /home/budstikke/.budstikke/config.toml"),
            "{refused}"
        );
        assert_eq!(fs::read_dir(empty.home()).unwrap().count(), 0, "something was made");
    });
}

#[test]
fn a_read_only_volume_is_refused_and_left_as_it_is() {
    on_hosts(1, |federation| {
        let host = &federation.hosts[0];
        host.docker("stop");
        let volume = format!("{}:/home/budstikke/.budstikke:ro", host.volume);
        let secret = format!(
            "{}:/run/secrets/budstikke-passphrase:ro",
            federation.ground.passphrase.display()
        );
        let run =
            ["run", "--rm", "--volume", &volume, "--volume", &secret, &federation.ground.image];
        let refused = docker::run(&run).failure();
        assert!(refused.contains("Read-only file system"), "{refused}");
        assert!(refused.contains("mount it for writing"), "{refused}");
        host.start_again();
    });
}

#[test]
fn a_wrong_passphrase_file_is_refused() {
    on_hosts(1, |federation| {
        let host = &federation.hosts[0];
        host.docker("stop");
        fs::write(&federation.ground.passphrase, "another passphrase of several words").unwrap();
        let refused = host.offline(&["run"]).failure();
        assert!(refused.contains("the passphrase is wrong"), "{refused}");
        fs::write(&federation.ground.passphrase, "").unwrap();
        let refused = host.offline(&["run"]).failure();
        assert!(refused.contains("choose one of several words"), "{refused}");
    });
}

#[test]
fn a_second_container_on_one_volume_is_refused() {
    on_hosts(2, |federation| {
        let [hospital, municipality] = federation.hosts.as_slice() else { panic!() };
        let second = hospital.offline(&["run"]).failure();
        assert!(
            second.contains("another budstikke is running on /home/budstikke/.budstikke"),
            "{second}"
        );
        federation.exchange(hospital, municipality);
    });
}

#[test]
fn a_clock_far_off_is_told_on_both_hosts() {
    on_hosts(2, |federation| {
        federation.hosts[1].remove();
        let library = "/usr/lib/x86_64-linux-gnu/faketime";
        federation.hosts[1].options = [
            "--volume",
            &format!("{library}:{library}:ro"),
            "--env",
            &format!("LD_PRELOAD={library}/libfaketimeMT.so.1"),
            "--env",
            "FAKETIME=+1h",
            "--env",
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
        ]
        .map(str::to_owned)
        .into();
        federation.hosts[1].start();
        let [hospital, ahead] = federation.hosts.as_slice() else { panic!() };
        for (asker, asked) in [(ahead, hospital), (hospital, ahead)] {
            let refused = asker.run(&["document", "list", "--from", &asked.organisation]).failure();
            assert!(refused.contains("refused the question for its time (clock)"), "{refused}");
            let drift = asker.json(&["status"])["clock_drift"][0].clone();
            assert_eq!(drift["organisation"], asked.organisation, "{drift}");
        }
    });
}

#[test]
fn a_name_that_does_not_resolve_is_named() {
    if is_missing(docker::missing()) {
        return;
    }
    let mut federation = Federation::made(program(), kept(), &[]);
    federation.init("/ip4/0.0.0.0/tcp/8470", "/dns4/hospital/tcp/8470");
    federation.init("/ip4/0.0.0.0/tcp/8470", "/dns4/nobody.invalid/tcp/8470");
    federation.join_all();
    federation.hosts[0].start();
    let refused =
        federation.hosts[0].run(&["peer", "ping", &federation.hosts[1].organisation]).failure();
    assert!(refused.contains("nobody.invalid"), "{refused}");
    // Its own name does not matter to who calls.
    federation.hosts[1].start();
    let [hospital, lost] = federation.hosts.as_slice() else { panic!() };
    federation.exchange(hospital, lost);
    assert_logs_are_clean(&federation.hosts);
}

#[test]
fn a_network_of_ipv6_alone_is_enough() {
    if is_missing(docker::missing()) {
        return;
    }
    // A network for local use (RFC 4193) that changes with the test's process.
    let subnet = format!("fd84:7000:{:x}::/64", std::process::id() & 0xffff);
    let mut federation = Federation::made(program(), kept(), &["--ipv6", "--subnet", &subnet]);
    federation.init("/ip6/::/tcp/8470", "/dns6/hospital/tcp/8470");
    federation.init("/ip6/::/tcp/8470", "/dns6/municipality/tcp/8470");
    federation.init("/ip6/::/tcp/8470", "/ip4/192.0.2.1/tcp/8470");
    federation.join_all();
    for host in &federation.hosts[..2] {
        host.launch();
        host.in_network("ip -4 address flush dev eth0");
        host.wait_until_healthy();
    }
    let [hospital, municipality, of_ipv4] = federation.hosts.as_slice() else { panic!() };
    federation.exchange(hospital, municipality);
    federation.exchange(municipality, hospital);
    let refused = hospital.run(&["peer", "ping", &of_ipv4.organisation]).failure();
    assert!(refused.contains("/ip4/192.0.2.1/tcp/8470"), "{refused}");
    assert_logs_are_clean(&federation.hosts[..2]);
}
