//! Referrals by command to a running node, so that no start of a process is measured.

use std::path::Path;
use std::time::{Duration, Instant};

use budstikke::control::client::Running;
use budstikke::control::message::{Command, ReferralOrder};
use budstikke::home::Home;
use budstikke::service::caller::Who;
use budstikke_scenarios::cluster::PATIENTS;
use serde_json::{Value, json};
use tokio::time::sleep;

/// What stands in every referral; letters of practices are about so long.
pub(super) const TEXT: &str =
    "Pasienten har hatt smerter i høyre hofte i et halvt år, tiltagende ved belastning. ";

/// How long between two looks at a referral for which the command did not wait any longer.
const PAUSE: Duration = Duration::from_millis(50);

/// Refers a patient from the node of this home, with these documents, and gives the time until the other side has stored it.
pub(crate) async fn send(home: &Path, to: &str, documents: &[String]) -> Duration {
    let began = Instant::now();
    let sent = sent(home, to, documents).await;
    let mut is_stored = sent["stored"] == true;
    while !is_stored {
        sleep(PAUSE).await;
        let which =
            serde_json::from_value(json!({ "referral": sent["referral"], "referrer": null }));
        let shown = ordered(home, ReferralOrder::Show(which.unwrap())).await;
        is_stored = shown["delivery"]["stored"] == 1;
    }
    began.elapsed()
}

/// Refers a patient, and gives what the node says of it, at once or when the other side has stored it.
async fn sent(home: &Path, to: &str, documents: &[String]) -> Value {
    let form = json!({
        "to": to,
        "patient": PATIENTS[0],
        "priority": "N",
        "title": "Henvisning til ortopedisk poliklinikk",
        "text": TEXT.repeat(10).trim_end(),
        "documents": documents,
        "wait": false,
    });
    ordered(home, ReferralOrder::Send(serde_json::from_value(form).unwrap())).await
}

async fn ordered(home: &Path, order: ReferralOrder) -> Value {
    let command = Command::Referral { order, who: Who::default() };
    let running = Running::start(&Home::at(home.to_owned()), &command).await.unwrap();
    running.result().await.unwrap()
}
