//! Looking for the records of a patient: what is known of each member as it comes, then all of it.

use serde_json::Value;

use super::args::Find;
use super::output::complain;
use super::table::{member, rows};
use super::terminal::{Terminal, wait};
use crate::control::client::{Running, Step};
use crate::control::message::{Command, FindOrder};
use crate::failure::Failure;
use crate::service::caller::Who;
use crate::service::find::outcomes::Order;

/// What people see of each member.
const MEMBERS: [&str; 8] =
    ["organisation", "name", "outcome", "detail", "listed", "withheld", "as_of", "grade"];

/// What people see of each document.
const DOCUMENTS: [&str; 6] =
    ["document", "organisation", "type", "title", "created", "confidentiality"];

pub(super) fn find(terminal: &Terminal, args: Find) -> Result<(), Failure> {
    let who = Who { person: args.looking.person, purpose: args.looking.purpose };
    let deadline_ms = u64::try_from(args.deadline.0.as_millis()).unwrap_or(u64::MAX);
    let order = Order {
        patient: args.patient,
        ask: args.ask.into_iter().collect(),
        reason: args.reason,
        deadline_ms,
    };
    let order = if args.local { FindOrder::Local(order) } else { FindOrder::Network(order) };
    let value = wait(async {
        let mut running = Running::start(&terminal.home, &Command::Find { order, who }).await?;
        loop {
            match running.next().await? {
                Step::News(news) => terminal.output.note(&told(&news)),
                Step::Progress { .. } | Step::Data(_) => {}
                Step::Done(value) => return Ok(value),
            }
        }
    })?;
    terminal.output.result(&value, || text(&value))?;
    for row in member(&value, "members").as_array().into_iter().flatten() {
        if let Some(warning) = member(row, "warning").as_str() {
            complain(&format!("WARNING: {warning}"));
        }
    }
    Ok(())
}

/// A member as it comes.
fn told(news: &Value) -> String {
    let text = |name| member(news, name).as_str().unwrap_or_default();
    let listed = member(news, "listed").as_u64().map(|listed| format!(" {listed}"));
    let why = member(news, "why").as_str().map(|why| format!(": {why}"));
    format!(
        "{} {}  {}{}{}{}",
        text("organisation"),
        text("name"),
        text("outcome"),
        listed.unwrap_or_default(),
        if text("detail").is_empty() { String::new() } else { format!(" {}", text("detail")) },
        why.unwrap_or_default(),
    )
}

fn text(value: &Value) -> String {
    let said = |name| member(value, name).as_str().unwrap_or_default();
    let mut parts = vec![rows(member(value, "members"), &MEMBERS)];
    let documents = member(value, "documents");
    if documents.as_array().is_some_and(|documents| !documents.is_empty()) {
        parts.push(rows(documents, &DOCUMENTS));
    }
    let mut lines = Vec::new();
    let by_name = member(value, "by_name").as_array().into_iter().flatten();
    for asked in by_name.filter(|asked| asked.get("failed").is_some()) {
        let organisation = member(asked, "organisation").as_str().unwrap_or_default();
        let failed = asked.pointer("/failed/error").and_then(Value::as_str).unwrap_or_default();
        lines.push(format!("by name from {organisation}: {failed}"));
    }
    for row in member(value, "members").as_array().into_iter().flatten() {
        lines.extend(unshown(row));
    }
    lines.push(format!("find {}: {}", said("find"), said("summary")));
    let unknown = open(member(value, "members"));
    if !unknown.is_empty() {
        lines.push(format!("not known: {}", unknown.join(", ")));
    }
    parts.push(lines.join("\n"));
    parts.join("\n\n")
}

/// What a member has listed and is not shown here, besides what it withholds.
fn unshown(row: &Value) -> Option<String> {
    let count = |name| member(row, name).as_u64().unwrap_or(0);
    let mut parts = Vec::new();
    if count("foreign") > 0 {
        parts.push(format!(
            "{} under another number: it has linked two numbers; link them here to see it",
            count("foreign")
        ));
    }
    if count("doubted") > 0 {
        parts.push(format!("{} that cannot be verified", count("doubted")));
    }
    let organisation = member(row, "organisation").as_str().unwrap_or_default();
    (!parts.is_empty()).then(|| format!("not shown of {organisation}: {}", parts.join(", ")))
}

/// The members that have not answered, each with why.
fn open(members: &Value) -> Vec<String> {
    let members = members.as_array().into_iter().flatten();
    let open = members.filter(|row| member(row, "as_of").is_null());
    open.map(|row| {
        let text = |name| member(row, name).as_str().unwrap_or_default();
        format!("{} ({} {})", text("organisation"), text("outcome"), text("detail"))
    })
    .collect()
}
