//! Heads of logs: what is told of them, what is made of those that others tell, and what becomes of a log that shows two.
//!
//! A head in a hello is signed by nobody. One that says something new is asked for as a note; the note is held against the largest
//! head seen, and the log itself has to prove that the one continues the other. So two nodes that were shown two
//! histories find out as soon as they talk, with no witness between them.

use std::collections::BTreeSet;

use budstikke_keys::note::{Note, VerifierKey};
use budstikke_keys::public::PublicKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::limits::{HEAD_AGE_MAX, HEAD_AHEAD_MAX, HEADS_MAX};
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::fork::{ANSWER_WITHIN, Accusation, Accused, ForkProof};
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::tree::{TreeHash, TreeHead, prove_consistency, verify_consistency};
use budstikke_protocol::log::witnesses::Witnesses;
use budstikke_protocol::wire::hello::LogHead;
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::refusal::Refusal;
use serde_bytes::ByteArray;
use tokio::task::block_in_place;
use tracing::{debug, error, info, warn};

use super::ahead;
use super::context::Context;
use super::forks::forked;
use super::log_key::log_key;
use super::shown::{Shown, shown};
use crate::clock;
use crate::entropy;
use crate::failure::chain;
use crate::net::NetError;
use crate::store::{CommitError, HeadNews, KnownHead, KnownLog, StoreError};

/// By how much the time of a head must be newer for its note to be asked for again.
const REFRESHED_SECONDS: i64 = 6 * 60 * 60;

/// What a log answers when it is asked to prove something.
enum Proven {
    /// It has.
    Yes,
    /// It has not, although it was there to.
    No,
    /// It was not there, or had no time.
    Unasked,
}

/// Whether nothing of a log is cosigned any more: there is proof that it has forked, or it owes an answer for too long.
pub fn is_forked(known: &KnownLog, now: Timestamp) -> bool {
    known.forked.is_some() || known.accused.is_some_and(|since| now > since.plus(ANSWER_WITHIN))
}

/// The checkpoint without lines that others than its log have signed: what is kept, and what is shown as proof.
pub fn bare(checkpoint: &SignedCheckpoint, log: &VerifierKey) -> SignedCheckpoint {
    let note = checkpoint.note();
    let own = note.signatures().iter().find(|line| line.names(log));
    let bare = own.map(|line| format!("{}\n{line}\n", note.text()));
    let bare = bare.and_then(|text| Note::parse(text.as_bytes()).ok());
    let bare = bare.and_then(|note| SignedCheckpoint::open(note, log).ok());
    bare.unwrap_or_else(|| checkpoint.clone())
}

/// What a hello says of logs: the head of this node's own, and of others that were picked at random.
pub fn told(ctx: &Context) -> Vec<LogHead> {
    let now = clock::now();
    let own = ctx.log.newest().borrow().as_ref().map(|signed| signed.head.tree());
    let mut heads: Vec<LogHead> =
        own.map(|head| said(ctx.log.origin(), head, now)).into_iter().collect();
    let known = block_in_place(|| ctx.store.heads().logs()).unwrap_or_default();
    let mut others: Vec<LogHead> = known.iter().filter_map(|log| fresh(log, now)).collect();
    while heads.len() < HEADS_MAX && !others.is_empty() {
        let Ok(random) = entropy::draw::<8>() else { break };
        let at = u64::from_be_bytes(*random).checked_rem(u64::try_from(others.len()).unwrap_or(1));
        let at = at.and_then(|at| usize::try_from(at).ok()).unwrap_or(0);
        heads.push(others.swap_remove(at));
    }
    heads
}

fn fresh(log: &KnownLog, now: Timestamp) -> Option<LogHead> {
    let KnownHead { head, time } = log.seen?;
    let is_fresh = time >= now.minus(HEAD_AGE_MAX) && time <= now.plus(HEAD_AHEAD_MAX);
    is_fresh.then(|| said(&log.origin, head, time))
}

/// A head as it is told.
pub fn said(origin: &Origin, head: TreeHead, time: Timestamp) -> LogHead {
    let (size, root) = (head.size, *head.root.as_bytes());
    LogHead { origin: origin.clone(), size, root, time: time.unix_seconds() }
}

/// Takes note of the heads that a peer tells.
pub async fn heard(ctx: &Context, peer: PublicKey, heads: &[LogHead]) {
    let mut seen = BTreeSet::new();
    for head in heads.iter().take(HEADS_MAX).filter(|head| seen.insert(&head.origin)) {
        if let Err(error) = consider(ctx, peer, head).await {
            warn!(error = chain(&error), "a head of a log could not be kept");
        }
    }
}

/// Asks for the note of a head that says something new, and holds it against what is known.
async fn consider(ctx: &Context, peer: PublicKey, head: &LogHead) -> Result<(), StoreError> {
    let view = ctx.federation.view();
    let Some(key) = log_key(view.roster(), &head.origin) else { return Ok(()) };
    if head.origin.organisation() == ctx.here() {
        if let Some(member) = view.by_node(&peer).filter(|_| ahead::is_beyond(ctx, head)) {
            ahead::look(ctx, member.organisation, peer).await;
        }
        return Ok(());
    }
    let known = block_in_place(|| ctx.store.heads().log(&head.origin))?;
    if !is_news(head, &known, clock::now()) {
        return Ok(());
    }
    let Shown::Checkpoint(signed) = shown(ctx, peer, &key, &head.origin).await else {
        return Ok(());
    };
    let time = time_of(view.roster(), &signed, head);
    take(ctx, &key, &signed, time).await
}

/// Whether a head contradicts what is known, or is larger, or newer by much, and is not too old to count.
fn is_news(head: &LogHead, known: &KnownLog, now: Timestamp) -> bool {
    let Some(seen) = known.seen else { return is_in_time(head, now) };
    if head.size == seen.head.size && head.root != *seen.head.root.as_bytes() {
        return known.forked.is_none();
    }
    let is_refreshed = head.size == seen.head.size
        && head.time.saturating_sub(seen.time.unix_seconds()) > REFRESHED_SECONDS;
    (head.size > seen.head.size || is_refreshed) && is_in_time(head, now)
}

fn is_in_time(head: &LogHead, now: Timestamp) -> bool {
    let oldest = now.minus(HEAD_AGE_MAX).unix_seconds();
    (oldest..=now.plus(HEAD_AHEAD_MAX).unix_seconds()).contains(&head.time)
}

/// When the log or a witness said that this is the newest. What the peer says of it counts no further than to now.
fn time_of(roster: &Roster, signed: &SignedCheckpoint, head: &LogHead) -> Timestamp {
    let now = clock::now();
    let witnesses = Witnesses::of(roster, &signed.checkpoint().origin);
    let keys: Vec<_> = witnesses.members().iter().map(|(_, key)| key.clone()).collect();
    let cosigned = signed.cosignatures(&keys).unwrap_or_default();
    let said = Timestamp::from_unix_seconds(head.time).unwrap_or(now).min(now);
    cosigned.iter().map(|line| line.time).max().map_or(said, |time| time.min(now))
}

/// Holds a checkpoint against the largest head seen.
async fn take(
    ctx: &Context,
    key: &VerifierKey,
    signed: &SignedCheckpoint,
    time: Timestamp,
) -> Result<(), StoreError> {
    let (origin, new) = (&signed.checkpoint().origin, *signed.head());
    let bare = bare(signed, key);
    let known = block_in_place(|| ctx.store.heads().log(origin))?;
    let before = block_in_place(|| ctx.store.heads().seen(origin))?;
    let before = before.and_then(|note| SignedCheckpoint::open(note, key).ok());
    let over = known.seen.map(|seen| seen.head);
    let Some(before) = before else { return seen(ctx, &bare, over, time).await };
    let last = *before.head();
    if new.size == last.size && new.root != last.root {
        let proof = ForkProof::same_size(&before, &bare);
        return match proof {
            Some(proof) => forked(ctx, origin, proof.to_string()).await,
            None => Ok(()),
        };
    }
    if new.size == last.size {
        let since = known.seen.map_or(i64::MAX, |seen| time.seconds_since(seen.time));
        if since > REFRESHED_SECONDS {
            return seen(ctx, &bare, over, time).await;
        }
        return Ok(());
    }
    if new.size < last.size || known.accused.is_some() {
        // Whoever told of the smaller one hears of the larger, and asks.
        return Ok(());
    }
    match prove(ctx, origin, (last, new)).await {
        Proven::Yes => seen(ctx, &bare, over, time).await,
        Proven::No => accuse(ctx, &before, &bare).await,
        Proven::Unasked => Ok(()),
    }
}

async fn seen(
    ctx: &Context,
    checkpoint: &SignedCheckpoint,
    over: Option<TreeHead>,
    time: Timestamp,
) -> Result<(), StoreError> {
    let member = checkpoint.checkpoint().origin.organisation();
    match ctx.store.heads().learn(HeadNews::Seen { checkpoint, over, time }).await {
        Ok(()) if over != Some(*checkpoint.head()) => {
            ctx.mirrors.behind().add(member);
            Ok(())
        }
        // Another task was first; the next hello says whether there is more to learn.
        Ok(()) | Err(CommitError::Moved) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Asks a log to prove that its later head continues the earlier. From an empty tree there is nothing to prove.
async fn prove(ctx: &Context, origin: &Origin, (old, new): (TreeHead, TreeHead)) -> Proven {
    if old.size == 0 {
        return Proven::Yes;
    }
    let view = ctx.federation.view();
    let Ok(member) = view.active(origin.organisation()) else { return Proven::Unasked };
    let (from, to) = (old.size, new.size);
    let question = IndexQuestion::Consistency { origin: origin.clone(), from, to };
    match ctx.net.index(member.keys.node, question).await {
        Ok(IndexAnswer::Consistency(hashes)) => {
            let hash = |hash: &ByteArray<32>| TreeHash::from_bytes(hash.into_array());
            let proof: Vec<_> = hashes.iter().map(hash).collect();
            if verify_consistency(&old, &proof, &new).is_ok() { Proven::Yes } else { Proven::No }
        }
        Ok(IndexAnswer::Refused(Refusal::Rate { .. })) => Proven::Unasked,
        Ok(_) | Err(NetError::Refused | NetError::Message(_)) => Proven::No,
        Err(error) => {
            debug!(error = chain(&error), %origin, "a log was not there to prove its head");
            Proven::Unasked
        }
    }
}

/// Keeps that a log has not shown how one of its heads continues the other.
async fn accuse(
    ctx: &Context,
    before: &SignedCheckpoint,
    after: &SignedCheckpoint,
) -> Result<(), StoreError> {
    let origin = &before.checkpoint().origin;
    let Some(accusation) = Accusation::of(before, after) else { return Ok(()) };
    error!(%origin, "a log has signed a head and does not prove that it continues the one before: it is accused of two histories");
    let (accusation, time) = (accusation.to_string(), clock::now());
    Ok(ctx.store.heads().learn(HeadNews::Accused { origin, accusation, time }).await?)
}

/// Asks every accused log again.
pub async fn ask_again(ctx: &Context) {
    let known = block_in_place(|| ctx.store.heads().logs()).unwrap_or_default();
    for log in known.iter().filter(|log| log.accused.is_some() && log.forked.is_none()) {
        if let Err(error) = answered(ctx, &log.origin).await {
            warn!(error = chain(&error), "an accusation could not be read or cleared");
        }
    }
}

async fn answered(ctx: &Context, origin: &Origin) -> Result<(), StoreError> {
    let view = ctx.federation.view();
    let text = block_in_place(|| ctx.store.heads().accusation(origin))?;
    let accusation = text.and_then(|text| Accusation::parse(text.as_bytes()).ok());
    let key = log_key(view.roster(), origin);
    let accused = accusation.zip(key).and_then(|(accusation, key)| accusation.verify(&key).ok());
    let Some(Accused { older, newer }) = accused else { return Ok(()) };
    if let Proven::Yes = prove(ctx, origin, (*older.head(), *newer.head())).await {
        info!(%origin, "a log has answered the accusation: its later head continues the earlier");
        let time = clock::now();
        ctx.store.heads().learn(HeadNews::Cleared { origin, time }).await?;
    }
    Ok(())
}

/// Answers whoever asks for the newest checkpoint of a log.
pub fn checkpoint(ctx: &Context, origin: &Origin) -> IndexAnswer {
    if origin == ctx.log.origin() {
        let newest = ctx.log.newest().borrow().clone();
        return newest.map_or(IndexAnswer::Unknown, |signed| {
            IndexAnswer::Checkpoint(signed.checkpoint.note().to_string())
        });
    }
    match block_in_place(|| ctx.store.heads().seen(origin)) {
        Ok(Some(note)) => IndexAnswer::Checkpoint(note.to_string()),
        Ok(None) => IndexAnswer::Unknown,
        Err(error) => {
            warn!(error = chain(&error), "a checkpoint cannot be read");
            IndexAnswer::Refused(Refusal::Technical)
        }
    }
}

/// Answers whoever wants this node's log to prove that one head of it continues another.
pub fn consistency(ctx: &Context, origin: &Origin, (from, to): (u64, u64)) -> IndexAnswer {
    // Also while nothing is signed because the home was put back: that is no reason to be accused of what was signed before.
    let made = ctx.store.log().head().borrow().map_or(0, |head| head.size);
    if origin != ctx.log.origin() || from == 0 || from > to || to > made {
        return IndexAnswer::Unknown;
    }
    match block_in_place(|| prove_consistency(&ctx.store.log().reader(), from, to)) {
        Ok(proof) => IndexAnswer::Consistency(
            proof.iter().map(|hash| ByteArray::new(*hash.as_bytes())).collect(),
        ),
        Err(error) => {
            warn!(error = chain(&error), "the log cannot prove what is asked of it");
            IndexAnswer::Refused(Refusal::Technical)
        }
    }
}
