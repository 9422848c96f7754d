//! The checkpoint of a log that a peer can show.

use budstikke_keys::note::{Note, VerifierKey};
use budstikke_keys::public::PublicKey;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use tracing::{debug, warn};

use super::context::Context;
use crate::failure::chain;

/// Asks a peer for the newest checkpoint of a log that it has; nothing when the key of the log has not signed it.
pub async fn shown(
    ctx: &Context,
    peer: PublicKey,
    key: &VerifierKey,
    origin: &Origin,
) -> Option<SignedCheckpoint> {
    match ctx.net.index(peer, IndexQuestion::Checkpoint(origin.clone())).await {
        Ok(IndexAnswer::Checkpoint(text)) => {
            let signed = Note::parse(text.as_bytes()).ok();
            let signed = signed.and_then(|note| SignedCheckpoint::open(note, key).ok());
            if signed.is_none() {
                warn!(%origin, "a peer has told of a head that it cannot show, or that the log has not signed");
            }
            signed
        }
        Ok(_) => None,
        Err(error) => {
            debug!(error = chain(&error), "no checkpoint");
            None
        }
    }
}
