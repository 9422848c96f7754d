//! A gibibyte from file to file, beside a bare libp2p stream into a synced file; and the memory that it takes.

use std::fs;
use std::time::Duration;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::site::Site;

use crate::bare::Bare;
use crate::beside::write;
use crate::command::fetch;
use crate::finding::Finding;
use crate::process::{computed, forget_peak, memory};
use crate::publisher::runtime;
use crate::rounds::rounds;
use crate::setting::Setting;

const MEBIBYTE: u64 = 1 << 20;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let mebibytes = setting.least(1024, 64);
    let bytes = mebibytes as u64 * MEBIBYTE;
    let cluster = Cluster::start(setting.program.clone(), 2);
    let [custodian, receiver] = cluster.sites.as_slice() else { panic!("there are not two nodes") };
    let runtime = runtime();
    let bare = runtime.block_on(Bare::start());
    let (document, taken) = (cluster.path("large.dcm"), cluster.path("taken"));
    write(&document, bytes);
    receiver.wait_for_peer(&custodian.organisation);
    let nodes = [custodian, receiver].map(Site::process);
    // To open the key file takes more memory than anything after it.
    nodes.into_iter().for_each(forget_peak);
    let [fetched, to_file, to_nowhere, sending, receiving, bare_sending, bare_taking] =
        rounds("transfer", setting.rounds(7), || {
            let id = custodian.publish(&document, PATIENTS[0], &["--to", ORGANISATIONS[1]]);
            let before = nodes.map(computed);
            let fetched = runtime.block_on(fetch(receiver, custodian, &id));
            let [sending, receiving] = since(nodes, before);
            let before = bare.processes().map(computed);
            let to_file = runtime.block_on(bare.to_file(bytes, &taken));
            let [bare_sending, bare_taking] = since(bare.processes(), before);
            fs::remove_file(&taken).unwrap();
            let to_nowhere = runtime.block_on(bare.to_nowhere(bytes));
            let speed = |time: Duration| mebibytes as f64 / time.as_secs_f64();
            let [fetched, to_file, to_nowhere] = [fetched, to_file, to_nowhere].map(speed);
            [fetched, to_file, to_nowhere, sending, receiving, bare_sending, bare_taking]
        });
    let peak = |what, node| {
        let most = [memory(node, "VmHWM")].into_iter().collect();
        Finding::new(what, "MiB", most).at_most(96.0)
    };
    let [custodian, receiver] = nodes;
    vec![
        Finding::new(format!("{mebibytes} MiB, file to file"), "MiB/s", fetched.clone())
            .beside("bare stream to a synced file", &to_file)
            .at_least_times(0.7),
        Finding::new("the same", "MiB/s", fetched).beside("bare stream alone", &to_nowhere),
        Finding::new("computing time of its custodian", "s", sending)
            .beside("bare sender", &bare_sending),
        Finding::new("computing time of its receiver", "s", receiving)
            .beside("bare taker into a file", &bare_taking),
        peak("most memory of the custodian", custodian),
        peak("most memory of the receiver", receiver),
    ]
}

/// How many seconds two processes have computed since.
fn since(processes: [u32; 2], [first, second]: [f64; 2]) -> [f64; 2] {
    let [now, other] = processes.map(computed);
    [now - first, other - second]
}
