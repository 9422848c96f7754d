//! How the index of this node stands: the answer to whoever is going to ask it, or keeps up with it.

use budstikke_protocol::limits::PRESENCE_PART_MAX;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::tree::{TreeHash, prove_consistency, prove_inclusion};
use budstikke_protocol::wire::index::{IndexAnswer, StateAnswer, StateQuestion};
use budstikke_protocol::wire::refusal::Refusal;
use serde_bytes::{ByteArray, ByteBuf};
use tokio::task::spawn_blocking;
use tracing::warn;

use super::checkpoint::{self, Signature, TRIES};
use crate::clock;
use crate::failure::chain;
use crate::service::context::Context;
use crate::store::{Head, ListsError, LogError, PresencePart, Store};

/// Answers whoever asks how the index stands.
pub async fn answer(ctx: &Context, question: StateQuestion) -> IndexAnswer {
    if !ctx.federation.view().standing(clock::now()).permits_exchange() {
        return IndexAnswer::Refused(Refusal::Technical);
    }
    begin(ctx).await;
    for attempt in 1..=TRIES {
        let store = ctx.store.clone();
        let part = spawn_blocking(move || {
            let StateQuestion { epoch, presence, .. } = question;
            store.lists().presence(epoch, presence, PRESENCE_PART_MAX)
        });
        let Ok(Ok(part)) = part.await else { return IndexAnswer::Refused(Refusal::Technical) };
        let signed = match checkpoint::of(ctx, part.head).await {
            Signature::Whole(signed) => signed,
            Signature::Over(Some(signed)) if attempt == TRIES => signed,
            Signature::Over(_) => continue,
        };
        let store = ctx.store.clone();
        let proven = spawn_blocking(move || stated(&store, &signed, part, question.size)).await;
        return match proven {
            Ok(Ok(answer)) => IndexAnswer::State(Box::new(answer)),
            Ok(Err(error)) => {
                warn!(error = chain(&error), "the log cannot prove how the index stands");
                IndexAnswer::Refused(Refusal::Technical)
            }
            Err(_) => IndexAnswer::Refused(Refusal::Technical),
        };
    }
    // The log goes on faster than it is signed, or is not signed at all.
    IndexAnswer::Refused(Refusal::Technical)
}

/// Makes the first head of a log in which nothing stands yet: whoever asks wants it signed that there is nothing.
async fn begin(ctx: &Context) {
    let is_new = ctx.store.log().head().borrow().is_none();
    if !is_new || ctx.restored.is_waiting() || ctx.witnessed.ahead().is_some() {
        return;
    }
    if let Err(error) = ctx.store.log().checkpoint(clock::unix_milliseconds()).await {
        warn!(error = chain(&error), "no first head of the log could be made");
    }
}

/// The answer under a checkpoint, for somebody who has the log up to `from`.
fn stated(
    store: &Store,
    signed: &SignedCheckpoint,
    part: PresencePart,
    from: u64,
) -> Result<StateAnswer, ListsError> {
    let Head { size, .. } = part.head;
    let reader = store.log().reader();
    let last = size.saturating_sub(1);
    let state = reader.entry(last)?.try_into().ok().ok_or(LogError::Outside)?;
    let path = prove_inclusion(&reader, last, size).map_err(LogError::from)?;
    let consistency = if from == 0 || from >= size {
        Vec::new()
    } else {
        prove_consistency(&reader, from, size).map_err(LogError::from)?
    };
    Ok(StateAnswer {
        checkpoint: signed.note().to_string(),
        state: ByteArray::new(state),
        path: hashes(&path),
        consistency: hashes(&consistency),
        from: part.from,
        presence: ByteBuf::from(part.bytes),
    })
}

fn hashes(hashes: &[TreeHash]) -> Vec<ByteArray<32>> {
    hashes.iter().map(|hash| ByteArray::new(*hash.as_bytes())).collect()
}
