//! A node that is connected to twenty others and has nothing to do.

use std::iter::once;
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_scenarios::cluster::Cluster;

use crate::finding::Finding;
use crate::process::{computed, memory};
use crate::sample::Sample;
use crate::setting::Setting;

const PEERS: usize = 20;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let while_idle = Duration::from_secs(setting.least(60, 5) as u64);
    let cluster = federation(setting, PEERS + 1);
    let [node, peers @ ..] = cluster.sites.as_slice() else { panic!("there is no node") };
    for peer in peers {
        node.json(&["peer", "ping", &peer.organisation]);
    }
    eprintln!("idle: {PEERS} peers are connected");
    let before = computed(node.process());
    let began = Instant::now();
    park_timeout(while_idle);
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    let busy = (computed(node.process()) - before) / minutes;
    let resident = memory(node.process(), "VmRSS");
    let connected = node.json(&["peer", "list"]);
    let connected =
        connected.as_array().unwrap().iter().filter(|peer| peer["connected"] == true).count();
    assert_eq!(connected, PEERS, "so many were connected in the end");
    let once = |value: f64| -> Sample { once(value).collect() };
    vec![
        Finding::new("resident, connected to 20 peers", "MiB", once(resident)).at_most(48.0),
        Finding::new("computing time in a minute", "s", once(busy)).at_most(0.3),
    ]
}

/// A federation of so many organisations, all of whose nodes run.
fn federation(setting: &Setting, count: usize) -> Cluster {
    let numbers = (910_000_000..).map(|number: u32| number.to_string());
    let mut numbers = numbers.filter(|number| number.parse::<OrganisationNumber>().is_ok());
    let mut cluster = Cluster::made(setting.program.clone(), 0);
    for number in numbers.by_ref().take(count) {
        cluster.init(&number);
    }
    let requests: Vec<String> = cluster
        .sites
        .iter()
        .map(|site| site.home.join("request.json").display().to_string())
        .collect();
    let add: Vec<&str> = once("add").chain(requests.iter().map(String::as_str)).collect();
    cluster.change_roster(&add);
    cluster.join_all();
    cluster.sites.iter_mut().for_each(budstikke_scenarios::site::Site::start);
    cluster
}
