//! What an operator is shown of the logs of all members, and of who cosigns this one.

use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::policy::Policy;
use budstikke_protocol::log::witnesses::Witnesses;
use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::context::Context;
use super::heads;
use crate::clock;
use crate::failure::Failure;
use crate::store::{KnownHead, KnownLog, StoreError};
use budstikke_protocol::ids::OrganisationNumber;

/// Of every other member: its log, as far as this node knows it.
///
/// # Errors
/// When the store cannot be read.
pub fn list(ctx: &Context) -> Result<Vec<Value>, Failure> {
    let view = ctx.federation.view();
    let roster = view.roster();
    let others = roster.members.iter().filter(|member| member.organisation != ctx.here());
    let rows = others.map(|member| {
        let origin = Origin::records(roster.federation.clone(), member.organisation);
        let known = block_in_place(|| ctx.store.heads().log(&origin))?;
        let witnesses = Witnesses::of(roster, &origin);
        let is_witness =
            witnesses.members().iter().any(|(organisation, _)| *organisation == ctx.here());
        Ok(json!({
            "organisation": member.organisation,
            "name": member.name,
            "log": state(&known),
            "size": known.seen.map(|seen| seen.head.size),
            "root": known.seen.map(|seen| seen.head.root.to_string()),
            "time": known.seen.map(|seen| seen.time),
            "witness": is_witness,
            "cosigned": known.cosigned.map(|KnownHead { head, .. }| head.size),
            "origin": origin.to_string(),
        }))
    });
    rows.collect::<Result<_, StoreError>>().map_err(Failure::from)
}

/// The fork proof, or the accusation that was not answered, of the log of a member.
///
/// # Errors
/// When there is none.
pub fn evidence(ctx: &Context, organisation: OrganisationNumber) -> Result<String, Failure> {
    let origin = Origin::records(ctx.federation.view().roster().federation.clone(), organisation);
    let heads = ctx.store.heads();
    let proof = block_in_place(|| {
        Ok::<_, StoreError>(heads.fork(&origin)?.or(heads.accusation(&origin)?))
    })?;
    proof.ok_or_else(|| {
        Failure::new(
            format!("there is nothing against the log of {organisation}"),
            "budstikke index peers shows what is known of each log",
        )
    })
}

/// How a log is, in words.
fn state(known: &KnownLog) -> String {
    if let Some(since) = known.forked {
        return format!("FORKED: proven since {since}");
    }
    if let Some(since) = known.accused {
        let word = if heads::is_forked(known, clock::now()) { "FORKED" } else { "ACCUSED" };
        return format!("{word}: no answer since {since}");
    }
    if known.seen.is_some() { "good".to_owned() } else { "nothing known".to_owned() }
}

/// What is to be said beside everything that comes from a member whose log has forked; nothing when it has not.
pub fn warning(ctx: &Context, organisation: OrganisationNumber) -> Option<String> {
    let origin = Origin::records(ctx.federation.view().roster().federation.clone(), organisation);
    let known = block_in_place(|| ctx.store.heads().log(&origin)).ok()?;
    let is_bad = known.forked.is_some() || known.accused.is_some();
    is_bad.then(|| format!("the log of {organisation} is {}", state(&known)))
}

/// How far the log of this node is witnessed, in words, and what each witness says.
pub fn witnesses(ctx: &Context) -> Value {
    let view = ctx.federation.view();
    let assigned = Witnesses::of(view.roster(), ctx.log.origin());
    let asked = ctx.witnessed.asked();
    let newest = ctx.witnessed.newest().borrow().clone();
    let policy = Policy::of(view.roster(), ctx.log.origin());
    let since = newest.as_ref().and_then(|newest| policy.witnessed(newest).ok().flatten());
    let each = assigned.members().iter().map(|(organisation, _)| {
        let asked = asked.get(organisation);
        json!({
            "organisation": organisation,
            "cosigned": asked.and_then(|asked| asked.cosigned).map(|(size, _)| size),
            "time": asked.and_then(|asked| asked.cosigned).map(|(_, time)| time),
            "trouble": asked.and_then(|asked| asked.trouble.clone()),
        })
    });
    json!({
        "quorum": assigned.quorum(),
        "witnesses": each.collect::<Vec<_>>(),
        "size": newest.map(|newest| newest.head().size),
        "since": since,
        "ahead": ctx.witnessed.ahead().map(|ahead| json!({
            "organisation": ahead.by,
            "size": ahead.head.size,
            "root": ahead.head.root.to_string(),
        })),
    })
}
