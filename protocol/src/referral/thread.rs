//! The whole thread: both chains, merged in one order that is the same for everybody who holds the same events.

use super::event::{Event, Kept};
use super::fault::Fault;
use super::state::{Side, State};
use super::status::Status;

/// All events of a referral.
#[derive(Debug, Clone)]
pub struct Thread {
    state: State,
    lines: Vec<Line>,
}

/// An event in its place in the thread.
#[derive(Debug, Clone)]
pub struct Line {
    /// Whose.
    pub side: Side,
    /// The event.
    pub kept: Kept,
    /// Whether the other side spoke meanwhile: neither had seen the other's word.
    pub crossed: bool,
    /// How the referral stands after it, for somebody who reads in this order.
    pub status: Status,
}

impl Thread {
    /// Merges both chains, each from its first event on. An event comes after all that it has seen, before that the
    /// referrer's; times are only claimed, so they order nothing.
    ///
    /// # Errors
    /// The first event that cannot follow. Whether it was in time is not asked again.
    pub fn merge(referrer: Vec<Kept>, receiver: Vec<Kept>) -> Result<Self, Fault> {
        let first = referrer.first().ok_or(Fault::NotRequested)?;
        let mut state = State::opened(first)?;
        let (sender, taker) = (state.referrer(), state.receiver());
        let is_own = referrer.iter().all(|kept| kept.event.author == sender)
            && receiver.iter().all(|kept| kept.event.author == taker);
        if !is_own {
            return Err(Fault::WrongParty);
        }
        let order = order(&referrer, &receiver)?;
        let mut lines = Vec::with_capacity(order.len());
        for (side, at) in order {
            let (own, other) = match side {
                Side::Referrer => (&referrer, &receiver),
                Side::Receiver => (&receiver, &referrer),
            };
            let kept = own.get(at).ok_or(Fault::Gap)?;
            // The first event has opened the state.
            if side == Side::Receiver || at > 0 {
                let known = seen(&kept.event).checked_sub(1).and_then(|seen| other.get(seen));
                state = state.stepped(kept, known.map(|known| known.digest))?;
            }
            let crossed = crosses(kept, other);
            lines.push(Line { side, kept: kept.clone(), crossed, status: state.status() });
        }
        Ok(Self { state, lines })
    }

    /// The state after all of them.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The events, in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }
}

/// How much of the other side's chain an event has seen.
fn seen(event: &Event) -> usize {
    event.seen.map_or(0, |seen| usize::try_from(seen.number).unwrap_or(usize::MAX))
}

/// The side of each event of the thread and its index in that side's chain: of two that may come next, the referrer's does.
fn order(referrer: &[Kept], receiver: &[Kept]) -> Result<Vec<(Side, usize)>, Fault> {
    let (mut left, mut right) = (0, 0);
    let mut order = Vec::with_capacity(referrer.len().saturating_add(receiver.len()));
    loop {
        let next = (referrer.get(left), receiver.get(right));
        if next.0.is_some_and(|kept| seen(&kept.event) <= right) {
            order.push((Side::Referrer, left));
            left = left.saturating_add(1);
        } else if next.1.is_some_and(|kept| seen(&kept.event) <= left) {
            order.push((Side::Receiver, right));
            right = right.saturating_add(1);
        } else if next.0.is_none() && next.1.is_none() {
            return Ok(order);
        } else {
            return Err(Fault::NotHeld);
        }
    }
}

/// Whether a person of the other side spoke after what this event has seen, and before having seen this event.
fn crosses(kept: &Kept, other: &[Kept]) -> bool {
    let number = usize::try_from(kept.event.number).unwrap_or(usize::MAX);
    let unseen = other.iter().skip(seen(&kept.event));
    let mut meanwhile = unseen.take_while(|other| seen(&other.event) < number);
    !kept.event.said.is_acknowledgement()
        && meanwhile.any(|other| !other.event.said.is_acknowledgement())
}
