//! The duty of a witness: to cosign the checkpoints of those logs that the roster gives to this node, each only when it continues
//! the last that it cosigned. What it cosigns is on its disk before the cosignature leaves.

use budstikke_keys::note::VerifierKey;
use budstikke_keys::note::{Note, NoteSignature};
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::fork::ForkProof;
use budstikke_protocol::log::origin::{Origin, witness_name};
use budstikke_protocol::log::witness::{Accepted, Known, Refusal as No, Request, decide};
use budstikke_protocol::log::witnesses::{Witnesses, quorum};
use budstikke_protocol::wire::index::IndexAnswer;
use budstikke_protocol::wire::refusal::Refusal;
use tokio::task::block_in_place;
use tracing::{debug, warn};

use super::context::Context;
use super::forks;
use super::heads;
use super::log_key::log_key;
use crate::clock;
use crate::failure::chain;
use crate::store::{CommitError, HeadNews, KnownLog, StoreError};

/// How often a request is judged anew because another for the same log has come first.
const ATTEMPTS: usize = 3;

/// Why there is no cosignature.
enum NotCosigned {
    /// The checkpoint is not one to be cosigned.
    No(No),
    /// Another request for the same log has come first.
    Moved,
    /// It is not known what was cosigned before, or this one cannot be kept.
    Store(StoreError),
}

impl From<No> for NotCosigned {
    fn from(no: No) -> Self {
        Self::No(no)
    }
}

impl From<StoreError> for NotCosigned {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Answers a request to cosign: the body of `add-checkpoint` in C2SP `tlog-witness`.
pub async fn cosign(ctx: &Context, body: &str) -> IndexAnswer {
    let Ok(request) = Request::parse(body.as_bytes()) else { return declined(No::Malformed) };
    for _ in 0..ATTEMPTS {
        match attempt(ctx, &request).await {
            Ok(line) => return IndexAnswer::Cosigned(line.to_string()),
            Err(NotCosigned::No(no)) => return declined(no),
            Err(NotCosigned::Moved) => {}
            Err(NotCosigned::Store(error)) => {
                warn!(
                    error = chain(&error),
                    "nothing is cosigned: what was cosigned cannot be read or written"
                );
                return IndexAnswer::Refused(Refusal::Technical);
            }
        }
    }
    IndexAnswer::Refused(Refusal::Technical)
}

async fn attempt(ctx: &Context, request: &Request) -> Result<NoteSignature, NotCosigned> {
    let origin = request.origin().ok().ok_or(No::Malformed)?;
    let view = ctx.federation.view();
    let log = on_duty(ctx, view.roster(), &origin).ok_or(No::UnknownOrigin)?;
    let (known, now) = (block_in_place(|| ctx.store.heads().log(&origin))?, clock::now());
    let last = known.cosigned.map(|known| known.head);
    let is_forked = heads::is_forked(&known, now);
    let accepted = match decide(request, Some(Known { log: &log, last, is_forked }), now) {
        Ok(accepted) => accepted,
        Err(no) => {
            if no == No::OtherRoot {
                two_heads(ctx, &known, &log, &request.note).await?;
            }
            return Err(no.into());
        }
    };
    if last.is_none() && !is_handed_over(ctx, view.roster(), accepted.checkpoint()).await {
        return Err(No::UnknownOrigin.into());
    }
    persist(ctx, &accepted, &log, &known).await?;
    debug!(%origin, size = accepted.checkpoint().head().size, "checkpoint cosigned");
    let name = witness_name(&view.roster().federation, ctx.here());
    Ok(accepted.cosign(name, &ctx.witness))
}

/// The key of a log that this node has to cosign; nothing for all others.
fn on_duty(ctx: &Context, roster: &Roster, origin: &Origin) -> Option<VerifierKey> {
    let key = log_key(roster, origin)?;
    is_witness(ctx, roster, origin).then_some(key)
}

fn is_witness(ctx: &Context, roster: &Roster, origin: &Origin) -> bool {
    let witnesses = Witnesses::of(roster, origin);
    witnesses.members().iter().any(|(organisation, _)| *organisation == ctx.here())
}

/// Brings what is going to be cosigned to the disk, unless another has come first.
async fn persist(
    ctx: &Context,
    accepted: &Accepted,
    log: &VerifierKey,
    known: &KnownLog,
) -> Result<(), NotCosigned> {
    let bare = heads::bare(accepted.checkpoint(), log);
    let over = known.cosigned.map(|known| known.head);
    let news = HeadNews::Cosigned { checkpoint: &bare, over, time: accepted.time() };
    match ctx.store.heads().learn(news).await {
        Ok(()) => Ok(()),
        Err(CommitError::Moved) => Err(NotCosigned::Moved),
        Err(error) => Err(StoreError::from(error).into()),
    }
}

/// The log has signed two roots of one size: that is all the proof there needs to be.
async fn two_heads(
    ctx: &Context,
    known: &KnownLog,
    log: &VerifierKey,
    note: &Note,
) -> Result<(), StoreError> {
    let before = block_in_place(|| ctx.store.heads().cosigned(&known.origin))?;
    let open = |note: Note| SignedCheckpoint::open(note, log).ok();
    let (Some(before), Some(other)) = (before.and_then(open), open(note.clone())) else {
        return Ok(());
    };
    if let Some(proof) = ForkProof::same_size(&before, &heads::bare(&other, log)) {
        forks::forked(ctx, &known.origin, proof.to_string()).await?;
    }
    Ok(())
}

/// Whether a witness that has not cosigned this log before may begin with `checkpoint`. When others were the witnesses of the
/// log before it became one, a quorum of them, as far as they are still members, must have cosigned that: else a change
/// of witnesses would be a way to another history.
async fn is_handed_over(ctx: &Context, roster: &Roster, checkpoint: &SignedCheckpoint) -> bool {
    let origin = &checkpoint.checkpoint().origin;
    let Some(before) = before(ctx, roster, origin).await else { return true };
    let still = Witnesses::of(&before, origin);
    let still = still.members().iter().filter(|(organisation, _)| {
        roster.active().any(|member| member.organisation == *organisation)
    });
    let still: Vec<VerifierKey> = still.map(|(_, key)| key.clone()).collect();
    let cosigned = checkpoint.cosignatures(&still).unwrap_or_default();
    let by = still.iter().filter(|key| cosigned.iter().any(|line| line.witness == **key));
    by.count() >= quorum(still.len())
}

/// The last roster in which the log's owner took part and this node was not its witness.
async fn before(ctx: &Context, newest: &Roster, origin: &Origin) -> Option<Roster> {
    let mut version = newest.version;
    while let Some(earlier) = version.checked_sub(1).filter(|version| *version > 0) {
        let roster = ctx.federation.roster(earlier).await?;
        if roster.active().all(|member| member.organisation != origin.organisation()) {
            return None;
        }
        if !is_witness(ctx, &roster, origin) {
            return Some(roster);
        }
        version = earlier;
    }
    None
}

fn declined(no: No) -> IndexAnswer {
    let size = if let No::Conflict(size) = no { Some(size) } else { None };
    IndexAnswer::Declined { status: no.status(), size }
}
