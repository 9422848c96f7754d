//! A referral as people read it: how it stands, then what each side has said, with what has become of it.

use serde_json::Value;

/// What stands before all but the first line of an event.
const INDENT: &str = "                        ";

/// The text of what showing a referral gives.
pub fn text(value: &Value) -> String {
    let mut lines = heads(value);
    for event in member(value, "thread").as_array().into_iter().flatten() {
        lines.push(String::new());
        lines.push(first(event));
        lines.extend(more(event).into_iter().map(|line| format!("{INDENT}{line}")));
    }
    lines.join("\n")
}

/// A member; null when there is none of that name.
fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// The text of a member; nothing when it has none.
fn said<'a>(value: &'a Value, name: &str) -> &'a str {
    member(value, name).as_str().unwrap_or_default()
}

fn heads(value: &Value) -> Vec<String> {
    let party =
        |side: &str| format!("{} {}", said(value, side), said(value, &format!("{side}_name")));
    let mut lines = vec![
        said(value, "title").to_owned(),
        format!("{}  from {} to {}", said(value, "referral"), party("referrer"), party("receiver")),
        String::new(),
    ];
    let mut line = |name: &str, text: String| {
        if !text.trim().is_empty() {
            lines.push(format!("{name:<12} {text}"));
        }
    };
    let is_overdue = member(value, "overdue").as_bool() == Some(true);
    let overdue = if is_overdue { "  OVERDUE: nobody has assessed it" } else { "" };
    let is_late = member(value, "withdrawn_too_late").as_bool() == Some(true);
    let late = if is_late { "  WITHDRAWN TOO LATE: the other side had gone on" } else { "" };
    line("status", format!("{}{late}", said(value, "status")));
    line("patient", said(value, "patient").to_owned());
    line("priority", format!("{} {}", said(value, "priority"), said(value, "priority_name")));
    line("seniority", said(value, "seniority").to_owned());
    line("received", said(value, "received").to_owned());
    line("due", format!("{}{overdue}", said(value, "due")));
    line("outcome", format!("{} {}", said(value, "outcome"), said(value, "outcome_name")));
    line("appointment", said(value, "appointment").to_owned());
    line("ended", said(value, "ended").to_owned());
    line("continues", said(member(value, "continues"), "referral").to_owned());
    let redirected = member(value, "redirected");
    let to = [said(redirected, "to"), said(redirected, "name"), said(redirected, "referral")];
    line("redirected", to.join(" "));
    line("waiting", waiting(member(value, "delivery")));
    lines
}

/// What waits for the other side; nothing when it has everything.
fn waiting(delivery: &Value) -> String {
    let since = said(delivery, "waiting_since");
    if since.is_empty() {
        return String::new();
    }
    let count = |name| member(delivery, name).as_u64().unwrap_or_default();
    let mut parts = vec![format!(
        "{} events for {} since {since}",
        count("said").saturating_sub(count("delivered")),
        said(delivery, "to")
    )];
    if said(delivery, "lateness") != "on-time" {
        parts.push(said(delivery, "lateness").to_uppercase());
    }
    if !said(delivery, "last_error").is_empty() {
        parts.push(said(delivery, "last_error").to_owned());
    }
    if !said(delivery, "next_attempt").is_empty() {
        parts.push(format!("next attempt {}", said(delivery, "next_attempt")));
    }
    parts.join("; ")
}

/// When, who, what.
fn first(event: &Value) -> String {
    let arrow = if said(event, "side") == "referrer" { "→" } else { "←" };
    let person = said(event, "person");
    let person = if person.is_empty() {
        String::new()
    } else {
        format!("  {person} {}", said(event, "role"))
    };
    let crossed = if member(event, "crossed").as_bool() == Some(true) { "  (crossed)" } else { "" };
    format!(
        "{:<21} {arrow} {}  {} {}{person}{crossed}",
        said(event, "time"),
        what(event),
        said(event, "author"),
        said(event, "author_name")
    )
}

/// The kind in words, with what an acknowledgement acknowledges.
fn what(event: &Value) -> String {
    let kind = said(event, "kind").replace('-', " ");
    match member(event, "of").as_u64() {
        Some(of) if said(member(event, "says"), "answer") == "stored" => {
            format!("stored all up to {of}")
        }
        Some(of) => format!("{} {of} by the application", answer(member(event, "says"))),
        None => kind,
    }
}

/// An answer of an application.
fn answer(value: &Value) -> String {
    let code = [said(value, "code"), said(value, "code_name"), said(value, "text")];
    let code: Vec<_> = code.into_iter().filter(|part| !part.is_empty()).collect();
    let answer = said(value, "answer").replace('-', " ");
    if code.is_empty() { answer } else { format!("{answer} ({})", code.join(" ")) }
}

/// What was said, what is attached, what has become of it.
fn more(event: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    let code = ["outcome", "code"].map(|name| said(event, name));
    let name = ["outcome_name", "code_name"].map(|name| said(event, name));
    lines.push(format!("{} {}", code.concat(), name.concat()));
    for name in ["at", "place", "to", "referral", "reason", "text"] {
        lines.extend(said(event, name).lines().map(str::to_owned));
    }
    for document in member(event, "documents").as_array().into_iter().flatten() {
        let here =
            if member(document, "here").as_bool() == Some(true) { "here" } else { "NOT here yet" };
        let parts = [said(document, "type"), said(document, "title")].join(" ");
        lines.push(format!("document {}  {}  {here}", said(document, "document"), parts.trim()));
    }
    lines.push(fate(event));
    lines.retain(|line| !line.trim().is_empty());
    lines
}

/// What has become of an event: stored by the other side, answered by its application, in the log.
fn fate(event: &Value) -> String {
    let mut parts = Vec::new();
    if member(event, "of").is_null() {
        let is_stored = member(event, "stored").as_bool() == Some(true);
        parts
            .push(if is_stored { "stored" } else { "NOT stored by the other side yet" }.to_owned());
    }
    let answered = answer(member(event, "answer"));
    if !answered.is_empty() {
        parts.push(format!("{answered} by the application"));
    }
    match (said(event, "receipt"), said(event, "witnessed")) {
        ("", _) => {
            let why = said(member(event, "no_receipt"), "error");
            if !why.is_empty() {
                parts.push(format!("no receipt: {why}"));
            }
        }
        (_, since) if !since.is_empty() => parts.push(format!("receipt witnessed since {since}")),
        (grade, _) => parts.push(format!("receipt {grade}")),
    }
    parts.join(" · ")
}
