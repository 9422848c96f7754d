//! Whether members reach each other: dialling back whoever asks, at the addresses that the roster lists for it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use budstikke_keys::public::PublicKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::wire::reach::{ReachAnswer, Tried};
use budstikke_protocol::wire::refusal::Refusal;
use futures::future::join_all;
use tokio::sync::Semaphore;

use super::context::Context;
use crate::clock;

/// How many seconds pass before the same member is dialled back again: long enough that it costs next to nothing, short
/// enough for whoever tries another setting of a firewall.
const REST_SECONDS: i64 = 10;

/// How many members are dialled back at a time: with eight addresses each, that takes 64 descriptors at most.
const AT_ONCE: usize = 8;

/// Whom this node dials back.
#[derive(Debug)]
pub struct DialBacks {
    places: Semaphore,
    /// When each member had its last turn.
    last: Mutex<BTreeMap<OrganisationNumber, Timestamp>>,
}

impl Default for DialBacks {
    fn default() -> Self {
        Self { places: Semaphore::new(AT_ONCE), last: Mutex::default() }
    }
}

impl DialBacks {
    /// Takes a turn for `organisation`; else says after how many seconds it has one.
    fn turn(&self, organisation: OrganisationNumber, now: Timestamp) -> Result<(), u32> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let since = last.get(&organisation).map_or(REST_SECONDS, |last| now.seconds_since(*last));
        // A clock that was set back ends the rest.
        if (0..REST_SECONDS).contains(&since) {
            return Err(u32::try_from(REST_SECONDS.saturating_sub(since)).unwrap_or(1));
        }
        last.insert(organisation, now);
        Ok(())
    }
}

/// Dials a member back at each of its addresses.
pub async fn dial_back(ctx: &Context, peer: PublicKey) -> ReachAnswer {
    let view = ctx.federation.view();
    let Some(member) = view.by_node(&peer) else {
        return ReachAnswer::Refused(Refusal::NotPermitted);
    };
    let Ok(_place) = ctx.dial_backs.places.try_acquire() else {
        return ReachAnswer::Refused(Refusal::Technical);
    };
    if let Err(retry_after) = ctx.dial_backs.turn(member.organisation, clock::now()) {
        return ReachAnswer::Refused(Refusal::Rate { retry_after });
    }
    let tried = member.addresses.iter().map(async |address| Tried {
        address: address.clone(),
        outcome: ctx.net.dial_back(peer, address.as_str()).await,
    });
    ReachAnswer::Tried(join_all(tried).await)
}
