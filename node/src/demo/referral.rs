//! The demo's referral: from the GP's request to the hospital's discharge summary, over nodes that are stopped and started again.

use std::path::Path;
use std::time::Duration;

use budstikke_protocol::document::judge::Expected;
use budstikke_protocol::ids::DocumentId;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::documents::{ANSWER, PICTURE, REFERRAL};
use super::orders::{body, publish};
use super::organisations::{Organisation, Running, number, referral_path};
use crate::clock;
use crate::control::client::Running as Exchange;
use crate::control::message::{Command, Order, OutboxOrder, ReferralOrder};
use crate::control::timeline;
use crate::failure::Failure;
use crate::home::write_durably;
use crate::service::caller::{Which, Who};
use crate::service::referral::find::ReferralRef;
use crate::service::referral::say::What;
use crate::service::referral::send::SendForm;
use crate::verify::Trust;
use crate::verify::referral::verify;

use Organisation::{Gp, Hospital};

/// How long the demo waits for something to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it looks.
const LOOK_EACH: Duration = Duration::from_millis(100);

/// What each waits for.
const FAULT: &str = "this is a fault of the program";

/// The referral, once the GP's node knows it.
struct Thread<'a> {
    folder: &'a Path,
    which: ReferralRef,
}

/// Plays it.
pub(super) async fn tell(
    folder: &Path,
    running: &mut Running,
    say: &dyn Fn(&str),
) -> Result<(), Failure> {
    say(
        "\n3. The GP refers another patient to the hospital, with a letter and a picture. The hospital's node is down.",
    );
    let letter = publish(folder, &REFERRAL, &[], say).await?;
    let picture = publish(folder, &PICTURE, &[], say).await?;
    running.stop(Hospital).await;
    let thread = send(folder, vec![letter, picture]).await?;
    say("   the referral is kept, and waits:");
    outbox(folder, say).await?;

    say(
        "\n4. The hospital's node is back. Nobody does anything: the referral arrives, and the documents with it.",
    );
    running.start(folder, Hospital).await?;
    thread
        .until(Gp, "the referral at the hospital", |shown| answer(shown, 0) == "accepted")
        .await?;
    say("   the hospital's node has stored it, and its application has all of it");

    say("\n5. The hospital asks for more, and the GP answers while the hospital decides.");
    let text = |text: &str| text.parse().map_err(|error| Failure::of(&error, FAULT));
    thread.say(Hospital, What::Ask { text: text("Har flekken vokst?")? }).await?;
    thread.until(Gp, "the question", |shown| status(shown) == "information-wanted").await?;
    let more =
        What::Supplement { text: Some(text("Ja, det siste halvåret.")?), documents: Vec::new() };
    thread.say(Gp, more).await?;
    let supplied = |shown: &Value| has(shown, "supplemented");
    thread.until(Hospital, "the supplement", supplied).await?;
    let code = "2".parse().map_err(|error| Failure::of(&error, FAULT))?;
    thread.say(Hospital, What::Accept { outcome: code, seniority: None, text: None }).await?;
    let at = clock::now().plus(Duration::from_hours(24 * 7));
    let place = Some("Hudpoliklinikken".parse().map_err(|error| Failure::of(&error, FAULT))?);
    thread.say(Hospital, What::Schedule { at, place, text: None }).await?;
    thread.until(Gp, "the appointment", |shown| status(shown) == "scheduled").await?;
    say("   asked, supplemented, accepted, scheduled: both sides hold the same thread");

    say(
        "\n6. Now the GP's node is down. The hospital treats the patient and sends the discharge summary.",
    );
    running.stop(Gp).await;
    thread.say(Hospital, What::Start { text: None }).await?;
    let summary = publish(folder, &ANSWER, &[], say).await?;
    thread.say(Hospital, What::Complete { text: None, documents: vec![summary] }).await?;
    running.start(folder, Gp).await?;
    thread.until(Gp, "the discharge summary", is_whole).await?;
    let value = thread.until(Gp, "the receipts", is_witnessed).await?;
    say("   the GP's node is back and has it. The thread, with the receipt of every step:\n");
    for line in timeline::text(&value).lines() {
        say(&format!("   {line}"));
    }
    evidence(&thread, running, say).await
}

async fn send(folder: &Path, documents: Vec<DocumentId>) -> Result<Thread<'_>, Failure> {
    let form = SendForm {
        to: number(Hospital)?,
        patient: REFERRAL.patient.to_owned(),
        priority: "3".parse().map_err(|error| Failure::of(&error, FAULT))?,
        seniority: None,
        referral_kind: "10".parse().ok(),
        title: REFERRAL.title.parse().map_err(|error| Failure::of(&error, FAULT))?,
        text: None,
        documents,
        wait: false,
    };
    let value = ask(folder, Gp, order(ReferralOrder::Send(Box::new(form)))).await?;
    let id = value.get("referral").and_then(Value::as_str).unwrap_or_default();
    let referral = id.parse().map_err(|error| Failure::of(&error, FAULT))?;
    Ok(Thread { folder, which: ReferralRef { referral, referrer: None } })
}

impl Thread<'_> {
    async fn say(&self, at: Organisation, what: What) -> Result<(), Failure> {
        let order = order(ReferralOrder::Say { which: self.which, what: Box::new(what) });
        ask(self.folder, at, order).await.map(drop)
    }

    /// Waits until the referral at one of the two is as it should be.
    async fn until(
        &self,
        at: Organisation,
        what: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Result<Value, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let shown = ask(self.folder, at, order(ReferralOrder::Show(self.which))).await;
            if let Ok(shown) = shown
                && is_so(&shown)
            {
                return Ok(shown);
            }
            if Instant::now() >= deadline {
                return Err(Failure::new(format!("{what} did not arrive"), FAULT));
            }
            sleep(LOOK_EACH).await;
        }
    }
}

async fn outbox(folder: &Path, say: &dyn Fn(&str)) -> Result<(), Failure> {
    let command = Command::Outbox { order: OutboxOrder::List, who: Who::default() };
    let value = ask(folder, Gp, command).await?;
    for row in value.get("waiting").and_then(Value::as_array).into_iter().flatten() {
        let text = |key| row.get(key).and_then(Value::as_str).unwrap_or_default();
        say(&format!("   for {} since {}: {}", text("name"), text("since"), text("last_error")));
    }
    Ok(())
}

/// The GP makes evidence of the thread, and anybody verifies it.
async fn evidence(
    thread: &Thread<'_>,
    running: &Running,
    say: &dyn Fn(&str),
) -> Result<(), Failure> {
    let id = thread.which.referral.to_string();
    let document = id.parse().map_err(|error| Failure::of(&error, FAULT))?;
    let order = Order::Evidence(Which { document, from: None });
    let command = Command::Document { order, who: Who::default() };
    let bytes = body(Exchange::start(&Gp.home(thread.folder), &command).await?).await?;
    let path = referral_path(thread.folder);
    write_durably(&path, &bytes)?;
    let expected = Expected { patient: Some(REFERRAL.patient), organisation: Some(number(Gp)?) };
    let trust = Trust { federation: running.federation, newer: None };
    let judgement = verify(&path, trust, &expected, clock::now());
    if !judgement.is_good() {
        return Err(Failure::new("the evidence of the referral does not verify", FAULT));
    }
    let count = judgement.events.len();
    say(&format!(
        "\n   ✓ evidence of the whole thread: {count} signed events, each verified offline with its receipt"
    ));
    Ok(())
}

fn order(order: ReferralOrder) -> Command {
    Command::Referral { order, who: Who::default() }
}

async fn ask(folder: &Path, at: Organisation, command: Command) -> Result<Value, Failure> {
    Exchange::start(&at.home(folder), &command).await?.result().await
}

fn status(shown: &Value) -> &str {
    shown.get("status").and_then(Value::as_str).unwrap_or_default()
}

fn events(shown: &Value) -> impl Iterator<Item = &Value> {
    shown.get("thread").and_then(Value::as_array).into_iter().flatten()
}

fn has(shown: &Value, kind: &str) -> bool {
    events(shown).any(|event| event.get("kind").is_some_and(|it| it == kind))
}

/// What the application of the other side has said of the event that stands at a place of the thread.
fn answer(shown: &Value, at: usize) -> &str {
    let answer = events(shown).nth(at).and_then(|event| event.pointer("/answer/answer"));
    answer.and_then(Value::as_str).unwrap_or_default()
}

/// Whether it is completed, and every document of it is here.
fn is_whole(shown: &Value) -> bool {
    let documents = events(shown).filter_map(|event| event.get("documents")?.as_array()).flatten();
    let mut here = documents.map(|document| document.get("here").and_then(Value::as_bool));
    status(shown) == "completed" && here.all(|is_here| is_here == Some(true))
}

/// Whether every step has a witnessed receipt.
fn is_witnessed(shown: &Value) -> bool {
    events(shown).all(|event| event.get("witnessed").is_some_and(Value::is_string))
}
