//! What every question about patients goes through: it is counted, judged and recorded, and only then answered.

use budstikke_keys::jws::{Claimed, Verified};
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::question::{Ask, Asked, Question, admit};
use budstikke_protocol::access::reason::Reason;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::federation::roster::Member;
use budstikke_protocol::limits::{QUESTIONS_PER_MINUTE, STATEMENT_BYTES_MAX};
use budstikke_protocol::wire::refusal::Refusal;
use tracing::{info, warn};

use super::context::Context;
use super::questions::Turn;
use crate::clock;
use crate::failure::chain;
use crate::store::{Commit, StoreError};

/// Why there is no answer: for the record, and for the peer.
pub type Denial = (Reason, Refusal);

/// Counts, judges and records one question of `member`; the record is durable when this returns. What is learnt of the question on the way
/// goes into the record, also when it is denied.
///
/// # Errors
/// What the peer is told.
pub async fn recorded<T>(
    ctx: &Context,
    member: &Member,
    judge: impl FnOnce(&mut Record) -> Result<T, Denial>,
) -> Result<T, Refusal> {
    let (mut record, turn) = begin(ctx, member)?;
    let judged = turn.and_then(|()| judge(&mut record));
    end(ctx, record, judged).await
}

/// Counts a question of `member`. Gives its record, and whether it is one too many.
///
/// # Errors
/// What the peer is told when it asks so often that not even that is recorded.
pub fn begin(ctx: &Context, member: &Member) -> Result<(Record, Result<(), Denial>), Refusal> {
    let now = clock::now();
    let record = Record::unread(now).with_peer(member.organisation);
    let limit = member.limits.questions_per_minute.unwrap_or(QUESTIONS_PER_MINUTE);
    match ctx.questions.count(member.organisation, limit, now) {
        Turn::Now => Ok((record, Ok(()))),
        Turn::First { seconds: retry_after } => {
            Ok((record, Err((Reason::Rate, Refusal::Rate { retry_after }))))
        }
        Turn::Later { seconds: retry_after } => Err(Refusal::Rate { retry_after }),
    }
}

/// Records what was judged; the record is durable when this returns.
///
/// # Errors
/// What the peer is told.
pub async fn end<T>(
    ctx: &Context,
    mut record: Record,
    judged: Result<T, Denial>,
) -> Result<T, Refusal> {
    let answer = judged.map_err(|(reason, refusal)| {
        info!(peer = ?record.peer, ?reason, "question denied");
        record.denied = Some(reason);
        refusal
    });
    if let Err(error) = ctx.store.commit(Commit::new(record)).await {
        warn!(error = chain(&error), "an access could not be recorded, so nothing is answered");
        return Err(Refusal::Technical);
    }
    answer
}

/// Admits a named question of `member`, and notes it in the record.
///
/// # Errors
/// The reason, for the record.
pub fn admitted(
    ctx: &Context,
    member: &Member,
    text: &str,
    record: &mut Record,
) -> Result<Verified<Question>, Reason> {
    let now = record.time;
    let claimed =
        Claimed::<Question>::parse(text, STATEMENT_BYTES_MAX).ok().ok_or(Reason::Malformed)?;
    let question = admit(claimed, &asked(ctx, member, now))?;
    let Question { caller, nonce, ask, .. } = question.statement();
    *record = Record::permitted(action(*ask), caller, now).with_peer(member.organisation);
    if !ctx.questions.is_fresh(*nonce, now) {
        return Err(Reason::Replayed);
    }
    *record = record.clone().asked_by(question.compact(), *nonce);
    Ok(question)
}

/// What this node knows of a member that asks.
pub fn asked(ctx: &Context, member: &Member, now: Timestamp) -> Asked {
    Asked { audience: ctx.here(), peer: member.organisation, key: member.keys.sign, now }
}

/// What the peer learns: not permitted, unknown and gone are one.
pub fn refusal(reason: Reason, now: Timestamp) -> Refusal {
    match reason {
        Reason::Clock => Refusal::Clock { time: now.unix_seconds() },
        Reason::ExchangeStopped | Reason::Unreadable => Refusal::Technical,
        _ => Refusal::NotPermitted,
    }
}

/// The store could not be read: nothing was decided about whoever asks.
pub fn unreadable(error: StoreError) -> Reason {
    warn!(error = chain(&error), "the store cannot be read");
    Reason::Unreadable
}

fn action(ask: Ask) -> Action {
    match ask {
        Ask::Read { .. } => Action::Read,
        Ask::List { .. } => Action::List,
        Ask::Records { .. } => Action::Find,
    }
}
