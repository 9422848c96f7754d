//! Referrals by command to a running node, so that no start of a process is measured.

use std::path::Path;
use std::time::{Duration, Instant};

use budstikke::control::client::Running;
use budstikke::control::message::{Command, ReferralOrder};
use budstikke::home::Home;
use budstikke::service::caller::Who;
use budstikke_scenarios::cluster::PATIENTS;
use serde_json::{Value, json};

/// What stands in every referral; letters of practices are about so long.
const TEXT: &str =
    "Pasienten har hatt smerter i høyre hofte i et halvt år, tiltagende ved belastning. ";

/// Refers a patient from the node of this home, with these documents, and gives the time until the other side has stored it.
///
/// # Panics
/// When the node gives it up to the background before.
pub(crate) async fn send(home: &Path, to: &str, documents: &[String]) -> Duration {
    let began = Instant::now();
    let sent = sent(home, to, documents).await;
    assert_eq!(sent["stored"], true, "{sent}");
    began.elapsed()
}

/// The same whether or not it was stored, with what the node says of it.
pub(crate) async fn sent(home: &Path, to: &str, documents: &[String]) -> Value {
    let form = json!({
        "to": to,
        "patient": PATIENTS[0],
        "priority": "N",
        "title": "Henvisning til ortopedisk poliklinikk",
        "text": TEXT.repeat(10).trim_end(),
        "documents": documents,
        "wait": false,
    });
    let order = ReferralOrder::Send(serde_json::from_value(form).unwrap());
    let command = Command::Referral { order, who: Who::default() };
    let running = Running::start(&Home::at(home.to_owned()), &command).await.unwrap();
    running.result().await.unwrap()
}
