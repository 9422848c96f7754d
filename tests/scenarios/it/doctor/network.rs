//! What keeps a node from the others is found with their help.

use std::fs;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, free_port};
use tokio::net::TcpSocket;

use super::Seen;
use crate::program;

/// Two nodes, and a third one that tells the others that it is at `address`; all run.
fn announcing(address: impl FnOnce(&Cluster) -> String) -> Cluster {
    let mut cluster = Cluster::made(program(), 2);
    let address = address(&cluster);
    let port = free_port();
    let listen = format!("/ip4/127.0.0.1/tcp/{port}");
    cluster.init_with(ORGANISATIONS[2], &listen, port, &["--announce", &address]);
    let request = cluster.sites[2].home.join("request.json");
    cluster.change_roster(&["add", request.to_str().unwrap()]);
    cluster.join_all();
    for site in &mut cluster.sites {
        site.start();
    }
    cluster
}

#[test]
fn an_address_that_leads_nowhere_is_found_by_the_members_that_dial_back() {
    // Taken, so that nobody else takes it, and nobody listens on it.
    let silent = TcpSocket::new_v4().unwrap();
    silent.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = format!("/ip4/127.0.0.1/tcp/{}", silent.local_addr().unwrap().port());
    let cluster = announcing(|_| address.clone());
    let seen = Seen::at(&cluster.sites[2], &[]);
    seen.says("reachable", "fault", &format!("{address} was not reached by "));
    assert_eq!(seen.all("fault").len(), 1, "{:#}", seen.0);
    // It is connected to the others by then, and they to it.
    seen.says("peers", "ok", "2 of 2 members answer");
}

#[test]
fn an_address_where_another_node_answers_is_found() {
    let cluster = announcing(|cluster| format!("/ip4/127.0.0.1/tcp/{}", cluster.sites[0].port));
    let seen = Seen::at(&cluster.sites[2], &[]);
    seen.says("reachable", "fault", "another node answers ");
    assert_eq!(seen.all("fault").len(), 1, "{:#}", seen.0);
}

#[test]
fn a_name_that_leads_nowhere_is_told() {
    let cluster = announcing(|_| "/dns4/node.invalid/tcp/8470".to_owned());
    let seen = Seen::at(&cluster.sites[2], &[]);
    seen.says("name", "warning", "node.invalid leads nowhere, as this machine sees it");
    seen.says("reachable", "fault", "/dns4/node.invalid/tcp/8470 was not reached by ");
}

#[test]
fn a_member_that_is_away_is_told_and_all_of_them_are_a_fault() {
    let mut cluster = Cluster::start(program(), 3);
    cluster.sites[2].stop();
    let seen = Seen::at(&cluster.sites[0], &[]);
    seen.says("peers", "ok", "1 of 2 members answer");
    seen.says("peers", "warning", &format!("{}: the peer cannot be reached", ORGANISATIONS[2]));
    seen.says("reachable", "ok", &format!("was reached by {}", ORGANISATIONS[1]));
    assert!(seen.all("fault").is_empty(), "{:#}", seen.0);
    cluster.sites[1].stop();
    let seen = Seen::at(&cluster.sites[0], &[]);
    seen.says("peers", "fault", "none of the 2 other members answers");
    seen.says("reachable", "warning", "no member could be asked");
    seen.says("clock", "warning", "compared with none");
}

#[test]
fn a_clock_that_is_off_is_told_at_the_node_whose_it_is() {
    let mut cluster = Cluster::made(program(), 3);
    cluster.join_all();
    cluster.sites[2].set_clock("+1h");
    for site in &mut cluster.sites {
        site.start();
    }
    let [site, _, ahead] = cluster.sites.as_slice() else { panic!() };
    let seen = Seen::at(ahead, &[]);
    let off = seen.all("fault");
    assert!(off.len() == 1 && off[0]["check"] == "clock", "{:#}", seen.0);
    seen.says("clock", "fault", " s ahead of those of most members (2 answered)");
    let seen = Seen::at(site, &[]);
    assert!(seen.all("fault").is_empty(), "{:#}", seen.0);
    seen.says("clock", "warning", &format!("the clock of {} is ", ahead.organisation));
}

#[test]
fn a_clock_before_the_roster_is_told_at_the_start_and_by_the_doctor() {
    let mut cluster = Cluster::made(program(), 1);
    cluster.join_all();
    let site = &mut cluster.sites[0];
    site.set_clock("-1d");
    Seen::at(site, &[]).says("clock", "fault", ", and the roster was issued ");
    site.start();
    let log = site.log();
    assert!(log.contains("this clock is before the time at which the roster was issued"), "{log}");
}

#[test]
fn a_roster_that_expires_is_told_in_time() {
    let mut cluster = Cluster::made(program(), 1);
    cluster.join_all();
    for (clock, verdict, words) in [
        ("+300d", "ok", "version 1, issued "),
        ("+340.5d", "warning", "version 1 expires in 24 days"),
        ("+370d", "warning", "version 1 has EXPIRED; exchange of patient data stops "),
        ("+400d", "fault", "version 1 has EXPIRED; no patient data is exchanged"),
    ] {
        cluster.sites[0].set_clock(clock);
        Seen::at(&cluster.sites[0], &[]).says("roster", verdict, words);
    }
}

#[test]
fn a_node_that_was_given_another_keyring_is_told_by_its_running_node() {
    let mut cluster = Cluster::made(program(), 2);
    cluster.join_all();
    let config = cluster.sites[0].home.join("config.toml");
    let text = fs::read_to_string(&config).unwrap();
    // Without a passphrase file of its own the doctor asks nobody for the passphrase of a node that runs.
    fs::write(&config, text.replace("passphrase_file = ", "# passphrase_file = ")).unwrap();
    let passphrase = cluster.path("passphrase");
    let keyring = cluster.sites[1].home.join("keyring");
    fs::copy(keyring, cluster.sites[0].home.join("keyring")).unwrap();
    let mut command = cluster.sites[0].run_command();
    command.args(["--passphrase-file", passphrase.to_str().unwrap()]);
    cluster.sites[0].start_as(command).unwrap();
    let seen = Seen::at(&cluster.sites[0], &[]);
    seen.says("keys", "ok", "it was not opened, for want of a passphrase file");
    seen.says("keys in use", "fault", "a key that the roster does not list for this organisation");
}
