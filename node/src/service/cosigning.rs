//! Has the newest checkpoint of this organisation's log cosigned: each witness is asked one thing at a time, and one that is away
//! or behind delays the cosigned checkpoint but nothing else.
//!
//! All witnesses are asked for the same checkpoint, because cosignatures of different ones make no quorum. It stays the same
//! until a quorum has cosigned it, or some seconds have passed and there is a newer one.

use std::sync::Arc;
use std::time::Duration;

use budstikke_keys::note::{NoteSignature, VerifierKey};
use budstikke_keys::public::PublicKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::policy::Policy;
use budstikke_protocol::log::tree::{ProveError, TreeHash, prove_consistency};
use budstikke_protocol::log::witness::Request;
use budstikke_protocol::log::witnesses::Witnesses;
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::refusal::Refusal;
use tokio::task::{JoinSet, block_in_place};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::ahead;
use super::context::Context;
use super::federation::View;
use super::heads;
use super::witnessed::Candidate;
use crate::clock;
use crate::entropy;
use crate::failure::chain;
use crate::store::{HeadNews, LogError};

/// How long a checkpoint waits for its quorum when there is a newer one: several round trips of a slow line.
const ROUND_MAX: Duration = Duration::from_secs(5);

/// When cosignatures are asked for anew although nothing was logged: a quarter of the age at which a head is no news.
const REFRESH_AFTER: Duration = Duration::from_hours(6);

/// How long a witness that does not cosign is left alone, at first and at most.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// How often a witness may name another size in a row before it is left alone for a while.
const SIZES_MAX: u32 = 3;

/// A witness, and how it is asked.
struct Witness {
    organisation: OrganisationNumber,
    node: PublicKey,
    key: VerifierKey,
}

/// What came of asking a witness.
enum Outcome {
    Cosigned,
    /// It has cosigned an earlier head than was thought, or a later one.
    Again(u64),
    Later(String),
}

/// Asks the witnesses that the newest roster names, until `stop`.
pub async fn keep(ctx: Arc<Context>, stop: CancellationToken) {
    let mut rosters = ctx.federation.watch();
    loop {
        let view = rosters.borrow_and_update().clone();
        let mut asking = JoinSet::new();
        let witnesses = witnesses(&ctx, &view);
        let organisations: Vec<_> = witnesses.iter().map(|witness| witness.organisation).collect();
        ctx.witnessed.keep_only(&organisations);
        if !witnesses.is_empty() {
            asking.spawn(rounds(Arc::clone(&ctx)));
        }
        let policy = Arc::new(Policy::of(view.roster(), ctx.log.origin()));
        for witness in witnesses {
            asking.spawn(ask(Arc::clone(&ctx), witness, Arc::clone(&policy)));
        }
        let ends = tokio::select! {
            () = stop.cancelled() => true,
            changed = rosters.changed() => changed.is_err(),
        };
        asking.shutdown().await;
        if ends {
            return;
        }
    }
}

fn witnesses(ctx: &Context, view: &View) -> Vec<Witness> {
    let assigned = Witnesses::of(view.roster(), ctx.log.origin());
    let witness = |(organisation, key): &(OrganisationNumber, VerifierKey)| {
        let node = view.active(*organisation).ok()?.keys.node;
        Some(Witness { organisation: *organisation, node, key: key.clone() })
    };
    assigned.members().iter().filter_map(witness).collect()
}

/// Says which checkpoint is to be cosigned.
async fn rounds(ctx: Arc<Context>) {
    let (mut newest, mut witnessed) = (ctx.log.newest(), ctx.witnessed.newest());
    let mut asked: Option<SignedCheckpoint> = None;
    let mut until = Instant::now();
    loop {
        let signed = newest.borrow_and_update().as_ref().map(|signed| signed.checkpoint.clone());
        let done = witnessed.borrow_and_update().as_ref().map(|checkpoint| *checkpoint.head());
        let is_done = asked.as_ref().is_some_and(|asked| done == Some(*asked.head()));
        let is_other = signed.as_ref().map(SignedCheckpoint::head)
            != asked.as_ref().map(SignedCheckpoint::head);
        let is_over = Instant::now() >= until;
        // A checkpoint that is done is asked for again only for the sake of its age.
        if let Some(signed) = signed.filter(|_| is_over || (is_done && is_other)) {
            ctx.witnessed.put(heads::bare(&signed, &ctx.log.verifier()));
            asked = Some(signed);
            until = Instant::now().checked_add(ROUND_MAX).unwrap_or(until);
            continue;
        }
        let waiting = asked.is_some() && (is_done || is_other);
        if is_done && !is_other {
            until = Instant::now().checked_add(REFRESH_AFTER).unwrap_or(until);
        }
        tokio::select! {
            changed = newest.changed() => if changed.is_err() { return },
            changed = witnessed.changed() => if changed.is_err() { return },
            () = sleep_until(until), if waiting => {}
        }
    }
}

/// Asks one witness for whatever is to be cosigned.
async fn ask(ctx: Arc<Context>, witness: Witness, policy: Arc<Policy>) {
    let mut candidates = ctx.witnessed.candidates();
    let mut old = ctx.witnessed.newest().borrow().as_ref().map_or(0, |newest| newest.head().size);
    let (mut done, mut pause, mut sizes) = (None, PAUSE_MIN, 0);
    loop {
        let candidate = candidates.borrow_and_update().clone();
        let Some(candidate) = candidate.filter(|candidate| Some(candidate.round) != done) else {
            if candidates.changed().await.is_err() {
                return;
            }
            continue;
        };
        let trouble = match once(&ctx, &witness, &policy, &candidate, old).await {
            Outcome::Cosigned => {
                (old, done) = (candidate.checkpoint.head().size, Some(candidate.round));
                (pause, sizes) = (PAUSE_MIN, 0);
                continue;
            }
            Outcome::Again(size) if sizes < SIZES_MAX => {
                (old, sizes) = (size, sizes.saturating_add(1));
                continue;
            }
            Outcome::Again(size) => format!("it names one size after another, at last {size}"),
            Outcome::Later(trouble) => trouble,
        };
        debug!(witness = %witness.organisation, trouble, "not cosigned");
        ctx.witnessed.note_trouble(witness.organisation, trouble);
        sizes = 0;
        sleep(jittered(pause)).await;
        pause = pause.saturating_mul(2).min(PAUSE_MAX);
    }
}

/// Between half of a pause and all of it, so that nodes that were cut off together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let random = entropy::draw::<1>().map_or(0, |bytes| bytes.iter().copied().map(u32::from).sum());
    let half = pause.checked_div(2).unwrap_or(pause);
    let part = half.saturating_mul(random).checked_div(255).unwrap_or_default();
    half.saturating_add(part)
}

/// Asks a witness once. One that has cosigned nothing yet is handed the last witnessed checkpoint over, from which it begins.
async fn once(
    ctx: &Context,
    witness: &Witness,
    policy: &Policy,
    candidate: &Candidate,
    old: u64,
) -> Outcome {
    let witnessed = ctx.witnessed.newest().borrow().clone();
    let handed = witnessed.as_deref().filter(|_| old == 0);
    let checkpoint = handed.unwrap_or(&candidate.checkpoint);
    let size = checkpoint.head().size;
    if old > size {
        ahead::look(ctx, witness.organisation, witness.node).await;
        return Outcome::Later(format!(
            "it has cosigned {old} entries of this log, which has {size}"
        ));
    }
    let proof = match proof(ctx, old, size) {
        Ok(proof) => proof,
        Err(error) => return Outcome::Later(format!("there is no proof for it: {error}")),
    };
    let request = Request { old, proof, note: checkpoint.note().clone() };
    let question = IndexQuestion::Cosign(request.to_string());
    let line = match ctx.net.index(witness.node, question).await {
        Ok(IndexAnswer::Cosigned(line)) => line,
        Ok(IndexAnswer::Declined { status: 409, size: Some(size) }) => return Outcome::Again(size),
        Ok(answer) => return Outcome::Later(declined(&answer)),
        Err(error) => return Outcome::Later(chain(&error)),
    };
    if handed.is_some() {
        return Outcome::Again(size);
    }
    let Ok(line) = line.parse::<NoteSignature>() else {
        return Outcome::Later("it has sent no signature line".to_owned());
    };
    match ctx.witnessed.add(candidate, (line, &witness.key), policy) {
        Err(()) => return Outcome::Later("its cosignature does not verify".to_owned()),
        Ok(None) => {}
        Ok(Some((checkpoint, time))) => witnessed_now(ctx, checkpoint, time).await,
    }
    ctx.witnessed.note_cosigned(witness.organisation, size, clock::now());
    Outcome::Cosigned
}

/// From nothing there is nothing to prove.
fn proof(ctx: &Context, old: u64, new: u64) -> Result<Vec<TreeHash>, ProveError<LogError>> {
    if old == 0 {
        return Ok(Vec::new());
    }
    block_in_place(|| prove_consistency(&ctx.store.log().reader(), old, new))
}

/// Keeps and publishes a checkpoint that a quorum has cosigned.
async fn witnessed_now(ctx: &Context, checkpoint: SignedCheckpoint, time: Timestamp) {
    let size = checkpoint.head().size;
    let news = HeadNews::Witnessed { checkpoint: &checkpoint, time };
    if let Err(error) = ctx.store.heads().learn(news).await {
        warn!(error = chain(&error), "a witnessed checkpoint could not be kept");
    }
    info!(size, "checkpoint witnessed");
    ctx.log.replace(&checkpoint);
    ctx.witnessed.publish(checkpoint);
}

fn declined(answer: &IndexAnswer) -> String {
    match answer {
        IndexAnswer::Declined { status: 404, .. } => {
            "it does not cosign this log: it may have another roster, or wait for a checkpoint that the witnesses before it have cosigned".to_owned()
        }
        IndexAnswer::Declined { status: 403, .. } => {
            "it holds proof that this log has forked, or knows another key of it".to_owned()
        }
        IndexAnswer::Declined { status, .. } => format!("it declines with status {status}"),
        IndexAnswer::Refused(Refusal::Rate { retry_after }) => {
            format!("it is asked too often, and wants {retry_after} s of rest")
        }
        IndexAnswer::Refused(_) => "it cannot answer now".to_owned(),
        _ => "it has answered something else".to_owned(),
    }
}
