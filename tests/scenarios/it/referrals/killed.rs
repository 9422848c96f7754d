//! Nodes that are killed while they refer: nothing that was sent is lost, and nothing arrives twice.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::laboratory::dice::Dice;
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::until;

use crate::program;

/// How many referrals are sent for certain.
const COUNT: u64 = 200;

/// How many are being sent at a time.
const SENDERS: usize = 8;

/// How long a node lives at most when nothing can be sent.
const LIFE: Duration = Duration::from_secs(3);

/// How long everything may take to arrive once nobody is killed any more.
const SETTLED: Duration = Duration::from_mins(2);

/// The titles of all referrals that a node shows.
fn titles(site: &Site) -> Vec<String> {
    let list = site.json(&["referral", "list"]);
    let mut titles: Vec<_> = list["referrals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|referral| referral["title"].as_str().unwrap().to_owned())
        .collect();
    titles.sort();
    titles
}

#[test]
fn killed_nodes_lose_no_referral_and_make_none_twice() {
    let mut cluster = Cluster::start(program(), 2);
    let (program, home) = (cluster.program.clone(), cluster.sites[0].home.clone());
    let (begun, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let promised = Mutex::new(BTreeSet::new());
    let is_up = || {
        let ended = program.run(&["status", "--home", home.to_str().unwrap()]);
        ended.is_success.then_some(())
    };
    let send = || {
        while done.load(Ordering::Relaxed) < COUNT {
            let number = begun.fetch_add(1, Ordering::Relaxed);
            let title = format!("Henvisning {number:03}");
            let args = ["referral", "send", "--to", ORGANISATIONS[1], "--patient", PATIENTS[0]];
            let more = ["--priority", "N", "--title", &title, "--home", home.to_str().unwrap()];
            if program.run(&[args.as_slice(), &more].concat()).is_success {
                promised.lock().unwrap().insert(title);
                done.fetch_add(1, Ordering::Relaxed);
            } else {
                until("the node", SETTLED, is_up);
            }
        }
    };
    let mut dice = Dice::new(6);
    thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(send);
        }
        while done.load(Ordering::Relaxed) < COUNT {
            let (before, since) = (done.load(Ordering::Relaxed), Instant::now());
            let enough = before + 5 + dice.below(20);
            until("some referrals", LIFE * 20, || {
                let is_enough = done.load(Ordering::Relaxed) >= enough.min(COUNT);
                (is_enough || since.elapsed() > LIFE).then_some(())
            });
            let at = usize::try_from(dice.below(2)).unwrap();
            cluster.sites[at].kill();
            cluster.sites[at].start();
        }
    });
    for site in &cluster.sites {
        until("an empty outbox", SETTLED, || {
            let waiting = site.json(&["outbox", "list"]);
            waiting["waiting"].as_array().unwrap().is_empty().then_some(())
        });
    }
    let promised = promised.into_inner().unwrap();
    let (here, there) = (titles(&cluster.sites[0]), titles(&cluster.sites[1]));
    assert_eq!(here, there);
    assert!(here.windows(2).all(|two| two[0] != two[1]), "one was sent twice: {here:?}");
    let lost: Vec<_> = promised.iter().filter(|title| !here.contains(title)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
}
