//! A node that is connected to twenty others and has nothing to do.

use std::iter::once;
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use budstikke_scenarios::site::Site;

use crate::federation::federation;
use crate::finding::Finding;
use crate::process::{computed, memory};
use crate::sample::Sample;
use crate::setting::Setting;

const PEERS: usize = 20;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let while_idle = Duration::from_secs(setting.least(60, 5) as u64);
    let mut cluster = federation(setting, PEERS + 1);
    cluster.sites.iter_mut().for_each(Site::start);
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
