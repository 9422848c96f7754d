//! Keeping mirrors fresh: whoever was heard to have a newer head is asked how its index stands, before anybody searches.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use budstikke_protocol::ids::OrganisationNumber;
use futures::StreamExt as _;
use futures::stream;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::mirror::refresh;
use super::rosters::Rosters;
use crate::failure::chain;
use crate::service::context::Context;

/// How often those are looked at who were asked too lately.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How many are asked at a time; searches keep most of the places.
const AT_ONCE: usize = 4;

/// Asks whoever is ahead of its mirror, until `stop`.
pub async fn keep(ctx: Arc<Context>, stop: CancellationToken) {
    let mut asked: BTreeMap<OrganisationNumber, Instant> = BTreeMap::new();
    let mut every = interval(LOOK_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = ctx.mirrors.behind().wait() => {}
            _ = every.tick() => {}
        }
        let due = ctx.mirrors.behind().due(&asked);
        asked.extend(due.iter().map(|member| (*member, Instant::now())));
        tokio::select! {
            () = stop.cancelled() => return,
            () = round(&ctx, due) => {}
        }
    }
}

async fn round(ctx: &Context, due: Vec<OrganisationNumber>) {
    if due.is_empty() {
        return;
    }
    let rosters = Rosters::of(ctx).await;
    let asking: Vec<_> = due.into_iter().map(|member| one(ctx, &rosters, member)).collect();
    stream::iter(asking).buffer_unordered(AT_ONCE).collect::<()>().await;
}

async fn one(ctx: &Context, rosters: &Rosters, organisation: OrganisationNumber) {
    let member = rosters.newest().active().find(|member| member.organisation == organisation);
    let Some(member) = member else { return };
    if let Err(trouble) = refresh(ctx, rosters, member).await {
        debug!(error = chain(&trouble), %organisation, "the mirror of an index was not refreshed");
    }
}
