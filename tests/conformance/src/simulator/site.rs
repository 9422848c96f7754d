//! One organisation's node: it commits before it tells, and loses what it had not committed when it crashes.

use std::collections::BTreeMap;
use std::rc::Rc;

use budstikke_keys::jws::sign;
use budstikke_keys::secret::SecretKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::{EventDigest, OrganisationNumber};
use budstikke_protocol::referral::delivery::{Courier, Outcome, Waiting, batch};
use budstikke_protocol::referral::event::ReferralName;
use budstikke_protocol::referral::fault::Fault;
use budstikke_protocol::referral::said::{Answer, Said};

use super::Broken;
use super::books::{Books, Held, Thread};
use super::says;

/// A node.
pub(super) struct Site {
    pub(super) organisation: OrganisationNumber,
    key: SecretKey,
    /// How wrong its clock is, in milliseconds.
    pub(super) clock_ahead: u64,
    pub(super) disk: Books,
    pub(super) memory: Books,
    /// What is done when the next commit is on the disk.
    pub(super) after_commit: Vec<Effect>,
    pub(super) couriers: BTreeMap<usize, Courier>,
    /// The delivery to each peer that is on its way.
    pub(super) flights: BTreeMap<usize, u64>,
    pub(super) is_up: bool,
    /// Grows with each crash: what was planned before one does not happen.
    pub(super) run: u32,
}

/// What leaves a node, or is told to its couriers, once it is committed.
#[derive(Clone)]
pub(super) enum Effect {
    /// Somebody was told that it is done.
    Promise(EventDigest),
    /// The peer's delivery is answered.
    Answer { to: usize, flight: u64, parcels: Vec<(ReferralName, u32, Option<Fault>)> },
    /// There is something to deliver.
    Work(usize),
    /// A delivery has ended.
    Ended(usize, Outcome),
}

/// Events of one referral on their way.
#[derive(Clone)]
pub(super) struct Parcel {
    pub(super) name: ReferralName,
    /// How many of the other side's events the sender has.
    pub(super) have: u32,
    pub(super) events: Vec<Held>,
    pub(super) fault: Option<Fault>,
}

impl Site {
    pub(super) fn new(organisation: OrganisationNumber, clock_ahead: u64) -> Self {
        Self {
            organisation,
            key: says::key_of(organisation),
            clock_ahead,
            disk: Books::new(),
            memory: Books::new(),
            after_commit: Vec::new(),
            couriers: BTreeMap::new(),
            flights: BTreeMap::new(),
            is_up: true,
            run: 0,
        }
    }

    /// Opens a referral.
    pub(super) fn refer(&mut self, referral: says::Referral, to: usize, now: u64) {
        let wall = self.wall(now);
        let event = Rc::new(referral.request(wall, &self.key));
        let mut thread = Thread::open(Rc::clone(&event), wall).unwrap();
        thread.newest = now;
        self.memory.insert(thread.state.name(), Rc::new(thread));
        self.after_commit.push(Effect::Promise(EventDigest::new(event.digest())));
        self.after_commit.push(Effect::Work(to));
    }

    /// Says something in a referral with the site `to`.
    pub(super) fn say(&mut self, name: ReferralName, said: Said, to: usize, now: u64) {
        let wall = self.wall(now);
        let thread = Rc::make_mut(self.memory.get_mut(&name).unwrap());
        let side = thread.side(self.organisation);
        let person = (!said.is_acknowledgement()).then(says::person);
        let event = Rc::new(sign(thread.state.next(side, said, person, wall), &self.key).unwrap());
        thread.take(&event, wall, Broken::Nothing).unwrap();
        thread.newest = now;
        self.after_commit.push(Effect::Promise(EventDigest::new(event.digest())));
        self.after_commit.push(Effect::Work(to));
    }

    /// Takes what came in a parcel, and acknowledges what a person said in it. The fault is that of the first event that cannot
    /// follow.
    pub(super) fn take(
        &mut self,
        parcel: &Parcel,
        from: usize,
        now: u64,
        broken: Broken,
    ) -> Option<Fault> {
        let wall = self.wall(now);
        let mut fault = None;
        for event in &parcel.events {
            let taken = match self.memory.get_mut(&parcel.name) {
                Some(thread) => Rc::make_mut(thread).take(event, wall, broken).map(|_| ()),
                None => Thread::open(Rc::clone(event), wall).map(|thread| {
                    self.memory.insert(parcel.name, Rc::new(thread));
                }),
            };
            if let Err(error) = taken {
                fault = Some(error);
                break;
            }
        }
        let thread = self.memory.get(&parcel.name)?;
        let side = thread.side(self.organisation);
        if let Some(of) = thread.state.owes(side) {
            let said = Said::Acknowledged { of, answer: Answer::Stored };
            if thread.state.may(side, &said).is_ok() {
                self.say(parcel.name, said, from, now);
            }
        }
        fault
    }

    /// Notes how many of the own events the other side has.
    pub(super) fn note(&mut self, name: ReferralName, delivered: u32) {
        let Some(thread) = self.memory.get_mut(&name) else { return };
        if thread.delivered != delivered {
            Rc::make_mut(thread).delivered = delivered;
        }
    }

    /// What waits for the peer: of what is on the disk, unless something is broken.
    pub(super) fn parcels(&self, peer: OrganisationNumber, broken: Broken) -> Vec<Parcel> {
        let books = if broken == Broken::SendsUncommitted { &self.memory } else { &self.disk };
        let waiting = books.values().filter(|thread| {
            let side = thread.side(self.organisation);
            let number = thread.state.chain(side).number();
            thread.state.party(side.other()) == peer && number > thread.delivered
        });
        let waiting = waiting.map(|thread| Waiting {
            thread: thread.state.name(),
            since: thread.newest,
            newest: thread.newest,
            bytes: 1000,
        });
        batch(waiting.collect()).into_iter().map(|(name, _)| self.parcel(books, name)).collect()
    }

    fn parcel(&self, books: &Books, name: ReferralName) -> Parcel {
        let thread = &books[&name];
        let side = thread.side(self.organisation);
        Parcel {
            name,
            have: thread.state.chain(side.other()).number(),
            events: thread.after(side, thread.delivered),
            fault: None,
        }
    }

    /// What is answered to a parcel that says how many of the own events the peer has.
    pub(super) fn answer(&self, name: ReferralName, have: u32, fault: Option<Fault>) -> Parcel {
        let Some(thread) = self.disk.get(&name) else {
            return Parcel { name, have: 0, events: Vec::new(), fault };
        };
        let side = thread.side(self.organisation);
        let number = thread.state.chain(side.other()).number();
        Parcel { name, have: number, events: thread.after(side, have), fault }
    }

    /// Ends without warning: what was not committed is lost.
    pub(super) fn crash(&mut self) {
        self.memory.clone_from(&self.disk);
        self.after_commit.clear();
        self.couriers.clear();
        self.flights.clear();
        self.is_up = false;
        self.run += 1;
    }

    fn wall(&self, now: u64) -> Timestamp {
        let seconds = i64::try_from((now + self.clock_ahead) / 1000).unwrap();
        Timestamp::from_unix_seconds(1_793_620_800 + seconds).unwrap()
    }
}
