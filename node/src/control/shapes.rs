//! Referrals as JSON, for machines and for the tables that people see.

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::log::receipt::Grade;
use budstikke_protocol::referral::codes::Outcome;
use budstikke_protocol::referral::delivery::Lateness;
use budstikke_protocol::referral::event::{Attached, Continues, Event};
use budstikke_protocol::referral::said::{Answer, Refused, Said};
use budstikke_protocol::referral::state::{Side, State};
use budstikke_protocol::referral::thread::Line;
use serde_json::{Map, Value, json};

use crate::clock;
use crate::service::context::Context;
use crate::service::referral::evidence::Receipts;
use crate::service::referral::list::{Delivery, Summary};
use crate::service::referral::outbox::OutboxLine;
use crate::service::referral::show::Shown;

/// How a referral stands.
pub(super) fn state(ctx: &Context, state: &State) -> Value {
    let (request, now) = (state.request(), clock::now());
    json!({
        "referral": state.name().referral,
        "referrer": state.referrer(),
        "referrer_name": name(ctx, state.referrer()),
        "receiver": state.receiver(),
        "receiver_name": name(ctx, state.receiver()),
        "status": state.status(),
        "patient": request.patient.reveal(),
        "priority": request.priority,
        "priority_name": request.priority.display(),
        "title": request.title,
        "requested": request.time,
        "seniority": state.seniority(),
        "received": state.received(),
        "due": state.due(),
        "overdue": state.is_overdue(now),
        "outcome": state.outcome(),
        "outcome_name": state.outcome().map(Outcome::display),
        "appointment": state.appointment(),
        "ended": state.ended(),
        "withdrawn_too_late": state.is_withdrawal_overtaken(),
        "continues": request.continues.map(|earlier| json!({
            "referrer": earlier.referrer, "referral": earlier.referral,
        })),
        "redirected": state.redirected().map(|redirection| json!({
            "to": redirection.to, "name": name(ctx, redirection.to), "referral": redirection.referral,
        })),
    })
}

/// A referral, and how far what was said here has come.
pub(super) fn summary(ctx: &Context, summary: &Summary) -> Value {
    let mut value = state(ctx, &summary.state);
    if let Some(members) = value.as_object_mut() {
        let direction = match summary.here {
            Side::Referrer => "sent",
            Side::Receiver => "received",
        };
        members.insert("direction".to_owned(), json!(direction));
        members.insert("delivery".to_owned(), delivery(&summary.delivery));
    }
    value
}

fn delivery(delivery: &Delivery) -> Value {
    json!({
        "to": delivery.to,
        "said": delivery.said,
        "delivered": delivery.delivered,
        "stored": delivery.stored,
        "waiting_since": delivery.waiting_since,
        "lateness": delivery.waiting_since.map(|_| lateness(delivery.lateness)),
        "attempts": delivery.attempts,
        "next_attempt": delivery.next_attempt,
        "last_error": delivery.last_error,
    })
}

/// A referral in which something waits.
pub(super) fn waiting(ctx: &Context, line: &OutboxLine) -> Value {
    json!({
        "to": line.to,
        "name": name(ctx, line.to),
        "referral": line.name.referral,
        "referrer": line.name.referrer,
        "events": line.events,
        "since": line.since,
        "lateness": lateness(line.lateness),
        "attempts": line.attempts,
        "next_attempt": line.next_attempt,
        "last_error": line.last_error,
    })
}

fn lateness(lateness: Lateness) -> &'static str {
    match lateness {
        Lateness::OnTime => "on-time",
        Lateness::Late => "late",
        Lateness::Dead => "dead",
    }
}

/// A referral with everything that was said in it.
pub(super) fn thread(ctx: &Context, shown: &Shown, receipts: &Receipts) -> Value {
    let mut value = summary(ctx, &shown.summary);
    let lines = shown.thread.lines().iter().map(|line| event(ctx, shown, line, receipts));
    if let Some(members) = value.as_object_mut() {
        members.insert("thread".to_owned(), lines.collect());
    }
    value
}

fn event(ctx: &Context, shown: &Shown, line: &Line, receipts: &Receipts) -> Value {
    let event = &line.kept.event;
    let stored = shown.summary.state.chain(line.side.other()).stored();
    let mut value = json!({
        "side": line.side,
        "number": event.number,
        "author": event.author,
        "author_name": name(ctx, event.author),
        "kind": event.said.kind(),
        "time": event.time,
        "person": event.person.map(|person| person.hpr),
        "role": event.person.map(|person| person.role),
        "event": line.kept.digest,
        "crossed": line.crossed,
        "status": line.status,
        "documents": event.said.attached().iter().map(|it| document(ctx, it)).collect::<Vec<_>>(),
        "stored": event.number <= stored,
        "answer": answer_to(shown, line),
    });
    if let Some(members) = value.as_object_mut() {
        members.extend(said(event));
        match receipts.get(&(line.side, event.number)) {
            Some(Ok(fitting)) => {
                members.insert("receipt".to_owned(), json!(fitting.grade.to_string()));
                if let Grade::Witnessed { since } = fitting.grade {
                    members.insert("witnessed".to_owned(), json!(since));
                }
            }
            Some(Err(failure)) => drop(members.insert("no_receipt".to_owned(), json!(failure))),
            None => {}
        }
    }
    value
}

/// What the application of the other side has said of an event: the last answer to it.
fn answer_to(shown: &Shown, line: &Line) -> Option<Value> {
    let answers = shown.thread.lines().iter().filter(|other| other.side != line.side);
    let mut answers = answers.filter_map(|other| match &other.kept.event.said {
        Said::Acknowledged { of, answer } if *of == line.kept.event.number => answer_value(answer),
        _ => None,
    });
    answers.next_back()
}

fn answer_value(answer: &Answer) -> Option<Value> {
    match answer {
        Answer::Stored => None,
        Answer::Accepted => Some(json!({ "answer": "accepted" })),
        Answer::AcceptedInPart(why) => Some(with_reason("accepted-in-part", why)),
        Answer::Refused(why) => Some(with_reason("refused", why)),
    }
}

fn with_reason(answer: &str, why: &Refused) -> Value {
    json!({
        "answer": answer,
        "code": why.code,
        "code_name": why.code.display(),
        "text": why.text,
    })
}

/// What an event says beside its kind and its documents.
fn said(event: &Event) -> Map<String, Value> {
    let value = match &event.said {
        Said::Requested(requested) => json!({
            "text": requested.text,
            "referral_kind": requested.referral_kind,
            "continues": requested.continues.as_ref().map(continues),
        }),
        Said::Supplemented { text, .. }
        | Said::Started { text }
        | Said::Completed { text, .. }
        | Said::Message { text, .. } => json!({ "text": text }),
        Said::MoreInformationWanted { text } => json!({ "text": text }),
        Said::Withdrawn { reason } | Said::OnHold { reason } | Said::Reopened { reason } => {
            json!({ "reason": reason })
        }
        Said::Acknowledged { of, answer } => json!({
            "of": of,
            "says": answer_value(answer).unwrap_or_else(|| json!({ "answer": "stored" })),
        }),
        Said::Accepted { outcome, seniority, text } => json!({
            "outcome": outcome, "outcome_name": outcome.display(), "seniority": seniority, "text": text,
        }),
        Said::Rejected { code, reason } => {
            json!({ "code": code, "code_name": code.display(), "reason": reason })
        }
        Said::Scheduled { at, place, text } => json!({ "at": at, "place": place, "text": text }),
        Said::Redirected { to, referral, reason } => {
            json!({ "to": to, "referral": referral, "reason": reason })
        }
    };
    match value {
        Value::Object(members) => members.into_iter().filter(|(_, it)| !it.is_null()).collect(),
        _ => Map::new(),
    }
}

fn continues(continues: &Continues) -> Value {
    json!({
        "referrer": continues.referral.referrer,
        "referral": continues.referral.referral,
        "receiver": continues.receiver,
        "evidence": continues.evidence.map(|evidence| evidence.document),
    })
}

/// An attached document, and whether it is here.
fn document(ctx: &Context, attached: &Attached) -> Value {
    let entry = ctx.store.entry(attached.custodian, attached.document).ok().flatten();
    json!({
        "document": attached.document,
        "organisation": attached.custodian,
        "title": entry.as_ref().map(|entry| entry.manifest.claimed().title.clone()),
        "type": entry.as_ref().map(|entry| entry.manifest.claimed().document_type),
        "here": entry.is_some(),
    })
}

fn name(ctx: &Context, organisation: OrganisationNumber) -> Option<String> {
    let view = ctx.federation.view();
    view.roster().member(organisation).map(|member| member.name.to_string())
}

/// Adds a member.
pub(super) fn set(value: &mut Value, key: &str, to: Value) {
    if let Value::Object(members) = value {
        members.insert(key.to_owned(), to);
    }
}
