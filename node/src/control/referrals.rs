//! Commands about referrals and what waits for other organisations.

use std::time::Duration;

use budstikke_protocol::access::question::Caller;
use budstikke_protocol::document::codes::TypeCode;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::DocumentId;
use budstikke_protocol::referral::event::ReferralName;
use budstikke_protocol::referral::status::Status;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::body::send as send_body;
use super::channel::Channel;
use super::message::{OutboxOrder, ReferralOrder, Reply};
use super::shapes::{self, set};
use crate::failure::Failure;
use crate::service::context::Context;
use crate::service::publish::{self, Form};
use crate::service::referral::find::ReferralRef;
use crate::service::referral::list::Summary;
use crate::service::referral::say::{What, say};
use crate::service::referral::send::{SendForm, Sent, send};
use crate::service::referral::{evidence, list, outbox, show};
use crate::store::Referral;

/// How long a command waits for the other side to have stored what was said; after that, delivery goes on without it.
const STORED_WAIT: Duration = Duration::from_secs(5);

/// How far a delivery can come: kept here, stored there.
const STAGES: u64 = 2;

/// The most referrals that one command lists; more than a person reads.
const LISTED_MAX: usize = 100_000;

/// Of how many events of each side, the newest, the receipts are shown: each of the other side's is a question to its node.
const RECEIPTS_SHOWN_MAX: usize = 64;

/// Carries out an order of `caller`.
pub(super) async fn carry_out(
    ctx: &Context,
    channel: &mut Channel,
    order: ReferralOrder,
    caller: &Caller,
) -> Result<Value, Failure> {
    match order {
        ReferralOrder::Send(form) => sent(ctx, channel, *form, caller).await,
        ReferralOrder::Say { which, what } => said(ctx, channel, (which, *what), caller).await,
        ReferralOrder::List { patient, status } => listed(ctx, patient, status, caller).await,
        ReferralOrder::Show(which) => shown(ctx, which, caller).await,
        ReferralOrder::Watch => Err(Failure::new(
            "watching has no answer of its own",
            "use a budstikke of the same version as the node",
        )),
    }
}

/// Carries out an order about what waits.
pub(super) async fn outbox(
    ctx: &Context,
    order: OutboxOrder,
    caller: &Caller,
) -> Result<Value, Failure> {
    match order {
        OutboxOrder::List => {
            let lines = outbox::outbox(ctx)?;
            let lines: Vec<_> = lines.iter().map(|line| shapes::waiting(ctx, line)).collect();
            Ok(json!({ "waiting": lines }))
        }
        OutboxOrder::Retry(to) => {
            let retried = outbox::retry(ctx, caller, to).await?;
            Ok(json!({ "to": to, "retried": retried }))
        }
    }
}

async fn sent(
    ctx: &Context,
    channel: &mut Channel,
    form: SendForm,
    caller: &Caller,
) -> Result<Value, Failure> {
    let Sent { name, state, warning } = send(ctx, caller, form).await?;
    let is_stored = stored(ctx, channel, (name, 1)).await?;
    let mut value = shapes::state(ctx, &state);
    set(&mut value, "stored", json!(is_stored));
    set(&mut value, "warning", json!(warning));
    Ok(value)
}

async fn said(
    ctx: &Context,
    channel: &mut Channel,
    (which, mut what): (ReferralRef, What),
    caller: &Caller,
) -> Result<Value, Failure> {
    if let What::Redirect { evidence, .. } = &mut what {
        // Whoever is next gets proof of all that was said before.
        *evidence = Some(published(ctx, which, caller).await?);
    }
    let spoken = say(ctx, caller, which, what).await?;
    let number = spoken.state.side(ctx.here()).map_or(0, |side| spoken.state.chain(side).number());
    let is_stored = stored(ctx, channel, (spoken.name, number)).await?;
    let mut value = shapes::state(ctx, &spoken.state);
    set(&mut value, "stored", json!(is_stored));
    if let Some((_, state)) = &spoken.continued {
        set(&mut value, "continued", shapes::state(ctx, state));
    }
    Ok(value)
}

/// Waits until the other side has stored this organisation's event with this number, and tells how far it has come meanwhile.
async fn stored(
    ctx: &Context,
    channel: &mut Channel,
    (name, number): (ReferralName, u32),
) -> Result<bool, Failure> {
    progress(channel, 1).await?;
    let waiter = ctx.desk.waiter(name);
    let storing = async {
        loop {
            let news = waiter.news().notified();
            tokio::pin!(news);
            news.as_mut().enable();
            let referral = ctx.store.referrals().get(name)?;
            let is_stored = |it: Referral| it.state.chain(it.here.other()).stored() >= number;
            if referral.is_some_and(is_stored) {
                return Ok::<_, Failure>(true);
            }
            news.await;
        }
    };
    let is_stored = timeout(STORED_WAIT, storing).await.unwrap_or(Ok(false))?;
    if is_stored {
        progress(channel, STAGES).await?;
    }
    Ok(is_stored)
}

async fn progress(channel: &mut Channel, done: u64) -> Result<(), Failure> {
    let sent = channel.send(&Reply::Progress { done, total: STAGES }).await;
    sent.map_err(|error| Failure::of(&error, "the command's sender is gone"))
}

/// Publishes the evidence of a referral for whoever it is redirected to.
async fn published(
    ctx: &Context,
    which: ReferralRef,
    caller: &Caller,
) -> Result<DocumentId, Failure> {
    let fault = "this is a fault of the program; please report it";
    let export = evidence::export(ctx, caller, which).await?;
    let form = Form {
        patient: export.patient.reveal().to_owned(),
        document_type: "I01-2".parse::<TypeCode>().map_err(|error| Failure::of(&error, fault))?,
        title: "Henvisning: bevis".parse().map_err(|error| Failure::of(&error, fault))?,
        language: "nb".parse().map_err(|error| Failure::of(&error, fault))?,
        content_type: "application/x-tar".parse().map_err(|error| Failure::of(&error, fault))?,
        confidentiality: "N".parse().map_err(|error| Failure::of(&error, fault))?,
        blocks: Vec::new(),
        author: None,
        sharing: Sharing::Nobody,
        relates_to: Vec::new(),
    };
    let mut publishing = publish::begin(ctx, form)?;
    publishing.push(&export.file).await?;
    Ok(publishing.finish(ctx, caller).await?.statement().document)
}

async fn listed(
    ctx: &Context,
    patient: Option<String>,
    status: Option<Status>,
    caller: &Caller,
) -> Result<Value, Failure> {
    let mut rows = Vec::new();
    let mut take = |found: Vec<Summary>| {
        let wanted = found.into_iter();
        let wanted = wanted.filter(|it| status.is_none_or(|status| it.state.status() == status));
        rows.extend(wanted.map(|summary| shapes::summary(ctx, &summary)));
        rows.len()
    };
    if let Some(patient) = patient {
        take(list::of_patient(ctx, caller, &patient).await?);
        return Ok(json!({ "referrals": rows }));
    }
    let mut after = None;
    loop {
        let page = list::list(ctx, caller, after).await?;
        after = page.next;
        if take(page.found) >= LISTED_MAX || after.is_none() {
            return Ok(json!({ "referrals": rows }));
        }
    }
}

async fn shown(ctx: &Context, which: ReferralRef, caller: &Caller) -> Result<Value, Failure> {
    let shown = show::show(ctx, caller, which).await?;
    let receipts = evidence::receipts(ctx, &shown, RECEIPTS_SHOWN_MAX).await;
    Ok(shapes::thread(ctx, &shown, &receipts))
}

/// Sends evidence of a referral.
pub(super) async fn evidence(
    ctx: &Context,
    channel: &mut Channel,
    which: ReferralRef,
    caller: &Caller,
) -> Result<Value, Failure> {
    let export = evidence::export(ctx, caller, which).await?;
    send_body(channel, &export.file).await?;
    Ok(json!({
        "referral": export.name.referral,
        "referrer": export.name.referrer,
        "federation": ctx.federation.view().fingerprint,
        "events": export.events,
        "without_receipt": export.unproven,
        "no_receipt": export.reason,
    }))
}
