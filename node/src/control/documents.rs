//! Commands about documents and accesses.

use std::collections::BTreeMap;

use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::log::receipt::Grade;
use budstikke_protocol::patient::PersonNumber;
use serde_json::{Value, json};

use super::body::{receive, send};
use super::channel::Channel;
use super::described::described;
use super::find::evidence as find_evidence;
use super::message::Order;
use super::referrals;
use super::reports::reported;
use super::shapes::set;
use crate::failure::Failure;
use crate::service::caller::Which;
use crate::service::context::Context;
use crate::service::erase::Erased;
use crate::service::publish::{self, Form};
use crate::service::referral::find::{self, ReferralRef};
use crate::service::{ask, erase, evidence, fetch, library, peer_logs};
use crate::store::{DocumentReader, Entry, Subtree};

/// The most access records that one command shows.
const ACCESSES_MAX: usize = 10_000;

/// Carries out an order of `caller`.
pub(super) async fn carry_out(
    ctx: &Context,
    channel: &mut Channel,
    order: Order,
    caller: &Caller,
) -> Result<Value, Failure> {
    match order {
        Order::Publish(form) => publish(ctx, channel, *form, caller).await,
        Order::List(from) => list(ctx, from, caller).await,
        Order::Show(which) => show(ctx, which, caller).await,
        Order::Share { document, sharing } => share(ctx, document, sharing, caller).await,
        Order::Withdraw { document, reason } => withdraw(ctx, document, reason, caller).await,
        Order::Erase(which) => erase(ctx, which, caller).await,
        Order::Get(which) => get(ctx, channel, which, caller).await,
        Order::Evidence(which) => evidence(ctx, channel, which, caller).await,
    }
}

async fn publish(
    ctx: &Context,
    channel: &mut Channel,
    form: Form,
    caller: &Caller,
) -> Result<Value, Failure> {
    let mut publishing = publish::begin(ctx, form)?;
    while let Some(bytes) = receive(channel).await? {
        publishing.push(&bytes).await?;
    }
    let manifest = publishing.finish(ctx, caller).await?;
    let mut value = described(manifest.statement(), &manifest.statement().sharing);
    set(&mut value, "manifest", json!(manifest.digest()));
    Ok(value)
}

async fn list(
    ctx: &Context,
    from: Option<OrganisationNumber>,
    caller: &Caller,
) -> Result<Value, Failure> {
    if let Some(from) = from.filter(|from| *from != ctx.here()) {
        let shared = ask::list(ctx, caller, from).await?;
        let rows = shared
            .manifests
            .iter()
            .map(|manifest| described(manifest.statement(), &manifest.statement().sharing));
        let mut value =
            json!({"documents": rows.collect::<Vec<_>>(), "unreadable": shared.unreadable});
        warn(ctx, &mut value, from);
        return Ok(value);
    }
    let mut rows: Vec<Value> = Vec::new();
    let mut unreadable = 0_usize;
    let mut warnings = BTreeMap::new();
    let mut after = None;
    loop {
        let page = library::list(ctx, caller, after).await?;
        rows.extend(page.found.iter().map(|entry| listed(ctx, entry, &mut warnings)));
        unreadable = unreadable.saturating_add(page.damaged.len());
        after = page.next;
        if after.is_none() {
            let mut value = json!({"documents": rows, "unreadable": unreadable});
            let warnings: Vec<String> = warnings.into_values().flatten().collect();
            if !warnings.is_empty() {
                set(&mut value, "warning", json!(warnings.join("; ")));
            }
            return Ok(value);
        }
    }
}

async fn show(ctx: &Context, which: Which, caller: &Caller) -> Result<Value, Failure> {
    let (found, _) = library::show(ctx, caller, which, Action::Read).await?;
    let mut value = entry(&found);
    set(&mut value, "manifest", json!(found.manifest.digest()));
    set(&mut value, "statement", json!(found.manifest.claimed()));
    warn(ctx, &mut value, found.manifest.claimed().organisation);
    Ok(value)
}

async fn share(
    ctx: &Context,
    document: DocumentId,
    sharing: Sharing,
    caller: &Caller,
) -> Result<Value, Failure> {
    let change = publish::share(ctx, caller, document, sharing).await?;
    Ok(json!({"document": document, "sharing": change.statement().sharing}))
}

async fn withdraw(
    ctx: &Context,
    document: DocumentId,
    reason: Option<String>,
    caller: &Caller,
) -> Result<Value, Failure> {
    let reason = reason.map(|text| text.parse()).transpose();
    let reason =
        reason.map_err(|error| Failure::of(&error, "give a shorter reason on one line"))?;
    let withdrawal = publish::withdraw(ctx, caller, document, reason).await?;
    Ok(json!({"document": document, "withdrawn": withdrawal.statement().created}))
}

async fn erase(ctx: &Context, which: Which, caller: &Caller) -> Result<Value, Failure> {
    let Erased { document, custodian, kind, time } = erase::erase(ctx, caller, which).await?;
    let mut value =
        json!({"document": document, "organisation": custodian, "kind": kind, "erased": time});
    warn(ctx, &mut value, custodian);
    Ok(value)
}

/// Reads a document; fetched first, when it is another organisation's and not here.
async fn get(
    ctx: &Context,
    channel: &mut Channel,
    which: Which,
    caller: &Caller,
) -> Result<Value, Failure> {
    let is_here = library::here(ctx, which)?.is_some();
    let resumed_from = match which.from.filter(|from| !is_here && *from != ctx.here()) {
        Some(from) => Some(
            reported(channel, |reports| async move {
                let mut progress = |done, total| reports.tell(done, total);
                fetch::fetch(ctx, caller, from, which.document, &mut progress).await
            })
            .await?,
        ),
        None => None,
    };
    let (found, reader) = library::read(ctx, caller, which, Action::Read).await?;
    body(channel, &reader).await?;
    let mut value = entry(&found);
    set(&mut value, "fetched", json!(!is_here));
    set(&mut value, "resumed_from", json!(resumed_from));
    warn(ctx, &mut value, found.manifest.claimed().organisation);
    Ok(value)
}

async fn evidence(
    ctx: &Context,
    channel: &mut Channel,
    which: Which,
    caller: &Caller,
) -> Result<Value, Failure> {
    // Both have ids of one form, and a command names one of them.
    if let Some(referral) = referral(ctx, which)? {
        return referrals::evidence(ctx, channel, referral, caller).await;
    }
    if let Some(value) = find_evidence(ctx, channel, which.document, caller).await? {
        return Ok(value);
    }
    let export = evidence::export(ctx, caller, which).await?;
    send(channel, &export.before).await?;
    body(channel, &export.reader).await?;
    send(channel, &export.after).await?;
    let federation = ctx.federation.view().fingerprint;
    let mut value = json!({"document": which.document, "federation": federation});
    match export.receipt {
        Ok(grade) => {
            set(&mut value, "receipt", json!(grade.to_string()));
            if let Grade::Witnessed { since } = grade {
                set(&mut value, "witnessed", json!(since));
            }
        }
        Err(failure) => set(&mut value, "no_receipt", json!(failure)),
    }
    warn(ctx, &mut value, which.from.unwrap_or(ctx.here()));
    Ok(value)
}

/// The referral that is meant, when there is one with this id and no such document.
fn referral(ctx: &Context, which: Which) -> Result<Option<ReferralRef>, Failure> {
    if library::here(ctx, which)?.is_some() {
        return Ok(None);
    }
    let Ok(referral) = which.document.to_string().parse() else { return Ok(None) };
    let referral = ReferralRef { referral, referrer: which.from };
    Ok(find::find(ctx, referral).is_ok().then_some(referral))
}

pub(super) fn accesses(
    ctx: &Context,
    patient: Option<&str>,
    limit: usize,
) -> Result<Value, Failure> {
    let environment = ctx.federation.view().roster().environment;
    let patient = patient.map(|text| PersonNumber::parse(text, environment)).transpose();
    let patient = patient.map_err(|error| {
        let hint = format!("this is a {environment} federation; check the number and its kind");
        Failure::of(&error, hint)
    })?;
    let patient = patient.as_ref().map(PersonNumber::reveal);
    let accesses = ctx.store.accesses(patient, limit.min(ACCESSES_MAX))?;
    let rows: Vec<Value> = accesses.found.iter().map(access).collect();
    Ok(json!({"accesses": rows, "unreadable": accesses.damaged.len()}))
}

async fn body(channel: &mut Channel, reader: &DocumentReader) -> Result<(), Failure> {
    let mut subtree = Subtree::default();
    for index in 0..reader.subtrees().count() {
        subtree = reader.subtree(index, subtree).await?;
        for chunk in subtree.chunks() {
            send(channel, chunk).await?;
        }
    }
    Ok(())
}

fn entry(entry: &Entry) -> Value {
    let mut value = described(entry.manifest.claimed(), &entry.sharing);
    set(&mut value, "kind", json!(entry.kind));
    set(&mut value, "withdrawn", json!(entry.withdrawal.is_some()));
    value
}

/// A row of the list: a copy says what is to be said of the log that it came from, which is looked up once for each member.
fn listed(
    ctx: &Context,
    found: &Entry,
    warnings: &mut BTreeMap<OrganisationNumber, Option<String>>,
) -> Value {
    let (mut value, from) = (entry(found), found.manifest.claimed().organisation);
    if from != ctx.here()
        && let Some(warning) = warnings.entry(from).or_insert_with(|| peer_logs::warning(ctx, from))
    {
        set(&mut value, "warning", json!(warning));
    }
    value
}

/// Says beside what comes from a member whose log has forked that it has.
fn warn(ctx: &Context, value: &mut Value, from: OrganisationNumber) {
    if let Some(warning) = peer_logs::warning(ctx, from) {
        set(value, "warning", json!(warning));
    }
}

fn access(record: &Record) -> Value {
    json!({
        "time": record.time,
        "organisation": record.caller.as_ref().map(|caller| caller.organisation),
        "person": record.caller.as_ref().map(|caller| caller.person),
        "role": record.caller.as_ref().map(|caller| caller.role),
        "purpose": record.caller.as_ref().map(|caller| caller.purpose),
        "because": record.because,
        "peer": record.peer,
        "action": record.action.name(),
        "documents": record.about.iter().map(|about| about.document).collect::<Vec<_>>(),
        "outcome": record.denied.map_or(json!("permitted"), |reason| json!(reason)),
        "policy": record.policy,
    })
}
