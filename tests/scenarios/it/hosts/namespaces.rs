//! Lines that are slow, long, lossy or cut.

use std::fs;
use std::time::Duration;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::hosts::docker::not_root;
use budstikke_scenarios::hosts::long_line;
use budstikke_scenarios::hosts::namespaces::{Lost, Namespaces};
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::until;

use super::is_missing;
use crate::large::{MEBIBYTE, MarkedFile};
use crate::program;

/// How long it may take until two nodes have noticed that a line is dead, or open again.
const NOTICED_MAX: Duration = Duration::from_mins(2);

/// Publishes a document of `size` bytes at one site for another.
fn publish(cluster: &Cluster, size: u64, from: &Site, to: &Site) -> String {
    let file = cluster.path("published.dcm");
    MarkedFile::write(&file, size);
    from.publish(&file, PATIENTS[0], &["--to", &to.organisation])
}

/// Gets a document, which must be the one that was published last.
fn get(cluster: &Cluster, document: &str, from: &Site, to: &Site) {
    let got = to.run(&["document", "get", document, "--from", &from.organisation]).ok();
    assert!(
        got == fs::read(cluster.path("published.dcm")).unwrap(),
        "the document arrived changed"
    );
}

fn exchange(cluster: &Cluster, from: &Site, to: &Site) {
    let document = publish(cluster, 2 * MEBIBYTE, from, to);
    get(cluster, &document, from, to);
}

#[test]
fn a_slow_line_is_enough() {
    if is_missing(not_root()) {
        return;
    }
    let namespaces = Namespaces::start(program(), 2);
    let cluster = &namespaces.cluster;
    let [hospital, municipality] = cluster.sites.as_slice() else { panic!() };
    // Each mebibyte takes 4 s, and none may take 15.
    namespaces.inside(0, "tc qdisc add dev line root tbf rate 2mbit burst 16k latency 1s");
    let document = publish(cluster, 3 * MEBIBYTE, hospital, municipality);
    get(cluster, &document, hospital, municipality);
}

#[test]
fn long_lines_carry_documents_both_ways() {
    for one_way in [30, 150].map(Duration::from_millis) {
        let cluster = long_line::start(program(), one_way);
        let [hospital, municipality] = cluster.sites.as_slice() else { panic!() };
        let ping = hospital.json(&["peer", "ping", &municipality.organisation]);
        let there_and_back = ping["milliseconds"].as_f64().unwrap();
        assert!(there_and_back >= 2.0 * one_way.as_secs_f64() * 1000.0, "{ping}");
        exchange(&cluster, hospital, municipality);
        exchange(&cluster, municipality, hospital);
    }
}

#[test]
fn a_line_that_loses_one_way_carries_everything_and_a_dead_one_is_told() {
    if is_missing(not_root()) {
        return;
    }
    let namespaces = Namespaces::start(program(), 2);
    let cluster = &namespaces.cluster;
    let [hospital, municipality] = cluster.sites.as_slice() else { panic!() };
    exchange(cluster, hospital, municipality);
    namespaces.lose(0, 1, Lost::Some(5));
    exchange(cluster, hospital, municipality);
    exchange(cluster, municipality, hospital);
    namespaces.mend(1);
    // Questions arrive, answers do not.
    namespaces.lose(0, 1, Lost::All);
    let told = municipality.run(&["document", "list", "--from", &hospital.organisation]).failure();
    assert!(told.contains("the peer "), "{told}");
    until("the silence to be noticed", NOTICED_MAX, || {
        (municipality.peer(ORGANISATIONS[0])["connected"] == false).then_some(())
    });
    namespaces.mend(1);
    until("the way to be open again", NOTICED_MAX, || {
        let list = municipality.run(&["document", "list", "--from", &hospital.organisation]);
        list.is_success.then_some(())
    });
    exchange(cluster, hospital, municipality);
}

#[test]
fn two_nodes_that_do_not_see_each_other_have_news_from_a_third() {
    if is_missing(not_root()) {
        return;
    }
    let namespaces = Namespaces::start(program(), 3);
    let cluster = &namespaces.cluster;
    let [hospital, municipality, gp] = cluster.sites.as_slice() else { panic!() };
    namespaces.lose(0, 1, Lost::All);
    namespaces.lose(1, 0, Lost::All);
    exchange(cluster, hospital, gp);
    exchange(cluster, municipality, gp);
    let told = hospital.run(&["document", "list", "--from", &municipality.organisation]).failure();
    assert!(told.contains("the peer "), "{told}");
    // A new roster goes round the gap.
    cluster.change_roster(&["add", gp.home.join("request.json").to_str().unwrap()]);
    hospital.json(&["roster", "import", cluster.roster().to_str().unwrap()]);
    until("the roster to come by the third node", NOTICED_MAX, || {
        (municipality.json(&["status"])["federation"]["roster"] == 3).then_some(())
    });
    namespaces.mend(0);
    namespaces.mend(1);
    until("the gap to be closed", NOTICED_MAX, || {
        let list = hospital.run(&["document", "list", "--from", &municipality.organisation]);
        list.is_success.then_some(())
    });
    exchange(cluster, hospital, municipality);
    exchange(cluster, municipality, hospital);
}
