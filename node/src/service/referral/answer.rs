//! Answering a delivery: what is taken is on the disk before the answer leaves.

use budstikke_keys::public::PublicKey;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::limits::{DELIVERY_THREADS_MAX, REFERRAL_BYTES_MAX};
use budstikke_protocol::wire::referral::{Parcel, ReferralAnswer, ReferralDelivery, Taken};
use budstikke_protocol::wire::refusal::Refusal;
use tokio::task::block_in_place;
use tracing::warn;

use super::marks;
use super::parcel::{held, lacking};
use super::take::{Outcome, Told, take};
use crate::clock;
use crate::failure::chain;
use crate::service::context::Context;
use crate::service::questions::Turn;
use crate::store::StoreError;

/// Deliveries that a member may make in a minute: ten times the peak of all referral messages of the country, since each may carry
/// one only.
const DELIVERIES_PER_MINUTE: u32 = 12_000;

/// After how many seconds to come again when too much is under way, and when the disk takes nothing.
const BUSY_SECONDS: u32 = 1;
const DISK_SECONDS: u32 = 60;

/// Referrals that are read from the store at a time.
const PAGE: usize = 256;

/// The most bytes of events in an answer; the rest of the message is for what stands around them.
const EVENTS_BYTES_MAX: usize = REFERRAL_BYTES_MAX / 2;

/// Takes a delivery of `peer`, and gives it what it lacks.
pub async fn answer(ctx: &Context, peer: &PublicKey, delivery: ReferralDelivery) -> ReferralAnswer {
    let (view, now) = (ctx.federation.view(), clock::now());
    let Some(member) = view.by_node(peer) else {
        return ReferralAnswer::Refused(Refusal::NotPermitted);
    };
    if !view.standing(now).permits_exchange() {
        return ReferralAnswer::Refused(Refusal::Technical);
    }
    match ctx.deliveries.count(member.organisation, DELIVERIES_PER_MINUTE, now) {
        Turn::Now => {}
        Turn::First { seconds } | Turn::Later { seconds } => {
            return ReferralAnswer::Full { retry_after: seconds };
        }
    }
    let Some(_room) = ctx.desk.room() else {
        return ReferralAnswer::Full { retry_after: BUSY_SECONDS };
    };
    if delivery.parcels.is_empty() {
        return match block_in_place(|| recall(ctx, member.organisation)) {
            Ok(()) => ReferralAnswer::Taken(Vec::new()),
            Err(error) => full(&error),
        };
    }
    let parcels = delivery.parcels.into_iter().take(DELIVERY_THREADS_MAX).collect::<Vec<_>>();
    let told: Vec<_> = parcels
        .iter()
        .map(|parcel| Told { name: parcel.name(), held: parcel.held, events: &parcel.events })
        .collect();
    let outcomes: Result<Vec<_>, _> = take(ctx, member, &told).await.into_iter().collect();
    let outcomes = match outcomes {
        Ok(outcomes) => outcomes,
        Err(error) => return full(&error),
    };
    let delivered = outcomes.iter().filter_map(|outcome| outcome.delivered).collect();
    if let Err(error) = marks::commit(ctx, member.organisation, delivered).await {
        return full(&error);
    }
    match block_in_place(|| taken(ctx, &parcels, outcomes)) {
        Ok(taken) => {
            // What goes with this answer counts as delivered only when the other side has said so.
            if taken.iter().any(|taken| !taken.events.is_empty()) {
                ctx.desk.answered(member.organisation);
            }
            ReferralAnswer::Taken(taken)
        }
        Err(error) => full(&error),
    }
}

/// The home of a member was put back: it may have lost anything, and is asked of every referral with it what it holds.
fn recall(ctx: &Context, member: OrganisationNumber) -> Result<(), StoreError> {
    // Asking again and again must not cost more than asking once.
    if ctx.desk.is_doubting(member) {
        return Ok(());
    }
    let mut after = None;
    loop {
        let page = ctx.store.referrals().all(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.name);
        let shared = page.iter().filter(|referral| referral.other() == member);
        ctx.desk.doubt(member, shared.map(|referral| referral.name));
    }
}

fn taken(
    ctx: &Context,
    parcels: &[Parcel],
    outcomes: Vec<Outcome>,
) -> Result<Vec<Taken>, StoreError> {
    let mut bytes = EVENTS_BYTES_MAX;
    let mut all = Vec::with_capacity(outcomes.len());
    for (parcel, outcome) in parcels.iter().zip(outcomes) {
        let fault = outcome.fault.map(str::to_owned);
        let here = outcome.held.unwrap_or_default();
        if (here.own, here.theirs) == (parcel.held.theirs, parcel.held.own) {
            all.push(Taken { held: here, events: Vec::new(), fault });
            continue;
        }
        let Some(referral) = ctx.store.referrals().get(parcel.name())? else {
            all.push(Taken { held: here, events: Vec::new(), fault });
            continue;
        };
        let events = lacking(ctx, &referral, parcel.held, bytes)?;
        bytes = bytes.saturating_sub(events.iter().map(String::len).sum());
        all.push(Taken { held: held(&referral), events, fault });
    }
    Ok(all)
}

/// Nothing is lost: whoever delivers keeps it, and comes again.
fn full(error: &StoreError) -> ReferralAnswer {
    warn!(error = chain(error), "a delivery of referrals could not be taken");
    ReferralAnswer::Full { retry_after: DISK_SECONDS }
}
