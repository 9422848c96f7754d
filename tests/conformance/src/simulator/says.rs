//! What people and applications say: anything that the state lets them, and nothing that means anything.

use budstikke_keys::jws::{Verified, sign};
use budstikke_keys::secret::SecretKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::document::codes::Role;
use budstikke_protocol::ids::{OrganisationNumber, ReferralId};
use budstikke_protocol::patient::Identifier;
use budstikke_protocol::referral::codes::{AppRecCode, Outcome, Priority, WaitEnd};
use budstikke_protocol::referral::event::{Event, Person};
use budstikke_protocol::referral::said::{Answer, Refused, Requested, Said};
use budstikke_protocol::referral::state::{Side, State};

use super::random::Random;
use crate::cast;

/// An organisation that takes part in nothing.
const ELSEWHERE: &str = "310000051";

/// Who refers to whom.
#[derive(Debug, Clone, Copy)]
pub struct Referral {
    /// The id.
    pub id: ReferralId,
    /// The organisation that refers.
    pub referrer: OrganisationNumber,
    /// The organisation that is referred to.
    pub receiver: OrganisationNumber,
}

/// The key with which an organisation signs.
pub fn key_of(organisation: OrganisationNumber) -> SecretKey {
    cast::key(&format!("{organisation} sign"))
}

/// The person who says everything.
pub(super) fn person() -> Person {
    Person { hpr: cast::PERSON.parse().unwrap(), role: "LE".parse::<Role>().unwrap() }
}

impl Referral {
    /// The request that opens it.
    pub fn request(self, now: Timestamp, key: &SecretKey) -> Verified<Event> {
        let requested = Requested {
            patient: Identifier::parse("2.16.578.1.12.4.1.4.1".parse().unwrap(), "1").unwrap(),
            priority: "N".parse::<Priority>().unwrap(),
            seniority: "2026-11-02".parse().unwrap(),
            referral_kind: None,
            title: "Henvisning".parse().unwrap(),
            text: None,
            documents: Vec::new(),
            continues: None,
        };
        let event = Event {
            referral: self.id,
            referrer: self.referrer,
            receiver: self.receiver,
            author: self.referrer,
            number: 1,
            previous: None,
            seen: None,
            time: now,
            person: Some(person()),
            said: Said::Requested(Box::new(requested)),
        };
        sign(event, key).unwrap()
    }
}

/// Something that `side` may say now, unless what was drawn is not to be said.
pub(super) fn anything(random: &mut Random, state: &State, side: Side) -> Option<Said> {
    let said = match side {
        _ if random.percent(15) => message(),
        _ if random.percent(20) => answer(random, state, side)?,
        Side::Referrer => match random.of(0..10) {
            0..7 => Said::Supplemented { text: Some(text()), documents: Vec::new() },
            _ => Said::Withdrawn { reason: "nei".parse().unwrap() },
        },
        Side::Receiver => receiver(random),
    };
    state.may(side, &said).is_ok().then_some(said)
}

fn receiver(random: &mut Random) -> Said {
    let reason = || "fordi".parse().unwrap();
    match random.of(0..20) {
        0..4 => {
            Said::Accepted { outcome: "2".parse::<Outcome>().unwrap(), seniority: None, text: None }
        }
        4 => Said::Rejected { code: "9".parse::<WaitEnd>().unwrap(), reason: reason() },
        5..8 => Said::Scheduled { at: cast::time(cast::NOW), place: None, text: None },
        8..10 => Said::MoreInformationWanted { text: text() },
        10..13 => Said::Started { text: None },
        13..15 => Said::OnHold { reason: reason() },
        15..17 => Said::Completed { text: None, documents: Vec::new() },
        17 => Said::Redirected {
            to: cast::organisation(ELSEWHERE),
            referral: ReferralId::from_parts(random.of(0..1 << 40), [0; 10]),
            reason: reason(),
        },
        _ => Said::Reopened { reason: reason() },
    }
}

/// What an application says of the next event that it has not answered.
fn answer(random: &mut Random, state: &State, side: Side) -> Option<Said> {
    let of = state.chain(side).answered() + 1;
    if of > state.chain(side.other()).number() {
        return None;
    }
    let code = "X99".parse::<AppRecCode>().unwrap();
    let refused = Answer::Refused(Refused { code, text: None });
    let answer = if random.percent(20) { refused } else { Answer::Accepted };
    Some(Said::Acknowledged { of, answer })
}

fn message() -> Said {
    Said::Message { text: Some(text()), documents: Vec::new() }
}

fn text() -> budstikke_protocol::referral::said::Body {
    "hei".parse().unwrap()
}
