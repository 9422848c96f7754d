//! Proofs that a log has forked: kept for ever, and handed on to every member.

use budstikke_keys::public::PublicKey;
use budstikke_protocol::log::checkpoint::Checkpoint;
use budstikke_protocol::log::fork::ForkProof;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::refusal::Refusal;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tokio::task::block_in_place;
use tracing::{debug, error, warn};

use super::context::Context;
use super::log_key::log_key;
use crate::clock;
use crate::failure::chain;
use crate::store::{HeadNews, StoreError};

/// Members that are told of a fork at a time.
const TOLD_AT_ONCE: usize = 16;

/// Keeps the proof that a log has forked, which was checked, and has it handed on.
///
/// # Errors
/// When it could not be kept.
pub async fn forked(ctx: &Context, origin: &Origin, proof: String) -> Result<(), StoreError> {
    if block_in_place(|| ctx.store.heads().log(origin))?.forked.is_some() {
        return Ok(());
    }
    error!(%origin, "a log HAS FORKED: there is proof of two histories; budstikke index peers shows it");
    ctx.store.heads().learn(HeadNews::Forked { origin, proof, time: clock::now() }).await?;
    ctx.forks.there_is_more();
    Ok(())
}

/// Answers whoever hands on a fork proof.
pub async fn handed(ctx: &Context, text: &str) -> IndexAnswer {
    let view = ctx.federation.view();
    let Ok(proof) = ForkProof::parse(text.as_bytes()) else { return IndexAnswer::Unknown };
    let [first, _] = proof.notes();
    let checkpoint = first.text().parse::<Checkpoint>();
    let Ok(origin) = checkpoint.map(|checkpoint| checkpoint.origin) else {
        return IndexAnswer::Unknown;
    };
    let Some(key) = log_key(view.roster(), &origin) else { return IndexAnswer::Unknown };
    if proof.verify(&key).is_err() {
        return IndexAnswer::Unknown;
    }
    match forked(ctx, &origin, text.to_owned()).await {
        Ok(()) => IndexAnswer::Kept,
        Err(error) => {
            warn!(error = chain(&error), "a fork proof could not be kept");
            IndexAnswer::Refused(Refusal::Technical)
        }
    }
}

/// Hands every fork proof on to every member that has not taken it yet.
pub async fn spread(ctx: &Context) {
    let known = block_in_place(|| ctx.store.heads().logs()).unwrap_or_default();
    for origin in known.iter().filter(|log| log.forked.is_some()).map(|log| &log.origin) {
        let Ok(Some(proof)) = block_in_place(|| ctx.store.heads().fork(origin)) else { continue };
        let view = ctx.federation.view();
        let others = view.roster().active().filter(|member| member.organisation != ctx.here());
        let untold = others.filter(|member| !ctx.forks.is_told(member.keys.node, origin));
        let mut peers: Vec<_> = untold.map(|member| member.keys.node).collect();
        let mut telling = FuturesUnordered::new();
        loop {
            while telling.len() < TOLD_AT_ONCE
                && let Some(peer) = peers.pop()
            {
                telling.push(tell(ctx, peer, origin, &proof));
            }
            if telling.next().await.is_none() {
                break;
            }
        }
    }
}

async fn tell(ctx: &Context, peer: PublicKey, origin: &Origin, proof: &str) {
    match ctx.net.index(peer, IndexQuestion::Fork(proof.to_owned())).await {
        Ok(IndexAnswer::Refused(_)) => {}
        // One that takes it for no proof has another key for the log, and is not asked twice.
        Ok(_) => ctx.forks.tell(peer, origin),
        Err(error) => debug!(error = chain(&error), "a fork proof was not handed on"),
    }
}
