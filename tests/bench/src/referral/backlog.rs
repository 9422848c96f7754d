//! What waits after a day without the other side: how it drains, and whether something new waits for it.

use std::collections::BTreeMap;
use std::iter::once;
use std::time::{Duration, Instant};

use budstikke::clock;
use budstikke::home::Home;
use budstikke::keyfile::{self, Chosen};
use budstikke::store::{By, Change, Commit, Places, Store};
use budstikke_keys::jws::sign;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_scenarios::cluster::Cluster;
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::until;
use futures::future::join_all;
use serde_json::{Value, json};

use super::order;
use super::request::request;
use crate::federation::federation;
use crate::finding::Finding;
use crate::process::{forget_peak, memory};
use crate::publisher::runtime;
use crate::sample::Sample;
use crate::setting::Setting;

/// How long the other side was away.
const AWAY: Duration = Duration::from_hours(24);

/// Commits at a time while the backlog is made.
const AT_A_TIME: usize = 256;

/// How long it may take to drain.
const DRAINED_MAX: Duration = Duration::from_mins(10);

/// How many new referrals are sent while it drains.
const NEW: usize = 10;

/// How far from its place a referral may arrive: those of one delivery come together.
const TOGETHER: usize = 32;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let count = setting.least(10_000, 200);
    let mut cluster = federation(setting, 2);
    let waiting = fill(&cluster, count);
    let (practice, hospital) = cluster.pair();
    practice.start();
    forget_peak(practice.process());
    // The other side is back.
    hospital.start();
    practice.json(&["peer", "ping", &hospital.organisation]);
    let began = Instant::now();
    let runtime = runtime();
    let mut slowest: f64 = 0.0;
    for _ in 0..NEW {
        let time = runtime.block_on(order::send(&practice.home, &hospital.organisation, &[]));
        slowest = slowest.max(time.as_secs_f64());
    }
    let was_draining = left(practice) > 0;
    until("the backlog to be drained", DRAINED_MAX, || (left(practice) == 0).then_some(()));
    let drained = began.elapsed().as_secs_f64();
    let resident = memory(practice.process(), "VmHWM");
    let there = memory(hospital.process(), "VmHWM");
    eprintln!(
        "referral-backlog: new ones came {} it was drained",
        if was_draining { "before" } else { "after" }
    );
    let overtaken = overtaken(hospital, &waiting) as f64;
    let once = |value: f64| -> Sample { once(value).collect() };
    vec![
        Finding::new(format!("{count} that waited, until all are there"), "s", once(drained)),
        Finding::new(format!("the slowest of {NEW} new ones meanwhile"), "s", once(slowest))
            .at_most(1.0),
        Finding::new(
            "of those that waited, come behind one that had waited less",
            "",
            once(overtaken),
        )
        .at_most(0.0),
        Finding::new("most resident memory of the sender", "MiB", once(resident)).at_most(150.0),
        Finding::new("most resident memory of the receiver", "MiB", once(there)).at_most(150.0),
    ]
}

/// Puts so many referrals into the home of the first organisation, whose node does not run, as its node would have when the
/// second was away; gives their ids, oldest first.
fn fill(cluster: &Cluster, count: usize) -> Vec<String> {
    let [practice, hospital] = cluster.sites.as_slice() else { panic!("there are no two") };
    let passphrase =
        keyfile::passphrase(Some(&cluster.path("passphrase")), Chosen::Before).unwrap();
    let home = Home::at(practice.home.clone());
    let keyring = keyfile::open(&home, &passphrase).unwrap();
    let places = Places {
        journal: practice.home.join("journal"),
        documents: practice.home.join("documents"),
        db: practice.home.join("db"),
        tiles: practice.home.join("tiles"),
        lists: practice.home.join("lists"),
    };
    let origin = format!("test.budstikke/{}", practice.organisation).parse().unwrap();
    let (store, _) = Store::open(places, &keyring.storage, origin, |_| ()).unwrap();
    let caller = json!({
        "organisation": practice.organisation, "person": "999000101", "role": "LE", "purpose": "TREAT",
    });
    let caller = serde_json::from_value(caller).unwrap();
    let began = clock::now().minus(AWAY);
    let runtime = runtime();
    let mut ids = Vec::new();
    for from in (0..count).step_by(AT_A_TIME) {
        let commits = (from..count.min(from + AT_A_TIME)).map(|nth| {
            let after = AWAY.mul_f64(nth as f64 / count as f64);
            let time = began.plus(after);
            let event = request(&practice.organisation, &hospital.organisation, time);
            ids.push(event.referral.to_string());
            let signed = sign(event, &keyring.sign).unwrap();
            let record = Record::permitted(Action::Refer, &caller, time);
            store.commit(Commit::new(record).with(Change::Event(By::Here, &signed)))
        });
        let commits: Vec<_> = commits.collect();
        for committed in runtime.block_on(join_all(commits)) {
            committed.unwrap();
        }
    }
    runtime.block_on(store.close()).unwrap();
    ids
}

/// In how many referrals something waits.
fn left(site: &Site) -> usize {
    site.json(&["outbox", "list"])["waiting"].as_array().unwrap().len()
}

/// How many came later than one that had not waited as long; those of one delivery do not count.
fn overtaken(hospital: &Site, waiting: &[String]) -> usize {
    let listed = hospital.json(&["referral", "list"]);
    let received: BTreeMap<&str, &str> = listed["referrals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (text(row, "referral"), text(row, "received")))
        .collect();
    let times: Vec<&str> = waiting.iter().map(|id| received[id.as_str()]).collect();
    times.iter().zip(times.iter().skip(TOGETHER)).filter(|(before, after)| before > after).count()
}

fn text<'a>(row: &'a Value, member: &str) -> &'a str {
    row[member].as_str().unwrap()
}
