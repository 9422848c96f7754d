//! The demo's search: a doctor at the hospital looks for a patient's records at every member.

use std::path::Path;

use serde_json::Value;

use super::documents::{MEDICATION, NOTE, PLAN};
use super::orders::publish;
use super::organisations::Organisation;
use crate::control::client::{Running as Exchange, Step};
use crate::control::message::{AccessOrder, Command, FindOrder, IndexOrder};
use crate::failure::Failure;
use crate::service::caller::Who;
use crate::service::find::outcomes::Order;

use Organisation::{Gp, Hospital, Municipality, Neighbour};

/// How long the doctor waits for those who do not answer.
const DEADLINE_MS: u64 = 3_000;

/// Publishes what is to be found besides the medication list, and looks for all of it.
pub(super) async fn tell(folder: &Path, say: &dyn Fn(&str)) -> Result<(), Failure> {
    say(
        "\n7. A doctor at the hospital does not know who else has seen the patient. It asks every member, and tells none of them of whom.",
    );
    publish(folder, &NOTE, &[Hospital], say).await?;
    let last = publish(folder, &PLAN, &[Municipality], say).await?;
    // What a member answers is as of its newest head, which is made once a second: that both stand under one is waited for.
    let prove = Command::Index { order: IndexOrder::Prove(last) };
    Exchange::start(&Gp.home(folder), &prove).await?.result().await?;
    let found = find(folder, MEDICATION.patient, say).await?;
    for document in found.get("documents").and_then(Value::as_array).into_iter().flatten() {
        let text = |key| document.get(key).and_then(Value::as_str).unwrap_or_default();
        say(&format!("   {}  {}  {}", text("organisation"), text("document"), text("title")));
    }
    let summary = found.get("summary").and_then(Value::as_str).unwrap_or_default();
    say(&format!("   {summary}"));
    learned(folder, Neighbour, say).await?;
    learned(folder, Gp, say).await
}

/// Looks for the records of a patient from the hospital, and says what comes of each member as it comes.
async fn find(folder: &Path, patient: &str, say: &dyn Fn(&str)) -> Result<Value, Failure> {
    let order = Order {
        patient: patient.to_owned(),
        ask: std::iter::empty().collect(),
        reason: None,
        deadline_ms: DEADLINE_MS,
    };
    let command = Command::Find { order: FindOrder::Network(order), who: Who::default() };
    let mut command = Exchange::start(&Hospital.home(folder), &command).await?;
    loop {
        match command.next().await? {
            Step::News(news) => say(&format!("   {}", outcome(&news))),
            Step::Progress { .. } | Step::Data(_) => {}
            Step::Done(value) => return Ok(value),
        }
    }
}

/// What came of a member, in words.
fn outcome(news: &Value) -> String {
    let text = |key| news.get(key).and_then(Value::as_str).unwrap_or_default();
    let count = |key| news.get(key).and_then(Value::as_u64).unwrap_or_default();
    let basis = format!("as of {} ({})", text("as_of"), text("grade"));
    let what = match text("outcome") {
        "records" => format!(
            "{} open, proven to be all, {} withheld; {basis}",
            count("listed"),
            count("withheld")
        ),
        "none" => format!("none among open records; {basis}"),
        other => format!("{other}: {}", text("detail")),
    };
    format!("{:<24} {what}", text("name"))
}

/// What an organisation has written down of the search: all that it has learned.
async fn learned(folder: &Path, at: Organisation, say: &dyn Fn(&str)) -> Result<(), Failure> {
    let order = Command::Access { order: AccessOrder::List { patient: None, limit: 3 } };
    let value = Exchange::start(&at.home(folder), &order).await?.result().await?;
    say(&format!("   What {} has written down of it:", at.name()));
    let rows = value.get("accesses").and_then(Value::as_array);
    for row in rows.into_iter().flatten().rev() {
        let text = |key| row.get(key).and_then(Value::as_str).unwrap_or("–");
        let is_asked = row.get("peer").and_then(Value::as_str) == Some(Hospital.number());
        if is_asked && ["evaluate", "find", "list"].contains(&text("action")) {
            let documents = row.get("documents").and_then(Value::as_array).map_or(0, Vec::len);
            say(&format!(
                "     {}  {} for {}  person {}  purpose {}  documents {documents}",
                text("time"),
                text("action"),
                text("peer"),
                text("person"),
                text("purpose"),
            ));
        }
    }
    Ok(())
}
