//! The signed checkpoint to which an answer leads, with the cosignatures of a quorum when they come in time.
//!
//! Whoever asks grades the answer by what stands under it, and a head that was just made has no cosignatures yet. So it is waited for them, but no
//! longer than a witness that is there needs: what is missing after that is most likely not there.

use std::sync::Arc;
use std::time::Duration;

use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::policy::Policy;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::clock;
use crate::service::context::Context;
use crate::service::signer::Signed;
use crate::store::Head;

/// How long after it was made a head is waited for to be signed, and to be cosigned: longer than a round trip to a witness and its disk.
const QUORUM_WAIT: Duration = Duration::from_secs(1);

/// How often an answer is made anew because the log went on under it.
pub(super) const TRIES: usize = 3;

/// What is signed of a head.
pub(super) enum Signature {
    /// This, which nothing can be added to in time.
    Whole(SignedCheckpoint),
    /// The log has gone on; of this one there is what the log alone has signed, if it was seen.
    Over(Option<SignedCheckpoint>),
}

/// The checkpoint of a head that the store has given out.
pub(super) async fn of(ctx: &Context, head: Head) -> Signature {
    let policy = Policy::of(ctx.federation.view().roster(), ctx.log.origin());
    let mut newest = ctx.log.newest();
    let signed = first(&mut newest, QUORUM_WAIT, |signed| signed.head.size >= head.size).await;
    let Some(signed) = signed.filter(|signed| signed.head == head) else {
        return Signature::Over(None);
    };
    let is_witnessed = |signed: &Signed| {
        policy.witnesses().is_empty()
            || policy.witnessed(&signed.checkpoint).is_ok_and(|since| since.is_some())
    };
    let is_settled = |signed: &Signed| signed.head != head || is_witnessed(signed);
    match first(&mut newest, left(head), is_settled).await {
        Some(settled) if settled.head == head => Signature::Whole(settled.checkpoint.clone()),
        Some(_) => Signature::Over(Some(signed.checkpoint.clone())),
        None => Signature::Whole(signed.checkpoint.clone()),
    }
}

/// The first that fulfils something, from the newest on; nothing when none does in time.
async fn first(
    newest: &mut watch::Receiver<Option<Arc<Signed>>>,
    wait: Duration,
    fulfils: impl Fn(&Signed) -> bool,
) -> Option<Arc<Signed>> {
    let is_it = |signed: &Option<Arc<Signed>>| signed.as_deref().is_some_and(&fulfils);
    timeout(wait, newest.wait_for(is_it)).await.ok()?.ok()?.clone()
}

/// How long cosignatures of a head may still come. One that stands for longer has those that it gets.
fn left(head: Head) -> Duration {
    let age = clock::unix_milliseconds().saturating_sub(head.time_ms);
    QUORUM_WAIT.saturating_sub(Duration::from_millis(age))
}
