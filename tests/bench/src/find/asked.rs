//! A search by the control socket, and when what came of it.

use std::path::Path;
use std::time::{Duration, Instant};

use budstikke::control::client::{Running, Step};
use budstikke::control::message::{Command, FindOrder};
use budstikke::home::Home;
use budstikke::service::caller::Who;
use budstikke::service::find::outcomes::Order;
use budstikke_scenarios::cluster::{Cluster, PATIENTS};
use serde_json::{Value, json};

use crate::command::publish_for;
use crate::process::computed;

/// A search that has ended.
pub(super) struct Asked {
    /// When the last member that answered had done so.
    pub(super) answered: Duration,
    /// When it was over.
    pub(super) ended: Duration,
    /// What it found.
    pub(super) found: Value,
}

/// Looks for the first patient from the node of this home.
pub(super) async fn find(home: &Path, deadline: Duration) -> Asked {
    let order = Order {
        patient: PATIENTS[0].to_owned(),
        ask: std::iter::empty().collect(),
        reason: None,
        deadline_ms: u64::try_from(deadline.as_millis()).unwrap(),
    };
    let command = Command::Find { order: FindOrder::Network(order), who: Who::default() };
    let (began, mut answered) = (Instant::now(), Duration::ZERO);
    let mut running = Running::start(&Home::at(home.to_owned()), &command).await.unwrap();
    loop {
        match running.next().await.unwrap() {
            Step::News(news) if news["as_of"].is_string() => answered = began.elapsed(),
            Step::News(_) | Step::Progress { .. } | Step::Data(_) => {}
            Step::Done(found) => return Asked { answered, ended: began.elapsed(), found },
        }
    }
}

/// Looks for a patient from the node of this home without asking anybody, and waits for what it knows.
pub(super) async fn known(home: &Path, patient: &str) {
    let order = Order {
        patient: patient.to_owned(),
        ask: std::iter::empty().collect(),
        reason: None,
        deadline_ms: 0,
    };
    let command = Command::Find { order: FindOrder::Local(order), who: Who::default() };
    let running = Running::start(&Home::at(home.to_owned()), &command).await.unwrap();
    let found = running.result().await.unwrap();
    assert!(found["documents"].is_array(), "{found:#}");
}

/// How many members have said what they have.
pub(super) fn answers(found: &Value) -> usize {
    found["members"].as_array().unwrap().iter().filter(|row| row["as_of"].is_string()).count()
}

/// Every other member has one record of the patient, that everybody may read.
pub(super) async fn publish_everywhere(cluster: &Cluster) {
    for site in &cluster.sites[1..] {
        publish_for(&site.home, b"an epicrisis", json!("federation")).await;
    }
}

/// How many seconds all nodes that run have computed so far.
pub(super) fn all_computed(cluster: &Cluster) -> f64 {
    let running = cluster.sites.iter().filter(|site| site.is_started());
    running.map(|site| computed(site.process())).sum()
}
