//! A referral that is played: both parties' signed events, and the state after them.

use budstikke_keys::jws::{Verified, sign};
use budstikke_keys::secret::SecretKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::EventDigest;
use budstikke_protocol::referral::event::{Event, Person, Seen};
use budstikke_protocol::referral::fault::Fault;
use budstikke_protocol::referral::said::{Answer, Refused, Said};
use budstikke_protocol::referral::state::{Side, State};
use budstikke_protocol::referral::step::Facts;
use serde_json::{Value, json};

use crate::cast::{self, GP, HOSPITAL, NOW, PERSON};
use crate::sample;

/// A referral of the GP's office to the hospital.
#[derive(Clone)]
pub struct Play {
    /// After all events.
    pub state: State,
    /// The referrer's events.
    pub referrer: Vec<Verified<Event>>,
    /// The receiver's events.
    pub receiver: Vec<Verified<Event>>,
}

/// The key with which a side signs.
pub fn key(side: Side) -> SecretKey {
    match side {
        Side::Referrer => cast::key("gp sign"),
        Side::Receiver => cast::key("hospital sign"),
    }
}

/// What an event says, from its JSON.
pub fn said(value: Value) -> Said {
    serde_json::from_value(value).unwrap()
}

/// An acknowledgement.
pub fn acknowledged(of: u32, answer: Answer) -> Said {
    Said::Acknowledged { of, answer }
}

/// The refusal of an application.
pub fn refused() -> Answer {
    Answer::Refused(Refused { code: "E31".parse().unwrap(), text: None })
}

/// The example of what is said by this kind.
pub fn example(kind: &str) -> Said {
    said(sample::said(kind))
}

impl Play {
    /// The request, and nothing else.
    pub fn new() -> Self {
        let event: Event = serde_json::from_value(sample::event()).unwrap();
        let event = sign(event, &key(Side::Referrer)).unwrap();
        let state = State::open(&event, cast::time(NOW)).unwrap();
        Self { state, referrer: vec![event], receiver: Vec::new() }
    }

    /// The events of a side.
    pub fn chain(&self, side: Side) -> &[Verified<Event>] {
        match side {
            Side::Referrer => &self.referrer,
            Side::Receiver => &self.receiver,
        }
    }

    /// With an event whose author has seen everything.
    #[must_use]
    pub fn then(self, side: Side, said: Said) -> Self {
        let event = self.next(side, said);
        self.with(event).unwrap()
    }

    /// With an event of each side, neither of which has seen the other.
    ///
    /// # Errors
    /// That of the second one.
    pub fn crossing(self, first: (Side, Said), second: (Side, Said)) -> Result<Self, Fault> {
        let (first, second) = (self.next(first.0, first.1), self.next(second.0, second.1));
        self.with(first)?.with(second)
    }

    /// The next event of a side, which has seen everything.
    pub fn next(&self, side: Side, said: Said) -> Verified<Event> {
        self.next_at(side, said, cast::time(NOW))
    }

    /// The next event of a side at a time.
    pub fn next_at(&self, side: Side, said: Said, time: Timestamp) -> Verified<Event> {
        let person = Person { hpr: PERSON.parse().unwrap(), role: "LE".parse().unwrap() };
        let person = (!said.is_acknowledgement()).then_some(person);
        sign(self.state.next(side, said, person, time), &key(side)).unwrap()
    }

    /// With an event, if it can follow.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn with(mut self, event: Verified<Event>) -> Result<Self, Fault> {
        let statement = event.statement();
        let side = self.state.side(statement.author).ok_or(Fault::WrongParty)?;
        let seen = statement.seen.and_then(|seen| self.digest(side.other(), seen));
        self.state = self.state.step(&event, &Facts { seen, now: cast::time(NOW) })?;
        match side {
            Side::Referrer => self.referrer.push(event),
            Side::Receiver => self.receiver.push(event),
        }
        Ok(self)
    }

    fn digest(&self, side: Side, seen: Seen) -> Option<EventDigest> {
        let at = usize::try_from(seen.number).unwrap().checked_sub(1)?;
        self.chain(side).get(at).map(|event| EventDigest::new(event.digest()))
    }

    /// A referral that has come to the status of this name, with nothing unusual on the way.
    pub fn at(status: &str) -> Self {
        let stored = || Self::new().then(Side::Receiver, acknowledged(1, Answer::Stored));
        let next = |status: &str, kind: &str| Self::at(status).then(Side::Receiver, example(kind));
        match status {
            "sent" => Self::new(),
            "received" => stored(),
            "information-wanted" => next("received", "more-information-wanted"),
            "accepted" => next("received", "accepted"),
            "scheduled" => next("accepted", "scheduled"),
            "started" => next("scheduled", "started"),
            "on-hold" => next("accepted", "on-hold"),
            "withdrawn" => stored().then(Side::Referrer, example("withdrawn")),
            "rejected" => next("received", "rejected"),
            "refused" => stored().then(Side::Receiver, acknowledged(1, refused())),
            "completed" => next("started", "completed"),
            "redirected" => next("received", "redirected"),
            other => panic!("{other} is no status"),
        }
    }
}

impl Default for Play {
    fn default() -> Self {
        Self::new()
    }
}

/// The parties of a played referral, the referrer first.
pub const PARTIES: [&str; 2] = [GP, HOSPITAL];

/// The members of a document that an event attaches.
pub fn attached(custodian: &str, number: u32) -> Value {
    json!({
        "custodian": custodian,
        "document": format!("01935000-0000-7000-8000-{number:012}"),
        "manifest": budstikke_keys::digest::Sha256Digest::of(format!("manifest {number}").as_bytes()),
    })
}
