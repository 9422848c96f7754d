//! Whether somebody has a head of this organisation's log that this node has not: then the node was put back to an earlier state, and
//! must sign nothing, or its log would have two histories.

use std::time::Duration;

use budstikke_keys::public::PublicKey;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::tree::{TreeHead, root_of};
use budstikke_protocol::log::witnesses::Witnesses;
use budstikke_protocol::wire::hello::LogHead;
use futures::future::join_all;
use tokio::task::block_in_place;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::shown::{Shown, shown};
use super::witnessed::Ahead;

/// How long witnesses have to answer at the start. One that is not there in that time is not waited for.
const START_WAIT: Duration = Duration::from_secs(3);

/// Asks the witnesses before anything is signed, until `stop`. One that is ahead stops the log.
pub async fn ask_first(ctx: &Context, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        // Who was in time has been heard.
        _ = timeout(START_WAIT, look_everywhere(ctx)) => {}
    }
}

async fn look_everywhere(ctx: &Context) {
    let view = ctx.federation.view();
    let witnesses = Witnesses::of(view.roster(), ctx.log.origin());
    let members = witnesses.members().iter().filter_map(|(organisation, _)| {
        Some((*organisation, view.active(*organisation).ok()?.keys.node))
    });
    join_all(members.map(|(organisation, node)| look(ctx, organisation, node))).await;
}

/// What came of asking a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It has a head that this node has not.
    Ahead,
    /// It has answered, and has no such head.
    NotAhead,
    /// It has not answered.
    NoAnswer,
}

/// Asks a member which head of this log it has, and says so when it is one that this node has not.
pub async fn look(ctx: &Context, by: OrganisationNumber, node: PublicKey) -> Look {
    let (key, origin) = (ctx.log.verifier(), ctx.log.origin());
    match shown(ctx, node, &key, origin).await {
        Shown::Checkpoint(theirs) => compare(ctx, by, &theirs),
        Shown::Nothing => Look::NotAhead,
        Shown::NoAnswer => Look::NoAnswer,
    }
}

/// Whether a head that somebody tells would be beyond what this node has made.
pub fn is_beyond(ctx: &Context, told: &LogHead) -> bool {
    let own = own(ctx);
    told.size > own.size || (told.size == own.size && told.root != *own.root.as_bytes())
}

/// Holds a checkpoint that the key of this log has signed against what this node has made.
fn compare(ctx: &Context, by: OrganisationNumber, theirs: &SignedCheckpoint) -> Look {
    let head = *theirs.head();
    if has(ctx, &head) {
        return Look::NotAhead;
    }
    if ctx.witnessed.note_ahead(Ahead { head, by }) {
        ctx.store.log().stop(format!(
            "{by} has a head of {} entries that this node has signed and does not have, so it was put back to an earlier state",
            head.size
        ));
    }
    Look::Ahead
}

/// Whether this node's log has, or had, this head. One that cannot be computed is left to whoever finds the damage.
fn has(ctx: &Context, head: &TreeHead) -> bool {
    let own = own(ctx);
    if head.size >= own.size {
        return *head == own;
    }
    let root = block_in_place(|| root_of(&ctx.store.log().reader(), head.size));
    root.map_or(true, |root| root == head.root)
}

/// The head that this node has made last, signed or not.
fn own(ctx: &Context) -> TreeHead {
    ctx.store.log().head().borrow().map_or(TreeHead::EMPTY, |head| head.tree())
}
