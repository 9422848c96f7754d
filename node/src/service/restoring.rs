//! A home that was copied or put back: nothing of its log is signed before a quorum of its witnesses has said that they know of no head
//! that this home does not have. Else what was signed since that copy was made would be signed a second time, otherwise.
//!
//! Publishing goes on meanwhile: records are acknowledged, and wait for their head.

use std::collections::BTreeSet;
use std::time::Duration;

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::log::witnesses::Witnesses;
use futures::future::join_all;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::ahead;
use super::context::Context;
use crate::failure::Failure;

/// How long a witness has to answer; one that does not is asked again.
const ANSWER_WAIT: Duration = Duration::from_secs(10);

/// How long until those are asked again that have not answered, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(15);

/// What an operator should know, and do; nothing when the home is where it was.
pub fn said(ctx: &Context) -> Option<String> {
    let answered = ctx.restored.answered()?;
    let view = ctx.federation.view();
    let witnesses = Witnesses::of(view.roster(), ctx.log.origin());
    let (all, quorum) = (witnesses.members().len(), witnesses.quorum());
    let by = heard(&witnesses, &answered);
    Some(format!(
        "the home was copied or put back: nothing of the log is signed until {quorum} of its {all} witnesses have said that they know no newer head; {by} have. Publishing goes on; see to it that they run and are reached"
    ))
}

/// The same as the reason why there is no signed head.
pub fn failure(ctx: &Context) -> Option<Failure> {
    let said = said(ctx)?;
    let (what, _) = said.split_once("; ").unwrap_or((&said, ""));
    Some(Failure::new(
        what,
        "see to it that the witnesses run and are reached: budstikke index status",
    ))
}

/// Returns when heads may be signed: at once when the home is where it was, else when a quorum of the witnesses that the newest roster
/// names has answered, or one of them is ahead, which stops the log. False when `stop` came first.
pub async fn wait(ctx: &Context, stop: &CancellationToken) -> bool {
    if let Some(said) = said(ctx) {
        warn!("{said}");
    }
    let mut rosters = ctx.federation.watch();
    let mut pause = PAUSE_MIN;
    while ctx.restored.is_waiting() {
        rosters.borrow_and_update();
        tokio::select! {
            () = stop.cancelled() => return false,
            () = ask_the_others(ctx) => {}
        }
        if ctx.witnessed.ahead().is_some() {
            return true;
        }
        if is_enough(ctx) {
            ctx.restored.settle();
            info!(
                "the home was copied or put back, and its witnesses know no newer head: the log is signed again"
            );
            return true;
        }
        tokio::select! {
            () = stop.cancelled() => return false,
            _ = rosters.changed() => {}
            () = sleep(pause) => {}
        }
        pause = pause.saturating_mul(2).min(PAUSE_MAX);
    }
    true
}

/// Asks every witness that has not answered yet.
async fn ask_the_others(ctx: &Context) {
    let view = ctx.federation.view();
    let answered = ctx.restored.answered().unwrap_or_default();
    let witnesses = Witnesses::of(view.roster(), ctx.log.origin());
    let others = witnesses.members().iter().filter(|(by, _)| !answered.contains(by));
    let asked = others.filter_map(|(by, _)| {
        let node = view.active(*by).ok()?.keys.node;
        Some(async move {
            if let Ok(ahead::Look::NotAhead) =
                timeout(ANSWER_WAIT, ahead::look(ctx, *by, node)).await
            {
                ctx.restored.note_answer(*by);
            }
        })
    });
    join_all(asked).await;
}

/// Whether a quorum has answered; without a witness there is nothing to wait for.
fn is_enough(ctx: &Context) -> bool {
    let view = ctx.federation.view();
    let witnesses = Witnesses::of(view.roster(), ctx.log.origin());
    let answered = ctx.restored.answered().unwrap_or_default();
    heard(&witnesses, &answered) >= witnesses.quorum()
}

/// How many of these witnesses have answered.
fn heard(witnesses: &Witnesses, answered: &BTreeSet<OrganisationNumber>) -> usize {
    witnesses.members().iter().filter(|(by, _)| answered.contains(by)).count()
}
