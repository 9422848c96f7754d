//! Commands that look for the records of a patient: what comes of each member is told as it comes.

use budstikke_keys::jws::Verified;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::{DocumentId, FindId, OrganisationNumber};
use budstikke_protocol::index::outcome::{Basis, Outcome, Whole};
use budstikke_protocol::limits::MEMBERS_MAX;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::body::send;
use super::channel::Channel;
use super::described::described;
use super::message::{FindOrder, Reply};
use super::shapes::set;
use crate::failure::Failure;
use crate::service::context::Context;
use crate::service::find::evidence::export;
use crate::service::find::local::{Known, KnownMember, known};
use crate::service::find::outcomes::{ByName, Order, Outcomes};
use crate::service::find::said::Said;
use crate::service::find::search::find;
use crate::service::peer_logs;
use crate::store::Entry;

/// Carries out a search.
pub(super) async fn carry_out(
    ctx: &Context,
    channel: &mut Channel,
    order: FindOrder,
    caller: &Caller,
) -> Result<Value, Failure> {
    match order {
        FindOrder::Network(order) => network(ctx, channel, &order, caller).await,
        FindOrder::Local(order) => Ok(local(ctx, &known(ctx, caller, &order).await?)),
    }
}

/// Looks at every member, and tells of each as soon as it is known.
async fn network(
    ctx: &Context,
    channel: &mut Channel,
    order: &Order,
    caller: &Caller,
) -> Result<Value, Failure> {
    // Every member is told of once, so none waits for whoever reads.
    let (news, mut told) = mpsc::channel(MEMBERS_MAX);
    let searching = async move {
        let mut tell = |said: &Said| news.try_send(member(ctx, said)).unwrap_or(());
        find(ctx, caller, order, &mut tell).await
    };
    let telling = async {
        while let Some(value) = told.recv().await {
            // Whoever is gone does not end the search: what is found is kept.
            if channel.send(&Reply::News(value)).await.is_err() {
                break;
            }
        }
    };
    let (found, ()) = tokio::join!(searching, telling);
    let (outcomes, by_name) = found?;
    Ok(result(ctx, &outcomes, &by_name))
}

fn result(ctx: &Context, outcomes: &Outcomes, by_name: &[ByName]) -> Value {
    let others = outcomes.said.iter();
    let own = own(&outcomes.own, outcomes.time);
    let whole = Whole::of(others.clone().map(|said| &said.outcome).chain([&own]));
    let mut members = vec![own_row(ctx, &own)];
    members.extend(others.clone().map(|said| member(ctx, said)));
    let shown = others.flat_map(|said| &said.records).map(Verified::statement);
    let named = by_name.iter().filter_map(|asked| asked.documents.as_ref().ok()).flatten();
    let mut documents: Vec<Value> = outcomes.own.iter().map(entry).collect();
    documents.extend(shown.map(manifest));
    documents.extend(named.map(|manifest| {
        let mut value = self::manifest(manifest.statement());
        set(&mut value, "by_name", json!(true));
        value
    }));
    let by_name: Vec<Value> = by_name.iter().map(asked_by_name).collect();
    let mut value = summary(&whole, members, documents);
    set(&mut value, "find", json!(outcomes.find));
    set(&mut value, "time", json!(outcomes.time));
    set(&mut value, "by_name", json!(by_name));
    value
}

fn local(ctx: &Context, known: &Known) -> Value {
    let own = own(&known.own, known.time);
    let whole = Whole::of(known.members.iter().map(|known| &known.outcome).chain([&own]));
    let mut members = vec![own_row(ctx, &own)];
    members.extend(known.members.iter().map(|known_member| {
        let KnownMember { member, outcome, asked, .. } = known_member;
        let mut value = row(ctx, *member, outcome);
        let age = |basis: Basis| known.time.seconds_since(basis.as_of);
        set(&mut value, "asked", json!(asked));
        set(&mut value, "age_seconds", json!(outcome.basis().map(age)));
        value
    }));
    let shown = known.members.iter().flat_map(|member| &member.records);
    let mut documents: Vec<Value> = known.own.iter().map(entry).collect();
    documents.extend(shown.map(|manifest| self::manifest(manifest.claimed())));
    documents.extend(known.announced.iter().map(|record| {
        let mut value = manifest(record.manifest.claimed());
        set(&mut value, "announced", json!(record.at));
        value
    }));
    let mut value = summary(&whole, members, documents);
    set(&mut value, "find", json!(known.find));
    set(&mut value, "time", json!(known.time));
    value
}

fn summary(whole: &Whole, members: Vec<Value>, documents: Vec<Value>) -> Value {
    json!({
        "complete": whole.is_complete(),
        "records": whole.records,
        "withheld": whole.withheld,
        "unknown": whole.open,
        "summary": whole.to_string(),
        "members": members,
        "documents": documents,
    })
}

/// What this organisation has itself.
fn own(records: &[Entry], as_of: Timestamp) -> Outcome {
    let basis = Basis { as_of, is_witnessed: false };
    match u64::try_from(records.len()).unwrap_or(u64::MAX) {
        0 => Outcome::None(basis),
        listed => Outcome::Records { listed, withheld: 0, basis },
    }
}

fn own_row(ctx: &Context, own: &Outcome) -> Value {
    let mut value = row(ctx, ctx.here(), own);
    set(&mut value, "grade", json!("own"));
    value
}

/// What came of one member.
fn member(ctx: &Context, said: &Said) -> Value {
    let mut value = row(ctx, said.member, &said.outcome);
    set(&mut value, "why", json!(said.why));
    set(&mut value, "shown", json!(said.records.len()));
    set(&mut value, "doubted", json!(said.doubted));
    set(&mut value, "foreign", json!(said.foreign));
    set(&mut value, "took_ms", json!(u64::try_from(said.took.as_millis()).unwrap_or(u64::MAX)));
    value
}

fn row(ctx: &Context, member: OrganisationNumber, outcome: &Outcome) -> Value {
    let view = ctx.federation.view();
    let name = view.roster().member(member).map(|member| member.name.to_string());
    let detail = match outcome {
        Outcome::Records { .. } | Outcome::None(_) => Value::Null,
        Outcome::Refused(refused) => json!(refused),
        Outcome::Unknown(unknown) => json!(unknown),
        Outcome::Fault(fault) => json!(fault),
    };
    let (listed, withheld) = match outcome {
        Outcome::Records { listed, withheld, .. } => (Some(*listed), Some(*withheld)),
        Outcome::None(_) | Outcome::Refused(_) | Outcome::Unknown(_) | Outcome::Fault(_) => {
            (None, None)
        }
    };
    let grade = |basis: Basis| if basis.is_witnessed { "witnessed" } else { "signed" };
    let mut value = json!({
        "organisation": member,
        "name": name,
        "outcome": outcome.name(),
        "detail": detail,
        "listed": listed,
        "withheld": withheld,
        "as_of": outcome.basis().map(|basis| basis.as_of),
        "grade": outcome.basis().map(grade),
    });
    if let Some(warning) = peer_logs::warning(ctx, member).filter(|_| member != ctx.here()) {
        set(&mut value, "warning", json!(warning));
    }
    value
}

fn asked_by_name(asked: &ByName) -> Value {
    match &asked.documents {
        Ok(documents) => json!({"organisation": asked.member, "documents": documents.len()}),
        Err(failure) => json!({"organisation": asked.member, "failed": failure}),
    }
}

fn entry(entry: &Entry) -> Value {
    described(entry.manifest.claimed(), &entry.sharing)
}

fn manifest(manifest: &Manifest) -> Value {
    described(manifest, &manifest.sharing)
}

/// Sends evidence of the search with this id, when there was one: it has the form of a document's.
pub(super) async fn evidence(
    ctx: &Context,
    channel: &mut Channel,
    id: DocumentId,
    caller: &Caller,
) -> Result<Option<Value>, Failure> {
    let Ok(find) = FindId::from_bytes(id.to_bytes()) else { return Ok(None) };
    let Some(export) = export(ctx, caller, find).await? else { return Ok(None) };
    send(channel, &export.file).await?;
    let federation = ctx.federation.view().fingerprint;
    Ok(Some(json!({
        "find": find,
        "federation": federation,
        "members": export.members,
        "unproven": export.unproven,
    })))
}
