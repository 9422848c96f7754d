//! The demo's referral: from the GP's request to the hospital's discharge summary, over nodes that are stopped and started again.

use std::path::Path;
use std::time::Duration;

use budstikke_protocol::document::judge::Expected;
use budstikke_protocol::ids::DocumentId;
use serde_json::Value;
use tokio::time::{sleep, timeout};

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

/// What to do when something that must work does not.
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
    let thread = refer(folder, running, say).await?;

    say(
        "\n4. The hospital's node is back. Nobody does anything: the referral arrives, and the documents with it.",
    );
    running.start(folder, Hospital).await?;
    let is_accepted = |shown: &Value| answer(shown, 0) == "accepted";
    thread.until(Gp, "the referral at the hospital", is_accepted).await?;
    say("   the hospital's node has stored it, and its application has all of it");

    say("\n5. The hospital asks for more, and decides when the GP has answered.");
    thread.assess().await?;
    say("   asked, supplemented, accepted, scheduled: both sides hold the same thread");

    say(
        "\n6. Now the GP's node is down. The hospital treats the patient and sends the discharge summary.",
    );
    running.stop(Gp).await;
    let summary = publish(folder, &ANSWER, &[], say).await?;
    thread.treat(summary).await?;
    running.start(folder, Gp).await?;
    thread.until(Gp, "the discharge summary", is_whole).await?;
    let value = thread.until(Gp, "the receipts", is_witnessed).await?;
    say("   the GP's node is back and has it. The thread, with the receipt of every step:\n");
    timeline::text(&value).lines().for_each(|line| say(&format!("   {line}")));
    evidence(&thread, running, say).await
}

/// The GP refers while nobody is there to receive it.
async fn refer<'a>(
    folder: &'a Path,
    running: &mut Running,
    say: &dyn Fn(&str),
) -> Result<Thread<'a>, Failure> {
    say(
        "\n3. The GP refers another patient to the hospital, with a letter and a picture. The hospital's node is down.",
    );
    let letter = publish(folder, &REFERRAL, &[], say).await?;
    let picture = publish(folder, &PICTURE, &[], say).await?;
    running.stop(Hospital).await;
    let thread = send(folder, vec![letter, picture]).await?;
    say("   the referral is kept, and waits:");
    outbox(folder, say).await?;
    Ok(thread)
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
    /// The hospital asks, the GP answers, the hospital accepts and gives an appointment.
    async fn assess(&self) -> Result<(), Failure> {
        let fault = |error: &dyn std::error::Error| Failure::of(error, FAULT);
        let question = "Har flekken vokst?".parse().map_err(|error| fault(&error))?;
        let reply = "Ja, det siste halvåret.".parse().map_err(|error| fault(&error))?;
        let outcome = "2".parse().map_err(|error| fault(&error))?;
        let place = "Hudpoliklinikken".parse().map_err(|error| fault(&error))?;
        self.say(Hospital, What::Ask { text: question }).await?;
        let is_asked = |shown: &Value| status(shown) == "information-wanted";
        self.until(Gp, "the question", is_asked).await?;
        self.say(Gp, What::Supplement { text: Some(reply), documents: Vec::new() }).await?;
        self.until(Hospital, "the supplement", |shown| has(shown, "supplemented")).await?;
        self.say(Hospital, What::Accept { outcome, seniority: None, text: None }).await?;
        let at = clock::now().plus(Duration::from_hours(24 * 7));
        self.say(Hospital, What::Schedule { at, place: Some(place), text: None }).await?;
        self.until(Gp, "the appointment", |shown| status(shown) == "scheduled").await.map(drop)
    }

    /// The hospital treats the patient and writes a summary.
    async fn treat(&self, summary: DocumentId) -> Result<(), Failure> {
        self.say(Hospital, What::Start { text: None }).await?;
        self.say(Hospital, What::Complete { text: None, documents: vec![summary] }).await
    }

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
        let looking = async {
            loop {
                let order = order(ReferralOrder::Show(self.which));
                // At first it may not be here.
                if let Some(shown) = ask(self.folder, at, order).await.ok().filter(&is_so) {
                    return shown;
                }
                sleep(LOOK_EACH).await;
            }
        };
        let shown = timeout(PATIENCE, looking).await;
        shown.ok().ok_or_else(|| Failure::new(format!("{what} did not arrive"), FAULT))
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
