//! Membership news: a hello on every connection, a pull from a few members every minute, and every roster on the way walked through.

use std::time::Duration;

use budstikke_keys::jws::SignedByMany;
use budstikke_keys::public::PublicKey;
use budstikke_protocol::federation::accept::RosterError;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::limits::ROSTER_BYTES_MAX;
use budstikke_protocol::wire::hello::{Hello, RosterHead};
use budstikke_protocol::wire::roster::{RosterAnswer, RosterQuestion};
use tracing::{debug, error, info, warn};

use super::context::Context;
use super::federation::View;
use super::heads;
use crate::clock;
use crate::entropy;
use crate::failure::chain;
use crate::net::Members;
use crate::rosters::{Handed, RostersError};

/// How often a few members are asked for news, and how many.
pub const PULL_EVERY: Duration = Duration::from_mins(1);
const PULL_FROM: usize = 3;

/// The most versions that are walked through for one hello; the next hello goes on from there.
const WALK_MAX: u64 = 1024;

/// The members that this node connects to, as the roster names them.
pub fn members(view: &View, here: OrganisationNumber) -> Members {
    let others = view.roster().active().filter(|member| member.organisation != here);
    others
        .map(|member| {
            (member.keys.node, member.addresses.iter().map(ToString::to_string).collect())
        })
        .collect()
}

/// What this node says of itself.
pub fn hello(ctx: &Context) -> Hello {
    let (roster, heads) = (ctx.federation.view().head(), heads::told(ctx));
    Hello { roster, time: clock::now().unix_seconds(), heads }
}

/// Greets a member, and takes what news it has.
pub async fn greet(ctx: &Context, peer: PublicKey) {
    match ctx.net.hello(peer, hello(ctx)).await {
        Ok(theirs) => heard(ctx, peer, theirs).await,
        Err(error) => debug!(error = chain(&error), "no hello"),
    }
}

/// Greets a few members that are picked at random.
pub async fn pull(ctx: &Context) {
    let view = ctx.federation.view();
    let mut others: Vec<PublicKey> = members(&view, ctx.here()).keys().copied().collect();
    for _ in 0..PULL_FROM {
        let Ok(random) = entropy::draw::<8>() else { return };
        let at = u64::from_be_bytes(*random).checked_rem(u64::try_from(others.len()).unwrap_or(0));
        let Some(at) = at.and_then(|at| usize::try_from(at).ok()) else { return };
        greet(ctx, others.swap_remove(at)).await;
    }
}

/// Takes note of a hello: the peer's clock, the rosters that it has and this node has not, and the heads of logs.
pub async fn heard(ctx: &Context, peer: PublicKey, theirs: Hello) {
    if let Some(member) = ctx.federation.view().by_node(&peer) {
        ctx.drift
            .note(member.organisation, theirs.time.saturating_sub(clock::now().unix_seconds()));
    }
    if !ctx.walks.begin(peer, theirs.roster) {
        return;
    }
    walk(ctx, peer, theirs.roster).await;
    // Behind the rosters, which name the keys; and within the walk, so that each peer has one such task at a time.
    heads::heard(ctx, peer, &theirs.heads).await;
    // Once more for what was said meanwhile, and no further: a peer must not keep this task for itself.
    if let Some(later) = ctx.walks.end(peer)
        && later != theirs.roster
        && ctx.walks.begin(peer, later)
    {
        walk(ctx, peer, later).await;
        ctx.walks.end(peer);
    }
}

async fn walk(ctx: &Context, peer: PublicKey, theirs: RosterHead) {
    if let Err(error) = catch_up(ctx, peer, theirs).await {
        warn!(error = chain(&error), "a peer's rosters were refused");
    }
}

async fn catch_up(ctx: &Context, peer: PublicKey, theirs: RosterHead) -> Result<(), RostersError> {
    for _ in 0..WALK_MAX {
        let ours = ctx.federation.view().head();
        if theirs.version < ours.version || theirs == ours {
            return Ok(());
        }
        if theirs.version == ours.version {
            return fork(ctx, peer, ours.version).await;
        }
        let wanted = ours.version.saturating_add(1);
        let Some(roster) = ask(ctx, peer, wanted).await? else { return Ok(()) };
        match ctx.federation.take(roster).await {
            Ok(Handed::Accepted) => info!(version = wanted, "roster taken from a peer"),
            // Another task took one of this version meanwhile.
            Ok(Handed::Known | Handed::Fork) => return Ok(()),
            // Theirs does not build on ours, or was signed by stewards whom ours does not name: somewhere before it there
            // may be two.
            Err(RostersError::Rule(
                RosterError::WrongPrevious { .. } | RosterError::TooFewSignatures { .. },
            )) => {
                return fork(ctx, peer, ours.version).await;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Looks for the lowest version of which the peer has another roster: that is where operators have to settle it.
async fn fork(ctx: &Context, peer: PublicKey, version: u64) -> Result<(), RostersError> {
    let Some(mut theirs) = ask(ctx, peer, version).await? else { return Ok(()) };
    for _ in 0..WALK_MAX {
        if ctx.federation.is_built_on_ours(theirs.statement()).await {
            break;
        }
        let before = theirs.statement().version.saturating_sub(1);
        match ask(ctx, peer, before).await? {
            // The digest names the roster, so that no other can be shown in its place.
            Some(earlier) if theirs.statement().previous == Some(earlier.payload_digest()) => {
                theirs = earlier;
            }
            // A peer that does not show the way back still has shown two of this version.
            _ => break,
        }
    }
    let version = theirs.statement().version;
    if ctx.federation.take(theirs).await? == Handed::Fork {
        forked(version);
    }
    Ok(())
}

fn forked(version: u64) {
    error!(
        version,
        "two rosters of one version, both signed by enough stewards: patient data is not exchanged until an operator settles it"
    );
}

async fn ask(
    ctx: &Context,
    peer: PublicKey,
    version: u64,
) -> Result<Option<SignedByMany<Roster>>, RostersError> {
    match ctx.net.roster(peer, RosterQuestion { version }).await {
        Ok(RosterAnswer::Roster(json)) => {
            Ok(Some(SignedByMany::parse(json.as_bytes(), ROSTER_BYTES_MAX)?))
        }
        Ok(RosterAnswer::Unknown) => Ok(None),
        Err(error) => {
            debug!(error = chain(&error), "no roster");
            Ok(None)
        }
    }
}

/// Answers a question for a roster.
pub async fn roster(ctx: &Context, question: RosterQuestion) -> RosterAnswer {
    ctx.federation
        .version(question.version)
        .await
        .map_or(RosterAnswer::Unknown, RosterAnswer::Roster)
}
