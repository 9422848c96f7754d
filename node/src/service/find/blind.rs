//! Evaluating what somebody asks blindly: it is admitted, counted and recorded, though nobody here knows of whom it is.

use budstikke_keys::jws::Claimed;
use budstikke_keys::public::PublicKey;
use budstikke_keys::voprf::{Blinded, OUTPUT_BYTES};
use budstikke_protocol::access::blind::{BlindQuestion, admit_blind};
use budstikke_protocol::access::reason::Reason;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::federation::roster::Member;
use budstikke_protocol::limits::{BLIND_BYTES_MAX, BLIND_PER_DAY};
use budstikke_protocol::wire::index::IndexAnswer;
use budstikke_protocol::wire::refusal::Refusal;
use serde_bytes::ByteArray;
use tokio::task::{block_in_place, spawn_blocking};
use tracing::warn;

use crate::entropy;
use crate::failure::chain;
use crate::service::context::Context;
use crate::service::recorded::{Denial, asked, recorded, refusal};
use crate::store::ListsError;

/// What is done with a question that may be asked.
enum Judged {
    /// Its elements are evaluated with the key of its epoch.
    Evaluated(u32, Vec<Blinded>),
    /// It is for another epoch than this, and counts for nothing.
    Epoch(u32),
}

/// Answers a blind question; the record of it, with the question, is durable before.
pub async fn answer(ctx: &Context, peer: &PublicKey, question: &str) -> IndexAnswer {
    let view = ctx.federation.view();
    let Some(member) = view.by_node(peer) else {
        return IndexAnswer::Refused(Refusal::NotPermitted);
    };
    let judge = |record: &mut Record| block_in_place(|| judge(ctx, member, question, record));
    match recorded(ctx, member, judge).await {
        Ok(Judged::Evaluated(epoch, blinded)) => evaluated(ctx, epoch, blinded).await,
        Ok(Judged::Epoch(epoch)) => IndexAnswer::Epoch { epoch },
        Err(refusal) => IndexAnswer::Refused(refusal),
    }
}

fn judge(
    ctx: &Context,
    member: &Member,
    text: &str,
    record: &mut Record,
) -> Result<Judged, Denial> {
    let now = record.time;
    let denied = |reason| (reason, refusal(reason, now));
    let claimed = Claimed::<BlindQuestion>::parse(text, BLIND_BYTES_MAX);
    let claimed = claimed.ok().ok_or_else(|| denied(Reason::Malformed))?;
    let question = admit_blind(claimed, &asked(ctx, member, now)).map_err(denied)?;
    let BlindQuestion { nonce, epoch, elements, .. } = question.statement();
    *record = Record::by_node(Action::Evaluate, now).with_peer(member.organisation);
    if !ctx.questions.is_fresh(*nonce, now) {
        return Err(denied(Reason::Replayed));
    }
    // What is refused is noted without its elements: nothing was made of them, and they would fill the disk.
    record.nonce = Some(*nonce);
    if !ctx.federation.view().standing(now).permits_exchange() {
        return Err(denied(Reason::ExchangeStopped));
    }
    let (current, _) = ctx.store.lists().epoch().ok_or_else(|| denied(Reason::Unreadable))?;
    if *epoch != current {
        return Ok(Judged::Epoch(current));
    }
    let per_day = member.limits.blind_per_day.unwrap_or(BLIND_PER_DAY);
    let turn = ctx.blind.take(member.organisation, elements.len(), (per_day, now));
    turn.map_err(|retry_after| (Reason::Rate, Refusal::Rate { retry_after }))?;
    let blinded = elements.iter().map(|it| Blinded::from_bytes(&it.element));
    let blinded = blinded.collect::<Result<_, _>>().ok();
    let blinded = blinded.ok_or_else(|| denied(Reason::Malformed))?;
    *record = record.clone().asked_by(question.compact(), *nonce);
    Ok(Judged::Evaluated(*epoch, blinded))
}

async fn evaluated(ctx: &Context, epoch: u32, blinded: Vec<Blinded>) -> IndexAnswer {
    let Ok(randomness) = entropy::draw::<OUTPUT_BYTES>() else {
        return IndexAnswer::Refused(Refusal::Technical);
    };
    let store = ctx.store.clone();
    let done = spawn_blocking(move || store.lists().evaluate(epoch, &blinded, randomness)).await;
    match done {
        Ok(Ok((evaluated, proof))) => IndexAnswer::Blind {
            evaluated: evaluated.iter().map(|it| ByteArray::new(it.to_bytes())).collect(),
            proof: ByteArray::new(proof.to_bytes()),
        },
        // It was another one a moment ago.
        Ok(Err(ListsError::Epoch { current })) => IndexAnswer::Epoch { epoch: current },
        Ok(Err(error)) => {
            warn!(error = chain(&error), "a blind question could not be evaluated");
            IndexAnswer::Refused(Refusal::Technical)
        }
        Err(_) => IndexAnswer::Refused(Refusal::Technical),
    }
}
