//! What the other side lacks of a referral, in an order in which it can take it.

use std::sync::Arc;

use budstikke_protocol::referral::state::Side;
use budstikke_protocol::wire::referral::{Held, Parcel};

use super::recent::Said;
use crate::service::context::Context;
use crate::store::{EventPlace, Events, Referral, StoreError};

/// One chain, from where the other side lacks it.
struct Chain<'a> {
    side: Side,
    /// The number of the last event that the other side has, or that is taken.
    at: u32,
    /// How many there are.
    of: u32,
    next: Option<Arc<Said>>,
    reader: Events<'a>,
}

/// The events that the other side lacks: of what this organisation has said, and of what it has said itself and lost. No more
/// of them than `bytes`.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn lacking(
    ctx: &Context,
    referral: &Referral,
    told: Held,
    mut bytes: usize,
) -> Result<Vec<String>, StoreError> {
    let held = held(referral);
    let chain = |side, at, of| {
        let reader = ctx.store.referrals().events();
        Chain { side, at, of, next: None, reader }
    };
    let mut own = chain(referral.here, told.theirs, held.own);
    let mut others = chain(referral.here.other(), told.own, held.theirs);
    let mut events = Vec::new();
    loop {
        own.look(ctx, referral)?;
        others.look(ctx, referral)?;
        let taken = if own.may_go(others.at) {
            own.take()
        } else if others.may_go(own.at) {
            others.take()
        } else {
            None
        };
        let Some(event) = taken else { return Ok(events) };
        let Some(left) = bytes.checked_sub(event.compact.len()) else { return Ok(events) };
        bytes = left;
        events.push(event.compact.clone());
    }
}

/// How much of both chains is here.
pub(super) fn held(referral: &Referral) -> Held {
    let (own, theirs) = referral.held();
    Held { own, theirs }
}

/// A parcel with as many of the events as have room.
pub(super) fn parcel(referral: &Referral, mut events: Vec<String>, mut bytes: usize) -> Parcel {
    let has_room = |event: &&String| {
        let left = bytes.checked_sub(event.len());
        bytes = left.unwrap_or(0);
        left.is_some()
    };
    let riding = events.iter().take_while(has_room).count();
    events.truncate(riding);
    Parcel {
        referrer: referral.name.referrer,
        referral: referral.name.referral,
        held: held(referral),
        events,
    }
}

impl Chain<'_> {
    fn look(&mut self, ctx: &Context, referral: &Referral) -> Result<(), StoreError> {
        if self.next.is_none() && self.at < self.of {
            let number = self.at.saturating_add(1);
            let place = EventPlace { name: referral.name, side: self.side, number };
            self.next = ctx.desk.recent().at(place);
            if self.next.is_none() {
                let read = self.reader.event(place)?;
                self.next = read.map(|event| Arc::new(Said::of(event.claimed(), event.compact())));
            }
        }
        Ok(())
    }

    /// Whether the next has seen no more of the other chain than comes before it.
    fn may_go(&self, others: u32) -> bool {
        self.next.as_ref().is_some_and(|event| event.seen <= others)
    }

    fn take(&mut self) -> Option<Arc<Said>> {
        self.at = self.at.saturating_add(1);
        self.next.take()
    }
}
