//! What the other side lacks of a referral, in an order in which it can take it.

use budstikke_keys::jws::Claimed;
use budstikke_protocol::referral::event::Event;
use budstikke_protocol::referral::state::Side;
use budstikke_protocol::wire::referral::Held;

use crate::service::context::Context;
use crate::store::{EventPlace, Referral, StoreError};

/// One chain, from where the other side lacks it.
struct Chain {
    side: Side,
    /// The number of the last event that the other side has, or that is taken.
    at: u32,
    /// How many there are.
    of: u32,
    next: Option<Claimed<Event>>,
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
    let mut own = Chain { side: referral.here, at: told.theirs, of: held.own, next: None };
    let mut others =
        Chain { side: referral.here.other(), at: told.own, of: held.theirs, next: None };
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
        let Some(left) = bytes.checked_sub(event.compact().len()) else { return Ok(events) };
        bytes = left;
        events.push(event.compact().to_owned());
    }
}

/// How much of both chains is here.
pub(super) fn held(referral: &Referral) -> Held {
    let (own, theirs) = referral.held();
    Held { own, theirs }
}

impl Chain {
    fn look(&mut self, ctx: &Context, referral: &Referral) -> Result<(), StoreError> {
        if self.next.is_none() && self.at < self.of {
            let number = self.at.saturating_add(1);
            let place = EventPlace { name: referral.name, side: self.side, number };
            self.next = ctx.store.referrals().event(place)?;
        }
        Ok(())
    }

    /// Whether the next has seen no more of the other chain than comes before it.
    fn may_go(&self, others: u32) -> bool {
        let next = self.next.as_ref().map(Claimed::claimed);
        next.is_some_and(|event| event.seen.is_none_or(|seen| seen.number <= others))
    }

    fn take(&mut self) -> Option<Claimed<Event>> {
        self.at = self.at.saturating_add(1);
        self.next.take()
    }
}
