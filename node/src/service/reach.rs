//! Whether members reach each other: dialling back whoever asks, at the addresses that the roster lists for it.

use budstikke_keys::public::PublicKey;
use budstikke_protocol::wire::reach::{ReachAnswer, Tried};
use budstikke_protocol::wire::refusal::Refusal;
use futures::future::join_all;

use super::context::Context;
use crate::clock;

/// Dials a member back at each of its addresses.
pub async fn dial_back(ctx: &Context, peer: PublicKey) -> ReachAnswer {
    let view = ctx.federation.view();
    let Some(member) = view.by_node(&peer) else {
        return ReachAnswer::Refused(Refusal::NotPermitted);
    };
    let _turn = match ctx.dial_backs.turn(member.organisation, clock::now()) {
        Ok(turn) => turn,
        Err(refusal) => return ReachAnswer::Refused(refusal),
    };
    let tried = member.addresses.iter().map(async |address| Tried {
        address: address.clone(),
        outcome: ctx.net.dial_back(peer, address.as_str()).await,
    });
    ReachAnswer::Tried(join_all(tried).await)
}
