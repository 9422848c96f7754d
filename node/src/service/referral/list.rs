//! The referrals that are here, for people on this machine.

use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::decide::{Facts, Permit, Request, decide};
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::referral::delivery::Lateness;
use budstikke_protocol::referral::event::ReferralName;
use budstikke_protocol::referral::state::{Side, State};
use tokio::task::block_in_place;

use crate::clock;
use crate::failure::Failure;
use crate::service::context::Context;
use crate::store::{Commit, Referral};

/// How many referrals one page has, and one access record names.
const PAGE: usize = 256;

/// A referral in a list.
#[derive(Debug, Clone)]
pub struct Summary {
    /// What it is called.
    pub name: ReferralName,
    /// Which of the two this organisation is.
    pub here: Side,
    /// How it stands.
    pub state: State,
    /// How far what was said here has come.
    pub delivery: Delivery,
}

/// How far what this organisation has said in a referral has come.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The other side.
    pub to: OrganisationNumber,
    /// How many events this organisation has said.
    pub said: u32,
    /// Up to which the other side has told that it holds them.
    pub delivered: u32,
    /// Up to which the other side has signed that it has stored them.
    pub stored: u32,
    /// Since when something waits.
    pub waiting_since: Option<Timestamp>,
    /// What to think of that.
    pub lateness: Lateness,
    /// How often delivery to that organisation has failed in a row.
    pub attempts: u32,
    /// When it is tried again.
    pub next_attempt: Option<Timestamp>,
    /// What went wrong the last time.
    pub last_error: Option<String>,
}

/// A page of referrals.
#[derive(Debug)]
pub struct Page {
    /// The referrals.
    pub found: Vec<Summary>,
    /// Behind what the next page begins; nothing when this is the last.
    pub next: Option<ReferralName>,
}

/// A page of the referrals that are here, after the look at each has been recorded.
///
/// # Errors
/// When it is not permitted, or the record cannot be written; nothing is listed then.
pub async fn list(
    ctx: &Context,
    caller: &Caller,
    after: Option<ReferralName>,
) -> Result<Page, Failure> {
    let permit = permit(ctx, caller)?;
    let found = block_in_place(|| ctx.store.referrals().page(&permit, after, PAGE))?;
    let next = found.last().filter(|_| found.len() == PAGE).map(|last| last.name);
    let found = looked_at(ctx, caller, found).await?;
    Ok(Page { found, next })
}

/// The referrals of a patient, after the look at each has been recorded.
///
/// # Errors
/// As [`list`].
pub async fn of_patient(
    ctx: &Context,
    caller: &Caller,
    patient: &str,
) -> Result<Vec<Summary>, Failure> {
    let permit = permit(ctx, caller)?;
    let found = block_in_place(|| ctx.store.referrals().of_patient(&permit, patient))?;
    looked_at(ctx, caller, found).await
}

/// Decides whether the caller may look at the referrals that are here.
pub(super) fn permit(ctx: &Context, caller: &Caller) -> Result<Permit, Failure> {
    let standing = ctx.federation.view().standing(clock::now());
    let facts = Facts { here: ctx.here(), caller, standing };
    decide(&facts, Request::List).map_err(|reason| {
        Failure::new(
            format!("the policy of this node does not permit it ({reason:?})"),
            "see docs/operate.md, Access",
        )
    })
}

async fn looked_at(
    ctx: &Context,
    caller: &Caller,
    found: Vec<Referral>,
) -> Result<Vec<Summary>, Failure> {
    let record = Record::permitted(Action::Follow, caller, clock::now());
    let record = found.iter().fold(record, |record, referral| {
        record.of_referral(referral.name, &referral.state.request().patient)
    });
    ctx.store.commit(Commit::new(record)).await?;
    Ok(found.into_iter().map(|referral| summary(ctx, referral)).collect())
}

/// A referral as a list shows it.
pub(super) fn summary(ctx: &Context, referral: Referral) -> Summary {
    let delivery = delivery(ctx, &referral);
    let Referral { name, state, here, .. } = referral;
    Summary { name, here, state, delivery }
}

/// How far what this organisation has said has come.
pub(super) fn delivery(ctx: &Context, referral: &Referral) -> Delivery {
    let (said, _) = referral.held();
    let to = referral.other();
    let trouble = ctx.desk.trouble(to).filter(|_| referral.waiting.is_some());
    let fault = ctx.desk.fault(referral.name).map(|fault| format!("it was not taken ({fault})"));
    let error = trouble.as_ref().map(|trouble| trouble.error.clone());
    Delivery {
        to,
        said,
        delivered: referral.delivered,
        stored: referral.state.chain(referral.here.other()).stored(),
        waiting_since: referral.waiting.map(|waiting| waiting.since),
        lateness: referral.waiting.map_or(Lateness::OnTime, |waiting| {
            lateness(waiting.since, waiting.tried, clock::now())
        }),
        attempts: trouble.as_ref().map_or(0, |trouble| trouble.attempts),
        next_attempt: trouble.map(|trouble| trouble.next),
        last_error: fault.or(error),
    }
}

/// What to think of something that waits since `since` and that somebody had tried once more at `tried`: it is late since the
/// first, and given up since the second.
pub(super) fn lateness(since: Timestamp, tried: Timestamp, now: Timestamp) -> Lateness {
    match Lateness::of(tried, now) {
        Lateness::Dead => Lateness::Dead,
        Lateness::OnTime | Lateness::Late => Lateness::of(since, now).min(Lateness::Late),
    }
}
