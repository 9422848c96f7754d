//! Whether an event may follow, and the state after it.

use budstikke_keys::jws::Verified;
use budstikke_keys::time::Timestamp;

use super::event::{Event, Kept, Seen};
use super::fault::Fault;
use super::receiver::Receiver;
use super::referrer::Referrer;
use super::said::Said;
use super::state::{Request, Side, State};
use crate::ids::EventDigest;
use crate::limits::EVENT_AHEAD_MAX;

/// What the one that holds the events knows beside the state.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// The event of the other side at the place that this event has seen; not needed for the last one.
    pub seen: Option<EventDigest>,
    /// The time.
    pub now: Timestamp,
}

/// What a received event is to the one that has the chain before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The next of its chain.
    Next,
    /// Held already: it came twice.
    Held,
}

impl State {
    /// The state that a request opens.
    ///
    /// # Errors
    /// It is no request by the referrer that begins a referral, or it is dated in the future.
    pub fn open(event: &Verified<Event>, now: Timestamp) -> Result<Self, Fault> {
        in_time(event.statement(), now)?;
        Self::opened(&Kept::from(event))
    }

    /// The state after an event.
    ///
    /// # Errors
    /// The event cannot follow; see [`Fault`].
    pub fn step(&self, event: &Verified<Event>, facts: &Facts) -> Result<Self, Fault> {
        in_time(event.statement(), facts.now)?;
        self.stepped(&Kept::from(event), facts.seen)
    }

    /// Whether an event is the next of its author's chain, or held already: `held` is the digest of the event of that author
    /// with the same number.
    ///
    /// # Errors
    /// [`Fault::Gap`] when events before it are missing, [`Fault::Fork`] when another one with its number is held.
    pub fn place(
        &self,
        side: Side,
        event: Seen,
        held: Option<EventDigest>,
    ) -> Result<Place, Fault> {
        let chain = self.chain(side);
        if event.number > chain.next_number() {
            Err(Fault::Gap)
        } else if event.number == chain.next_number() {
            Ok(Place::Next)
        } else if held == Some(event.event) {
            Ok(Place::Held)
        } else {
            Err(Fault::Fork)
        }
    }

    /// Whether `side` may say it now, having seen all that is known here.
    ///
    /// # Errors
    /// Why not.
    pub fn may(&self, side: Side, said: &Said) -> Result<(), Fault> {
        self.may_having_seen(side, said, self.chain(side.other()).number())
    }

    /// [`State::open`], whatever the time: for events that were verified, and in time, when they were taken.
    ///
    /// # Errors
    /// As [`State::open`].
    pub fn opened(kept: &Kept) -> Result<Self, Fault> {
        let event = &kept.event;
        let Said::Requested(requested) = &event.said else { return Err(Fault::NotRequested) };
        if event.author != event.referrer || event.number != 1 || event.seen.is_some() {
            return Err(Fault::NotRequested);
        }
        let request = Request {
            patient: requested.patient.clone(),
            priority: requested.priority,
            seniority: requested.seniority,
            referral_kind: requested.referral_kind,
            title: requested.title.clone(),
            time: event.time,
            continues: requested.continues.as_ref().map(|continues| continues.referral),
        };
        let referrers = Referrer::default().with(Seen::from(kept), &event.said, 0, event.time);
        Ok(Self {
            name: event.name(),
            receiver: event.receiver,
            request,
            referrers,
            receivers: Receiver::default(),
        })
    }

    /// [`State::step`], whatever the time, as [`State::opened`]; `known` is the event of the other side at the place that this
    /// one has seen.
    ///
    /// # Errors
    /// As [`State::step`].
    pub fn stepped(&self, kept: &Kept, known: Option<EventDigest>) -> Result<Self, Fault> {
        let event = &kept.event;
        if event.name() != self.name || event.receiver != self.receiver {
            return Err(Fault::OtherReferral);
        }
        let side = self.side(event.author).ok_or(Fault::WrongParty)?;
        self.chain(side).admits(event, self.chain(side.other()), known)?;
        let seen = event.seen.map_or(0, |seen| seen.number);
        if side == Side::Receiver && seen == 0 {
            return Err(Fault::WrongSeen);
        }
        self.may_having_seen(side, &event.said, seen)?;
        let mut state = self.clone();
        let head = Seen::from(kept);
        match side {
            Side::Referrer => {
                state.referrers = self.referrers.with(head, &event.said, seen, event.time);
            }
            Side::Receiver => {
                let seen_withdrawn = self.is_withdrawn_at(seen);
                let place = (head, event.time);
                state.receivers = self.receivers.with(&event.said, seen, seen_withdrawn, place)?;
            }
        }
        Ok(state)
    }

    /// Whether `side` may say it, having seen the other side's chain up to `seen`. What the other side has said beyond that
    /// must not matter: it may have come here first, and may come to the author last.
    fn may_having_seen(&self, side: Side, said: &Said, seen: u32) -> Result<(), Fault> {
        match side {
            Side::Referrer => self.referrers.may(said.kind(), self.receivers.reached(seen))?,
            Side::Receiver => self.receivers.may(said.kind(), self.is_withdrawn_at(seen))?,
        }
        if let Said::Redirected { to, .. } = said
            && self.side(*to).is_some()
        {
            return Err(Fault::NotAThird);
        }
        self.chain(side).may(said, seen)
    }

    /// Whether the referrer had withdrawn at `number` of its chain.
    fn is_withdrawn_at(&self, number: u32) -> bool {
        self.referrers.withdrawn().is_some_and(|withdrawal| withdrawal.number <= number)
    }
}

/// Refuses what is dated further in the future than clocks differ.
fn in_time(event: &Event, now: Timestamp) -> Result<(), Fault> {
    if event.time > now.plus(EVENT_AHEAD_MAX) { Err(Fault::NotYet) } else { Ok(()) }
}
