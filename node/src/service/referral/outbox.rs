//! What waits for delivery, and trying it once more.

use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::referral::delivery::Lateness;
use budstikke_protocol::referral::event::ReferralName;
use tokio::task::block_in_place;

use super::list::{delivery, lateness};
use crate::clock;
use crate::failure::Failure;
use crate::service::context::Context;
use crate::store::{Change, Commit, StoreError};

/// The most lines of one list, and the most referrals that are tried once more at a time.
const LINES_MAX: usize = 10_000;

/// Referrals of which one commit says that they are tried once more.
const RETRIED_EACH: usize = 256;

/// A referral in which something waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxLine {
    /// Which.
    pub name: ReferralName,
    /// For whom.
    pub to: OrganisationNumber,
    /// How many events wait.
    pub events: u32,
    /// Since when.
    pub since: Timestamp,
    /// What to think of that.
    pub lateness: Lateness,
    /// How often delivery to that organisation has failed in a row.
    pub attempts: u32,
    /// When it is tried again.
    pub next_attempt: Option<Timestamp>,
    /// What went wrong the last time.
    pub last_error: Option<String>,
}

/// What waits, without names of patients: as many of each, for the operator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Referrals in which something waits.
    pub waiting: usize,
    /// Those of them that people should look at.
    pub late: usize,
    /// Those that are not tried any more.
    pub dead: usize,
}

/// What waits, by organisation, oldest first.
///
/// # Errors
/// When the store cannot be read.
pub fn outbox(ctx: &Context) -> Result<Vec<OutboxLine>, Failure> {
    Ok(block_in_place(|| lines(ctx))?)
}

fn lines(ctx: &Context) -> Result<Vec<OutboxLine>, StoreError> {
    let mut lines = Vec::new();
    for to in ctx.store.referrals().receivers()? {
        let left = LINES_MAX.saturating_sub(lines.len());
        for outgoing in ctx.store.referrals().outgoing(to, Timestamp::UNIX_EPOCH, left)? {
            let Some(referral) = ctx.store.referrals().get(outgoing.name)? else { continue };
            let delivery = delivery(ctx, &referral);
            lines.push(OutboxLine {
                name: outgoing.name,
                to,
                events: delivery.said.saturating_sub(delivery.delivered),
                since: outgoing.waiting.since,
                lateness: delivery.lateness,
                attempts: delivery.attempts,
                next_attempt: delivery.next_attempt,
                last_error: delivery.last_error,
            });
        }
    }
    Ok(lines)
}

/// How much waits.
///
/// # Errors
/// When the store cannot be read.
pub fn counts(ctx: &Context) -> Result<Counts, Failure> {
    let now = clock::now();
    let mut counts = Counts::default();
    let found = block_in_place(|| -> Result<Vec<_>, StoreError> {
        let referrals = ctx.store.referrals();
        let each = |to| referrals.outgoing(to, Timestamp::UNIX_EPOCH, LINES_MAX);
        referrals.receivers()?.into_iter().map(each).collect()
    })?;
    for waiting in found.into_iter().flatten().map(|outgoing| outgoing.waiting) {
        counts.waiting = counts.waiting.saturating_add(1);
        match lateness(waiting.since, waiting.tried, now) {
            Lateness::OnTime => {}
            Lateness::Late => counts.late = counts.late.saturating_add(1),
            Lateness::Dead => counts.dead = counts.dead.saturating_add(1),
        }
    }
    Ok(counts)
}

/// Tries what waits once more, also what was given up; for one organisation or for all. Gives in how many referrals.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn retry(
    ctx: &Context,
    caller: &Caller,
    to: Option<OrganisationNumber>,
) -> Result<usize, Failure> {
    let lines = outbox(ctx)?;
    let lines: Vec<_> = lines.iter().filter(|line| to.is_none_or(|to| to == line.to)).collect();
    for some in lines.chunks(RETRIED_EACH) {
        let record = Record::permitted(Action::Deliver, caller, clock::now());
        let changes = some.iter().map(|line| Change::Retried(line.name));
        ctx.store.commit(changes.fold(Commit::new(record), Commit::with)).await?;
    }
    for line in &lines {
        ctx.desk.waits(line.to);
        ctx.desk.appeared(line.to);
    }
    Ok(lines.len())
}
