//! The tasks of a running node.

use std::sync::Arc;
use std::time::Duration;

use budstikke_keys::public::PublicKey;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::standing;
use crate::failure::chain;
use crate::net::{Incoming, Role};
use crate::service::answer;
use crate::service::context::Context;
use crate::service::membership::{self, PULL_EVERY};
use crate::service::reach;
use crate::service::referral;
use crate::service::{forks, heads};

/// The most questions of peers that are answered at a time; each waits for the disk once.
const ANSWERS_MAX: usize = 256;

/// How long answers that have begun may take to end when the node stops.
const LAST_ANSWERS_MAX: Duration = Duration::from_secs(2);

/// How long what was erased may stay on a disk that has room again.
const ERASURES_EVERY: Duration = Duration::from_mins(1);

/// Answers what peers ask, each in a task of its own.
pub(super) async fn incoming(
    ctx: Arc<Context>,
    mut incoming: mpsc::Receiver<Incoming>,
    stop: CancellationToken,
) {
    let room = Arc::new(Semaphore::new(ANSWERS_MAX));
    let mut answering = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = answering.join_next(), if !answering.is_empty() => {}
            asked = next(&mut incoming, &room) => match asked {
                Some((asked, place)) => drop(answering.spawn(respond(Arc::clone(&ctx), asked, place))),
                None => break,
            }
        }
    }
    // What was permitted and recorded is answered; a stream that is still under way ends, and its receiver goes on later.
    let answered = async { while answering.join_next().await.is_some() {} };
    if timeout(LAST_ANSWERS_MAX, answered).await.is_err() {
        answering.shutdown().await;
    }
}

/// The next thing that a peer did, once there is room to deal with it.
async fn next(
    incoming: &mut mpsc::Receiver<Incoming>,
    room: &Arc<Semaphore>,
) -> Option<(Incoming, OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.ok()?;
    Some((incoming.recv().await?, place))
}

/// Deals with one thing that a peer did. The place is held only while nothing but this machine is waited for: whoever waits
/// for the network while it holds one could hold the network back. How many of those there are is bounded for each connection.
async fn respond(ctx: Arc<Context>, asked: Incoming, place: OwnedSemaphorePermit) {
    match asked {
        Incoming::Connected { peer, role } => {
            drop(place);
            connected(&ctx, peer, role).await;
        }
        Incoming::Disconnected { peer } => debug!(peer = name(&ctx, &peer), "disconnected"),
        Incoming::Hello { peer, hello, answer } => {
            answer.send(membership::hello(&ctx)).await;
            drop(place);
            membership::heard(&ctx, peer, hello).await;
        }
        Incoming::Roster { question, answer, .. } => {
            answer.send(membership::roster(&ctx, question).await).await;
        }
        Incoming::Index { peer, question, answer } => {
            answer.send(answer::index(&ctx, &peer, question).await).await;
        }
        Incoming::Reach { peer, answer } => {
            drop(place);
            answer.send(reach::dial_back(&ctx, peer).await).await;
        }
        Incoming::Referral { peer, delivery, answer } => {
            answer.send(referral::answer::answer(&ctx, &peer, delivery).await).await;
        }
        Incoming::Document { peer, stream } => {
            drop(place);
            answer::documents(&ctx, &peer, stream).await;
        }
    }
}

/// A member is there: what waits for it goes now, and the side that dialled says hello.
async fn connected(ctx: &Context, peer: PublicKey, role: Role) {
    debug!(peer = name(ctx, &peer), "connected");
    if let Some(member) = ctx.federation.view().by_node(&peer) {
        ctx.desk.appeared(member.organisation);
        ctx.announcing.appeared(member.organisation);
    }
    if role == Role::Dialler {
        membership::greet(ctx, peer).await;
    }
}

/// The organisation of a peer, for the log.
fn name(ctx: &Context, peer: &PublicKey) -> String {
    ctx.federation
        .view()
        .by_node(peer)
        .map_or_else(|| "no member".to_owned(), |member| member.organisation.to_string())
}

/// Asks a few members for news now and every minute, and repeats the warning while the roster is not in order.
pub(super) async fn news(ctx: Arc<Context>, stop: CancellationToken) {
    let mut every = interval(PULL_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = every.tick() => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = membership::pull(&ctx) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = heads::ask_again(&ctx) => {}
        }
        if let Some(line) = standing::warning(&ctx) {
            warn!("{line}");
        }
    }
}

/// Hands fork proofs on, as soon as there is one, and every minute to those who were not there.
pub(super) async fn forks(ctx: Arc<Context>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = forks::spread(&ctx) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = ctx.forks.wait() => {}
            () = sleep(PULL_EVERY) => {}
        }
    }
}

/// Takes from the disk what an erasure has left there: what an earlier run has not come to at once, and what the disk has refused
/// a minute later.
pub(super) async fn erasures(ctx: Arc<Context>, stop: CancellationToken) {
    let mut every = interval(ERASURES_EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = every.tick() => {}
        }
        if let Err(error) = ctx.store.finish_erasures().await {
            warn!(error = chain(&error), "what was erased is still on the disk");
        }
    }
}

/// Applies every new roster: who may connect, who is cut off, and who is told. Nothing waits for a peer here: a revocation
/// must not wait for one that is slow.
pub(super) async fn changes(ctx: Arc<Context>, stop: CancellationToken) {
    let mut watch = ctx.federation.watch();
    let mut greetings = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            Some(_) = greetings.join_next(), if !greetings.is_empty() => continue,
            changed = watch.changed() => if changed.is_err() { return },
        }
        let view = watch.borrow_and_update().clone();
        ctx.net.set_members(membership::members(&view, ctx.here())).await;
        info!(version = view.roster().version, "roster applied");
        // Whoever is a member from now on, or is one again, may be waited for.
        for member in view.roster().active() {
            ctx.desk.appeared(member.organisation);
            ctx.announcing.appeared(member.organisation);
        }
        // Greetings about an older roster end here.
        greetings = JoinSet::new();
        for peer in ctx.net.peers().await.into_iter().filter(|peer| peer.connected) {
            let ctx = Arc::clone(&ctx);
            greetings.spawn(async move { membership::greet(&ctx, peer.peer).await });
        }
    }
}
