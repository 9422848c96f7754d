//! Many referrals to ten receivers, each durable on both sides, beside bare appends of the same bytes in the same groups.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use budstikke_scenarios::cluster::Cluster;
use budstikke_scenarios::site::Site;
use tokio::runtime::Runtime;

use super::order;
use super::statements::statements;
use crate::federation::federation;
use crate::finding::Finding;
use crate::plain::Plain;
use crate::process::computed;
use crate::publish::signer;
use crate::publisher::runtime;
use crate::rounds::rounds;
use crate::setting::Setting;

const RECEIVERS: usize = 10;

/// Commands at a time, and so the most referrals that one sync can be for.
const AT_A_TIME: usize = 32;

/// How often a referral is synced: here, there, and here again when it is stored there.
const SYNCS: usize = 3;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let count = setting.least(1000, 40);
    let folder = tempfile::tempdir().unwrap();
    let mut plain = Plain::create(&folder.path().join("plain"), signer());
    let mut cluster = federation(setting, RECEIVERS + 1);
    cluster.sites.iter_mut().for_each(Site::start);
    let runtime = runtime();
    let per_second = |time: Duration| count as f64 / time.as_secs_f64();
    let [sent, bare, stated, practice, hospitals, orders] =
        rounds("referral-many", setting.rounds(7), || {
            let (before, computed_before) = (journals(&cluster), computing(&cluster));
            let sent = send_all(&runtime, &cluster, count);
            let each = |after: f64, before: f64| (after - before) * 1000.0 / count as f64;
            let mut shares = computing(&cluster);
            shares
                .iter_mut()
                .zip(computed_before)
                .for_each(|(after, before)| *after = each(*after, before));
            let [practice, hospitals, orders] = shares;
            // What both sides have written for it, in as many groups as there could be.
            let groups = SYNCS * count.div_ceil(AT_A_TIME);
            let bytes = usize::try_from(journals(&cluster) - before).unwrap().div_ceil(groups);
            let group = vec![0x2e; bytes];
            let bare: Duration = (0..groups).map(|_| plain.append(&group)).sum();
            let stated = per_second(statements(count));
            [per_second(sent), per_second(bare), stated, practice, hospitals, orders]
        });
    let what = format!("{count} referrals to {RECEIVERS} receivers, stored on both sides");
    vec![
        Finding::new(&what, "a second", sent.clone())
            .beside("bare appends of the same bytes, in groups of 32", &bare)
            .at_least_times(0.2),
        Finding::new("the same", "a second", sent)
            .beside("three statements signed, read and verified, on every core", &stated),
        Finding::new("computing time of the sender for each", "ms", practice),
        Finding::new("computing time of all receivers for each", "ms", hospitals),
        Finding::new("computing time of what gives the orders for each", "ms", orders),
    ]
}

/// The computing time of the sender, of all receivers, and of this process.
fn computing(cluster: &Cluster) -> [f64; 3] {
    let [practice, receivers @ ..] = cluster.sites.as_slice() else { panic!("there is no node") };
    let receivers = receivers.iter().map(|site| computed(site.process())).sum();
    [computed(practice.process()), receivers, computed(std::process::id())]
}

/// Sends so many, to each receiver in turn, and gives the time until all are stored.
fn send_all(runtime: &Runtime, cluster: &Cluster, count: usize) -> Duration {
    let [practice, receivers @ ..] = cluster.sites.as_slice() else { panic!("there is no node") };
    let receivers: Arc<Vec<String>> =
        Arc::new(receivers.iter().map(|site| site.organisation.clone()).collect());
    let (began, next) = (Instant::now(), Arc::new(AtomicUsize::new(0)));
    runtime.block_on(async {
        let senders: Vec<_> = (0..AT_A_TIME)
            .map(|_| {
                tokio::spawn(send_some(
                    practice.home.clone(),
                    Arc::clone(&receivers),
                    Arc::clone(&next),
                    count,
                ))
            })
            .collect();
        for sender in senders {
            sender.await.unwrap();
        }
    });
    began.elapsed()
}

/// Sends those whose turn nobody else has taken.
async fn send_some(
    home: PathBuf,
    receivers: Arc<Vec<String>>,
    next: Arc<AtomicUsize>,
    count: usize,
) {
    loop {
        let nth = next.fetch_add(1, Ordering::Relaxed);
        if nth >= count {
            return;
        }
        order::send(&home, &receivers[nth % RECEIVERS], &[]).await;
    }
}

/// The bytes of all journals.
fn journals(cluster: &Cluster) -> u64 {
    let bytes = |folder: &Path| -> u64 {
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum()
    };
    cluster.sites.iter().map(|site| bytes(&site.home.join("journal"))).sum()
}
