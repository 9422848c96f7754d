//! What one organisation holds of its referrals: a copy in memory, and one on the disk.

use std::collections::BTreeMap;
use std::rc::Rc;

use budstikke_keys::jws::Verified;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::{EventDigest, OrganisationNumber};
use budstikke_protocol::referral::event::{Event, ReferralName, Seen};
use budstikke_protocol::referral::fault::Fault;
use budstikke_protocol::referral::state::{Side, State};
use budstikke_protocol::referral::step::{Facts, Place};

use super::Broken;

/// A signed event, shared between sites: nobody changes it.
pub(super) type Held = Rc<Verified<Event>>;

/// All referrals.
pub(super) type Books = BTreeMap<ReferralName, Rc<Thread>>;

/// One referral, and how much of it was delivered.
#[derive(Debug, Clone)]
pub(super) struct Thread {
    pub(super) state: State,
    pub(super) referrer: Vec<Held>,
    pub(super) receiver: Vec<Held>,
    /// How many of the own events the other side has, as it said.
    pub(super) delivered: u32,
    /// When the last own event came, in milliseconds.
    pub(super) newest: u64,
}

impl Thread {
    pub(super) fn open(event: Held, now: Timestamp) -> Result<Self, Fault> {
        let state = State::open(&event, now)?;
        Ok(Self { state, referrer: vec![event], receiver: Vec::new(), delivered: 0, newest: 0 })
    }

    pub(super) fn chain(&self, side: Side) -> &[Held] {
        match side {
            Side::Referrer => &self.referrer,
            Side::Receiver => &self.receiver,
        }
    }

    /// Takes an event; whether it is new.
    pub(super) fn take(
        &mut self,
        event: &Held,
        now: Timestamp,
        broken: Broken,
    ) -> Result<bool, Fault> {
        let statement = event.statement();
        let side = self.state.side(statement.author).ok_or(Fault::WrongParty)?;
        let seen = Seen { number: statement.number, event: EventDigest::new(event.digest()) };
        let held = digest_at(self.chain(side), seen.number);
        if self.state.place(side, seen, held)? == Place::Held {
            return Ok(false);
        }
        if broken == Broken::IgnoresSeen {
            self.state.may(side, &statement.said)?;
        }
        let known =
            statement.seen.and_then(|seen| digest_at(self.chain(side.other()), seen.number));
        self.state = self.state.step(event, &Facts { seen: known, now })?;
        match side {
            Side::Referrer => self.referrer.push(Rc::clone(event)),
            Side::Receiver => self.receiver.push(Rc::clone(event)),
        }
        Ok(true)
    }

    /// The side of an organisation that is a party.
    pub(super) fn side(&self, organisation: OrganisationNumber) -> Side {
        self.state.side(organisation).unwrap()
    }

    /// The events of `side` after the first `number`.
    pub(super) fn after(&self, side: Side, number: u32) -> Vec<Held> {
        self.chain(side).iter().skip(usize::try_from(number).unwrap()).cloned().collect()
    }
}

fn digest_at(chain: &[Held], number: u32) -> Option<EventDigest> {
    let event = chain.get(usize::try_from(number.checked_sub(1)?).ok()?)?;
    Some(EventDigest::new(event.digest()))
}
