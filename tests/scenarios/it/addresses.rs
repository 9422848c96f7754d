//! Where nodes are found: on IPv6 alone, by a name, and at a new address after the stewards have said so.

use std::fs;
use std::net::TcpListener;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS, free_port};
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};
use tokio::net::TcpSocket;

use crate::program;

/// Publishes a document at the first node for the second, and fetches it there.
fn exchange(cluster: &Cluster) {
    let [hospital, municipality, ..] = cluster.sites.as_slice() else { panic!() };
    let file = cluster.file("document.txt", b"seen by nobody else");
    let id = hospital.publish(&file, PATIENTS[0], &["--to", &municipality.organisation]);
    let get = ["document", "get", &id, "--from", &hospital.organisation];
    assert_eq!(municipality.run(&get).ok(), b"seen by nobody else");
}

#[test]
fn nodes_on_ipv6_alone_exchange_and_reach_each_other() {
    if TcpListener::bind("[::1]:0").is_err() {
        println!("NOT RUN: this machine has no IPv6, not even ::1");
        return;
    }
    let mut cluster = Cluster::made(program(), 0);
    for organisation in &ORGANISATIONS[..2] {
        let port = free_port();
        cluster.init_with(organisation, &format!("/ip6/::1/tcp/{port}"), port, &[]);
    }
    let requests: Vec<_> =
        cluster.sites.iter().map(|site| site.home.join("request.json")).collect();
    cluster.change_roster(&["add", requests[0].to_str().unwrap(), requests[1].to_str().unwrap()]);
    cluster.join_all();
    for site in &mut cluster.sites {
        site.start();
    }
    exchange(&cluster);
    let text = String::from_utf8(cluster.sites[0].run(&["doctor"]).ok()).unwrap();
    let address = format!("/ip6/::1/tcp/{} was reached by ", cluster.sites[0].port);
    assert!(text.contains(&address), "{text}");
}

/// Moves a node, which must not run, to another port of this machine, and makes its new request.
fn move_away(site: &Site) -> String {
    let config = site.home.join("config.toml");
    let text = fs::read_to_string(&config).unwrap();
    let moved = text.replace(&format!("/tcp/{}", site.port), &format!("/tcp/{}", free_port()));
    assert_ne!(moved, text);
    fs::write(config, moved).unwrap();
    let request = site.home.join("request.json");
    site.run(&["keys", "request", "-o", request.to_str().unwrap()]).ok();
    request.to_str().unwrap().to_owned()
}

#[test]
fn a_member_that_has_moved_is_found_again_by_a_roster_update_alone() {
    // The other one says that it is where nobody listens, so that every connection is one that it has dialled itself.
    let silent = TcpSocket::new_v4().unwrap();
    silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nowhere = format!("/ip4/127.0.0.1/tcp/{}", silent.local_addr().unwrap().port());
    let mut cluster = Cluster::made(program(), 1);
    let port = free_port();
    let listen = format!("/ip4/127.0.0.1/tcp/{port}");
    cluster.init_with(ORGANISATIONS[1], &listen, port, &["--announce", &nowhere]);
    let request = cluster.sites[1].home.join("request.json");
    cluster.change_roster(&["add", request.to_str().unwrap()]);
    cluster.join_all();
    for site in &mut cluster.sites {
        site.start();
    }
    exchange(&cluster);
    cluster.sites[0].stop();
    let request = move_away(&cluster.sites[0]);
    cluster.change_roster(&["add", &request]);
    cluster.sites[0].start();
    let [moved, other] = cluster.sites.as_slice() else { panic!() };
    let ping = || other.run(&["peer", "ping", &moved.organisation]);
    assert!(ping().failure().contains("the peer cannot be reached"));
    other.json(&["roster", "import", cluster.roster().to_str().unwrap()]);
    until("a connection to the new address", PATIENCE, || ping().is_success.then_some(()));
    moved.wait_for_roster(3);
    exchange(&cluster);
}
