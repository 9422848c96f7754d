//! Commands about referrals and the outbox.

mod attach;
mod watch;

use serde_json::Value;

use super::args::{Looking, Outbox, Referral, Send, Which};
use super::node::ask;
use super::table;
use super::terminal::{Terminal, wait};
use crate::control::client::{Running, Step};
use crate::control::message::{Command, OutboxOrder, ReferralOrder};
use crate::control::timeline;
use crate::failure::Failure;
use crate::service::caller::Who;
use crate::service::referral::find::ReferralRef;
use crate::service::referral::say::What;
use crate::service::referral::send::SendForm;

/// What people see of a referral in a list.
const COLUMNS: [&str; 9] = [
    "referral",
    "direction",
    "referrer",
    "receiver",
    "status",
    "priority",
    "title",
    "due",
    "waiting",
];

pub(super) fn referral(terminal: &Terminal, verb: Referral) -> Result<(), Failure> {
    match verb {
        Referral::Send(args) => send(terminal, *args),
        Referral::List { patient, status, looking } => {
            let order = order(ReferralOrder::List { patient, status }, looking);
            let value = ask(terminal, order)?;
            let rows = listed(table::member(&value, "referrals"));
            terminal.output.result(&value, || table::rows(&rows, &COLUMNS))
        }
        Referral::Show { which, looking } => {
            let value = shown(terminal, which, looking)?;
            terminal.output.result(&value, || timeline::text(&value))
        }
        Referral::Watch => watch::watch(terminal),
        spoken => {
            let (which, what, looking) = what(terminal, spoken)?;
            say(terminal, which, what, looking)
        }
    }
}

pub(super) fn outbox(terminal: &Terminal, verb: Outbox) -> Result<(), Failure> {
    let command = |order| Command::Outbox { order, who: Who::default() };
    match verb {
        Outbox::List => {
            let value = ask(terminal, command(OutboxOrder::List))?;
            let columns = [
                "to",
                "name",
                "referral",
                "events",
                "since",
                "lateness",
                "attempts",
                "next_attempt",
                "last_error",
            ];
            let waiting = table::member(&value, "waiting");
            terminal.output.result(&value, || table::rows(waiting, &columns))
        }
        Outbox::Retry { to } => {
            let value = ask(terminal, command(OutboxOrder::Retry(to)))?;
            terminal.output.result(&value, || {
                let retried = table::member(&value, "retried");
                format!("{retried} referrals are tried once more; budstikke outbox list shows what comes of it")
            })
        }
    }
}

/// A command about referrals, as whoever looks.
fn order(order: ReferralOrder, looking: Looking) -> Command {
    Command::Referral { order, who: Who { person: looking.person, purpose: looking.purpose } }
}

impl From<Which> for ReferralRef {
    fn from(which: Which) -> Self {
        Self { referral: which.referral, referrer: which.from }
    }
}

fn shown(terminal: &Terminal, which: Which, looking: Looking) -> Result<Value, Failure> {
    ask(terminal, order(ReferralOrder::Show(which.into()), looking))
}

/// The rows of a list, with what waits said in one word.
fn listed(referrals: &Value) -> Value {
    let rows = referrals.as_array().into_iter().flatten().cloned().map(|mut row| {
        let lateness = row.pointer("/delivery/lateness").cloned().unwrap_or_default();
        let is_overdue = row.get("overdue").and_then(Value::as_bool).unwrap_or_default();
        if let Some(members) = row.as_object_mut() {
            members.insert("waiting".to_owned(), lateness);
            if let Some(due) = members.get_mut("due").filter(|_| is_overdue) {
                *due = Value::String(format!("{} OVERDUE", due.as_str().unwrap_or_default()));
            }
        }
        row
    });
    rows.collect()
}

fn send(terminal: &Terminal, args: Send) -> Result<(), Failure> {
    let looking = args.looking.clone();
    let patient = args.patient.clone();
    let files = attach::Files { paths: &args.files, patient: &patient, kind: args.document_type };
    let mut documents = args.attach;
    documents.extend(attach::publish(terminal, &files, &looking)?);
    let form = SendForm {
        to: args.to,
        patient: args.patient,
        priority: args.priority,
        seniority: args.seniority,
        referral_kind: args.kind,
        title: args.title,
        text: args.text,
        documents: documents.clone(),
        wait: args.wait,
    };
    let value = delivered(terminal, order(ReferralOrder::Send(Box::new(form)), looking));
    let value = value.map_err(|failure| attach::published(failure, &documents))?;
    // A script gets the id.
    terminal.output.result(&value, || {
        table::member(&value, "referral").as_str().unwrap_or_default().to_owned()
    })
}

fn say(terminal: &Terminal, which: Which, what: What, looking: Looking) -> Result<(), Failure> {
    let order = order(ReferralOrder::Say { which: which.into(), what: Box::new(what) }, looking);
    let value = delivered(terminal, order)?;
    terminal.output.result(&value, || {
        let status = table::member(&value, "status").as_str().unwrap_or_default().to_owned();
        match value.pointer("/continued/referral").and_then(Value::as_str) {
            Some(continued) => format!("{status}\n{continued}"),
            None => status,
        }
    })
}

/// Gives a command that says something, and tells how far it has come.
fn delivered(terminal: &Terminal, command: Command) -> Result<Value, Failure> {
    let value = wait(async {
        let mut running = Running::start(&terminal.home, &command).await?;
        loop {
            match running.next().await? {
                Step::Progress { done: 1, .. } => terminal.output.note("kept here; delivering"),
                Step::Progress { .. } => terminal.output.note("stored by the other side"),
                Step::Data(_) | Step::News(_) => {}
                Step::Done(value) => return Ok(value),
            }
        }
    })?;
    if let Some(warning) = value.get("warning").and_then(Value::as_str) {
        terminal.output.note(&format!("WARNING: {warning}"));
    }
    if value.get("stored").and_then(Value::as_bool) == Some(false) {
        terminal.output.note(
            "the other side has not stored it yet; delivery goes on by itself: budstikke outbox list",
        );
    }
    Ok(value)
}

/// What a verb says, in which referral; files are published first.
fn what(terminal: &Terminal, verb: Referral) -> Result<(Which, What, Looking), Failure> {
    Ok(match verb {
        Referral::Accept { which, outcome, seniority, text, looking } => {
            (which, What::Accept { outcome, seniority, text }, looking)
        }
        Referral::Reject { which, code, reason, looking } => {
            (which, What::Reject { code, reason }, looking)
        }
        Referral::Schedule { which, at, place, text, looking } => {
            (which, What::Schedule { at, place, text }, looking)
        }
        Referral::Ask { which, text, looking } => (which, What::Ask { text }, looking),
        Referral::Start { which, text, looking } => (which, What::Start { text }, looking),
        Referral::Hold { which, reason, looking } => (which, What::Hold { reason }, looking),
        Referral::Redirect { which, to, reason, looking } => {
            (which, What::Redirect { to, reason, evidence: None }, looking)
        }
        Referral::Withdraw { which, reason, looking } => {
            (which, What::Withdraw { reason }, looking)
        }
        Referral::Reopen { which, reason, looking } => (which, What::Reopen { reason }, looking),
        Referral::Supplement { which, content, looking } => {
            let (text, documents) = attach::content(terminal, which, content, ("I02-2", &looking))?;
            (which, What::Supplement { text, documents }, looking)
        }
        Referral::Message { which, content, looking } => {
            let (text, documents) = attach::content(terminal, which, content, ("I02-2", &looking))?;
            (which, What::Message { text, documents }, looking)
        }
        Referral::Complete { which, content, looking } => {
            let (text, documents) = attach::content(terminal, which, content, ("A03-2", &looking))?;
            (which, What::Complete { text, documents }, looking)
        }
        Referral::Send(_) | Referral::List { .. } | Referral::Show { .. } | Referral::Watch => {
            return Err(Failure::new("nothing is said by that", "this is a fault of the program"));
        }
    })
}
