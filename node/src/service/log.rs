//! The signed head of this organisation's log: made at most once a second, at once when nothing was made lately.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::block_in_place;
use tokio::time::{Instant, interval, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::ahead;
use super::context::Context;
use super::restoring;
use crate::clock;
use crate::failure::chain;

/// The least time between two heads: so many records as come within it share one, and its sync.
const HEADS_APART: Duration = Duration::from_secs(1);

/// How often it is looked whether an epoch has lasted long enough, also where nothing comes.
const AGES_APART: Duration = Duration::from_hours(1);

/// Makes heads as records come, and signs them, until `stop`.
pub async fn keep(ctx: Arc<Context>, stop: CancellationToken) {
    if !begin(&ctx, &stop).await {
        return;
    }
    let (mut heads, mut entries) = (ctx.store.log().head(), ctx.store.log().entries());
    let mut wanted = ctx.store.lists().wants_head();
    let (mut next, mut ages) = (Instant::now(), interval(AGES_APART));
    loop {
        let head = *heads.borrow_and_update();
        let signed = ctx.log.newest().borrow().as_ref().map(|signed| signed.head);
        let is_ahead = ctx.witnessed.ahead().is_some();
        if let Some(head) = head.filter(|_| signed != head && !is_ahead) {
            ctx.log.sign(head);
        }
        let has_news = *entries.borrow_and_update() > head.map_or(0, |head| head.size)
            || *wanted.borrow_and_update()
            || block_in_place(|| ctx.store.log().has_unanchored()).unwrap_or(false);
        let is_due = has_news && ctx.store.log().stopped().is_none() && !is_ahead;
        tokio::select! {
            () = stop.cancelled() => return,
            changed = heads.changed() => if changed.is_err() { return },
            changed = entries.changed() => if changed.is_err() { return },
            changed = wanted.changed() => if changed.is_err() { return },
            _ = ages.tick() => renew(&ctx),
            () = sleep_until(next), if is_due => {
                next = Instant::now().checked_add(HEADS_APART).unwrap_or(next);
                checkpoint(&ctx).await;
            }
        }
    }
}

/// Makes a head of the log as it is.
async fn checkpoint(ctx: &Context) {
    if let Err(error) = ctx.store.log().checkpoint(clock::unix_milliseconds()).await {
        warn!(error = chain(&error), "no head of the log could be made");
    }
}

/// Has the labels be made anew when they are old.
fn renew(ctx: &Context) {
    if let Err(error) = ctx.store.lists().renew_when_old(clock::unix_milliseconds()) {
        warn!(error = chain(&error), "no new epoch can begin");
    }
}

/// What was signed before is signed again; what comes behind it, only when no witness has something else. A home that was put back
/// signs nothing before. False when `stop` came first.
async fn begin(ctx: &Context, stop: &CancellationToken) -> bool {
    let is_restored = ctx.restored.is_waiting();
    if is_restored && !restoring::wait(ctx, stop).await {
        return false;
    }
    let head = *ctx.store.log().head().borrow();
    if let Some(head) = head.filter(|_| ctx.witnessed.ahead().is_none()) {
        ctx.log.sign(head);
    }
    if let Some(cosigned) = ctx.witnessed.newest().borrow().as_deref() {
        ctx.log.replace(cosigned);
    }
    if !is_restored {
        ahead::ask_first(ctx, stop).await;
    }
    true
}
