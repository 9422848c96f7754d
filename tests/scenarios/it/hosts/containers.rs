//! Containers that are killed, paused, unplugged, moved and stopped.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use budstikke_scenarios::hosts::container::Host;
use budstikke_scenarios::hosts::{docker, image};
use budstikke_scenarios::program::Ended;
use budstikke_scenarios::until::{PATIENCE, until};

use super::on_hosts;
use crate::large::{MEBIBYTE, MarkedFile, documents_bytes};

/// How long a paused node stays so.
const PAUSED: Duration = Duration::from_mins(1);

/// When a node that does not answer must have been noticed: after two lost pings.
const NOTICED_MAX: Duration = Duration::from_mins(2);

/// What the image may add to its base.
const IMAGE_BYTES_MAX: u64 = 60 * MEBIBYTE;

#[test]
fn three_hosts_exchange_documents_and_the_image_is_small() {
    on_hosts(3, |federation| {
        let [hospital, municipality, gp] = federation.hosts.as_slice() else { panic!() };
        federation.exchange(hospital, municipality);
        federation.exchange(municipality, gp);
        federation.exchange(gp, hospital);
        let size = |image: &str| docker::inspect(image, "{{.Size}}").parse::<u64>().unwrap();
        let added = size(&federation.ground.image) - size(image::BASE);
        assert!(added < IMAGE_BYTES_MAX, "the image adds {added} bytes to its base");
        let user = docker::text(&["exec", &hospital.container, "id", "-u"]);
        assert_eq!(user, "8470", "the node does not run as a user of its own");
    });
}

#[test]
fn a_host_that_was_killed_has_everything_when_it_is_started_again() {
    on_hosts(2, |federation| {
        let [hospital, municipality] = federation.hosts.as_slice() else { panic!() };
        federation.exchange(hospital, municipality);
        let before =
            (hospital.json(&["document", "list"]), municipality.json(&["document", "list"]));
        hospital.docker("kill");
        municipality.docker("kill");
        hospital.start_again();
        municipality.start_again();
        let after =
            (hospital.json(&["document", "list"]), municipality.json(&["document", "list"]));
        assert_eq!(before, after);
        federation.exchange(hospital, municipality);
        federation.exchange(municipality, hospital);
    });
}

#[test]
fn a_host_that_is_paused_for_a_minute_is_missed_and_comes_back() {
    on_hosts(3, |federation| {
        let [hospital, municipality, gp] = federation.hosts.as_slice() else { panic!() };
        gp.json(&["peer", "ping", &hospital.organisation]);
        gp.docker("pause");
        let paused = Instant::now();
        federation.exchange(hospital, municipality);
        until("the silence to be noticed", NOTICED_MAX, || {
            (hospital.peer(gp)["connected"] == false).then_some(())
        });
        // The minute is what is tried out here.
        until("the minute to be over", NOTICED_MAX, || (paused.elapsed() >= PAUSED).then_some(()));
        gp.docker("unpause");
        federation.exchange(gp, hospital);
        until("the other way to be open too", PATIENCE, || {
            gp.run(&["document", "list", "--from", &hospital.organisation]).is_success.then_some(())
        });
        federation.exchange(hospital, gp);
    });
}

#[test]
fn a_transfer_goes_on_after_its_receiver_was_unplugged() {
    const SIZE: u64 = 64 * MEBIBYTE;
    on_hosts(2, |federation| {
        let [hospital, municipality] = federation.hosts.as_slice() else { panic!() };
        let files = &federation.ground.files;
        MarkedFile::write(&files.join("picture.dcm"), SIZE);
        let document = federation.publish("picture.dcm", hospital, municipality);
        // So slow that the line is cut in the middle on any machine.
        hospital.in_network("tc qdisc add dev eth0 root tbf rate 40mbit burst 64k latency 400ms");
        let get = get(&document, hospital);
        let get: Vec<&str> = get.iter().map(String::as_str).collect();
        let first =
            municipality.command(&get).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let home = municipality.home();
        until("a quarter of the document", PATIENCE, || {
            (documents_bytes(&home) >= SIZE / 4).then_some(())
        });
        municipality.disconnect();
        let broken = Ended::from(first.unwrap().wait_with_output().unwrap()).json_failure();
        assert!(broken["error"].as_str().unwrap().contains("broke off"), "{broken}");
        assert!(!files.join("arrived.dcm").exists(), "a part of a document is no document");

        municipality.connect();
        hospital.in_network("tc qdisc del dev eth0 root");
        let got = until("the way to be open", NOTICED_MAX, || {
            let ended = municipality.run(&get);
            ended.is_success.then_some(ended)
        });
        let resumed_from = got.json()["resumed_from"].as_u64().unwrap();
        assert!((SIZE / 4 - MEBIBYTE..SIZE).contains(&resumed_from), "resumed from {resumed_from}");
        let [sent, arrived] =
            ["picture.dcm", "arrived.dcm"].map(|name| fs::read(files.join(name)).unwrap());
        assert!(sent == arrived, "the document arrived changed");
    });
}

fn get(document: &str, from: &Host) -> Vec<String> {
    [
        "document",
        "get",
        document,
        "--from",
        &from.organisation,
        "-o",
        "/files/arrived.dcm",
        "--json",
    ]
    .map(str::to_owned)
    .into()
}

#[test]
fn a_host_that_has_moved_is_found_by_the_next_roster() {
    on_hosts(3, |federation| {
        federation.hosts[2].remove();
        let moved = &mut federation.hosts[2];
        "practice".clone_into(&mut moved.address);
        let config = moved.home().join("config.toml");
        let text = fs::read_to_string(&config).unwrap();
        fs::write(&config, text.replace("/dns4/gp/", "/dns4/practice/")).unwrap();
        federation.hosts[2].start();
        let [hospital, municipality, moved] = federation.hosts.as_slice() else { panic!() };
        // Behind its new firewall it has to be called, and cannot call.
        moved.in_network(
            "nft add table inet firewall
             nft 'add chain inet firewall outgoing { type filter hook output priority 0; }'
             nft 'add rule inet firewall outgoing tcp flags & (syn|ack) == syn reject with tcp reset'",
        );
        for host in [hospital, municipality] {
            host.docker("restart");
        }
        for host in [hospital, municipality] {
            host.wait_until_healthy();
            let lost = host.run(&["peer", "ping", &moved.organisation]).failure();
            assert!(lost.contains("/dns4/gp/tcp/8470"), "{lost}");
        }
        federation.enrol(&[moved]);
        // After their restart the two may not have met yet; whoever is connected is told of a roster at once, others within a minute.
        hospital.json(&["peer", "ping", &municipality.organisation]);
        federation.import(hospital);
        municipality.wait_for_roster(3);
        for host in [hospital, municipality] {
            host.json(&["peer", "ping", &moved.organisation]);
        }
        federation.exchange(moved, hospital);
        moved.wait_for_roster(3);
    });
}

#[test]
fn a_host_stops_in_order_within_ten_seconds_of_sigterm() {
    on_hosts(2, |federation| {
        let [hospital, municipality] = federation.hosts.as_slice() else { panic!() };
        federation.exchange(hospital, municipality);
        // Docker kills what is still there after ten seconds, and that is no 0.
        assert_eq!(hospital.stop(10), 0, "{}", hospital.log());
        assert_eq!(municipality.stop(10), 0, "{}", municipality.log());
        hospital.start_again();
        municipality.start_again();
        assert_eq!(hospital.json(&["status"])["repairs"], serde_json::json!([]));
        federation.exchange(hospital, municipality);
    });
}

#[test]
fn a_volume_is_carried_to_a_new_container() {
    on_hosts(2, |federation| {
        let [hospital, municipality] = federation.hosts.as_slice() else { panic!() };
        federation.exchange(hospital, municipality);
        let before = hospital.json(&["document", "list"]);
        let key = municipality.peer(hospital)["node_key"].clone();
        let new = federation.name("hospital-new");
        federation.hosts[0].remove();
        federation.hosts[0].container = new;
        federation.hosts[0].start();
        let [hospital, municipality] = federation.hosts.as_slice() else { panic!() };
        assert_eq!(hospital.json(&["document", "list"]), before);
        assert_eq!(municipality.peer(hospital)["node_key"], key);
        federation.exchange(hospital, municipality);
        federation.exchange(municipality, hospital);
    });
}
