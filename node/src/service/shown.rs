//! The checkpoint of a log that a peer can show.

use budstikke_keys::note::{Note, VerifierKey};
use budstikke_keys::public::PublicKey;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use tracing::{debug, warn};

use super::context::Context;
use crate::failure::chain;

/// What a peer has shown of a log.
#[derive(Debug)]
pub enum Shown {
    /// Its newest checkpoint that the peer has.
    Checkpoint(SignedCheckpoint),
    /// That the peer knows none.
    Nothing,
    /// Nothing that counts: it was not there, or what it sent is not signed by the log.
    NoAnswer,
}

/// Asks a peer for the newest checkpoint of a log that it has.
pub async fn shown(ctx: &Context, peer: PublicKey, key: &VerifierKey, origin: &Origin) -> Shown {
    match ctx.net.index(peer, IndexQuestion::Checkpoint(origin.clone())).await {
        Ok(IndexAnswer::Checkpoint(text)) => {
            let signed = Note::parse(text.as_bytes()).ok();
            let signed = signed.and_then(|note| SignedCheckpoint::open(note, key).ok());
            if signed.is_none() {
                warn!(%origin, "a peer has told of a head that it cannot show, or that the log has not signed");
            }
            signed.map_or(Shown::NoAnswer, Shown::Checkpoint)
        }
        Ok(IndexAnswer::Unknown) => Shown::Nothing,
        Ok(_) => Shown::NoAnswer,
        Err(error) => {
            debug!(error = chain(&error), "no checkpoint");
            Shown::NoAnswer
        }
    }
}
