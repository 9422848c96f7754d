//! One referral with everything that was said in it.

use budstikke_keys::jws::Claimed;
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::referral::event::{Event, Kept};
use budstikke_protocol::referral::state::Side;
use budstikke_protocol::referral::thread::Thread;
use tokio::task::block_in_place;

use super::find::{ReferralRef, find};
use super::list::{Summary, permit, summary};
use crate::clock;
use crate::failure::Failure;
use crate::service::context::Context;
use crate::store::{Commit, EventPlace, Referral};

/// A referral for people.
#[derive(Debug)]
pub struct Shown {
    /// How it stands, and how far what was said here has come.
    pub summary: Summary,
    /// The referrer's chain, as it was signed.
    pub referrers: Vec<Claimed<Event>>,
    /// The receiver's chain, as it was signed.
    pub receivers: Vec<Claimed<Event>>,
    /// Both, merged.
    pub thread: Thread,
}

/// One referral, after the look has been recorded.
///
/// # Errors
/// When it is not here, is not permitted, is damaged, or the record cannot be written.
pub async fn show(ctx: &Context, caller: &Caller, which: ReferralRef) -> Result<Shown, Failure> {
    show_as(ctx, caller, which, Action::Follow).await
}

/// The same for another action than looking at it.
pub(super) async fn show_as(
    ctx: &Context,
    caller: &Caller,
    which: ReferralRef,
    action: Action,
) -> Result<Shown, Failure> {
    permit(ctx, caller)?;
    let referral = block_in_place(|| find(ctx, which))?;
    let record = Record::permitted(action, caller, clock::now());
    let record = record.of_referral(referral.name, &referral.state.request().patient);
    ctx.store.commit(Commit::new(record)).await?;
    let (referrers, receivers) = block_in_place(|| {
        Ok::<_, Failure>((
            chain(ctx, &referral, Side::Referrer)?,
            chain(ctx, &referral, Side::Receiver)?,
        ))
    })?;
    let kept = |chain: &[Claimed<Event>]| chain.iter().map(Kept::from).collect();
    let thread = Thread::merge(kept(&referrers), kept(&receivers)).map_err(|fault| {
        Failure::of(&fault, "the store is damaged: budstikke status says what; restore a backup")
    })?;
    Ok(Shown { summary: summary(ctx, referral), referrers, receivers, thread })
}

/// The events of one side, as they were signed.
fn chain(ctx: &Context, referral: &Referral, side: Side) -> Result<Vec<Claimed<Event>>, Failure> {
    let (mut events, mut reader) = (Vec::new(), ctx.store.referrals().events());
    for number in 1..=referral.state.chain(side).number() {
        let place = EventPlace { name: referral.name, side, number };
        let event = reader.event(place)?.ok_or_else(|| {
            Failure::new(
                format!("event {number} of referral {} is missing", referral.name),
                "the store is damaged: budstikke status says what; restore a backup",
            )
        })?;
        events.push(event);
    }
    Ok(events)
}
