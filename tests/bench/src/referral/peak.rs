//! As many referrals as Norway's messages at their peak, all of them on this machine: 21 a second over 20 nodes for five minutes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use budstikke_scenarios::site::Site;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::order;
use crate::federation::federation;
use crate::finding::Finding;
use crate::process::{computed, memory};
use crate::publisher::runtime;
use crate::sample::Sample;
use crate::setting::Setting;

const NODES: usize = 20;

/// National messages a second at the peak of a working day.
const EACH_SECOND: u32 = 21;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let seconds = setting.least(300, 5);
    let count = seconds * usize::try_from(EACH_SECOND).unwrap();
    let mut cluster = federation(setting, NODES);
    cluster.sites.iter_mut().for_each(Site::start);
    let sites = &cluster.sites;
    let busy = || -> f64 { sites.iter().map(|site| computed(site.process())).sum() };
    let kept = || -> u64 { sites.iter().map(|site| bytes(&site.home)).sum() };
    let (computed_before, kept_before) = (busy(), kept());
    let parties: Arc<Vec<(PathBuf, String)>> =
        Arc::new(sites.iter().map(|site| (site.home.clone(), site.organisation.clone())).collect());
    let began = Instant::now();
    let times = runtime().block_on(send(&parties, count));
    let took = began.elapsed().as_secs_f64();
    let computed = (busy() - computed_before) / took;
    let kept = (kept() - kept_before) as f64 / count as f64;
    let resident = sites.iter().map(|site| memory(site.process(), "VmHWM")).fold(0.0, f64::max);
    let once = |value: f64| -> Sample { std::iter::once(value).collect() };
    vec![
        Finding::new(
            format!("referrals a second, {NODES} nodes, {seconds} s"),
            "",
            once(count as f64 / took),
        )
        .at_least(f64::from(EACH_SECOND) * 0.99),
        Finding::new("until one is stored there", "ms", times),
        Finding::new("computing time of all nodes in a second", "s", once(computed)),
        Finding::new("bytes on the disks of both sides for each", "bytes", once(kept)),
        Finding::new("most resident memory of any node", "MiB", once(resident)),
    ]
}

/// Sends so many at an even pace, each from one node to the next but some, and gives the milliseconds until each was stored.
async fn send(parties: &Arc<Vec<(PathBuf, String)>>, count: usize) -> Sample {
    let mut pace = interval(Duration::from_secs(1) / EACH_SECOND);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut sending = JoinSet::new();
    for nth in 0..count {
        pace.tick().await;
        let parties = Arc::clone(parties);
        sending.spawn(async move {
            let (home, _) = &parties[nth % NODES];
            let (_, to) = &parties[(nth + 1 + nth / NODES % (NODES - 1)) % NODES];
            order::send(home, to, &[]).await.as_secs_f64() * 1000.0
        });
    }
    sending.join_all().await.into_iter().collect()
}

/// All that stands in a folder.
fn bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => bytes(&entry.path()),
            Ok(about) => about.len(),
            Err(_) => 0,
        })
        .sum()
}
