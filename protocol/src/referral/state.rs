//! What is known of a referral: small whatever the length of the thread, and the same for both sides when they hold the same.

use budstikke_keys::time::{Date, Timestamp};
use serde::{Deserialize, Serialize};

use super::calendar;
use super::chain::Chain;
use super::codes::{Outcome, Priority, ReferralKind};
use super::event::{Event, Heads, Person, Redirection, ReferralName};
use super::receiver::{Phase, Receiver};
use super::referrer::Referrer;
use super::said::Said;
use super::status::Status;
use crate::ids::OrganisationNumber;
use crate::limits::REFERRAL_KEPT_OPEN;
use crate::patient::Identifier;
use crate::text::Text;

/// The state of a referral: a part that only the referrer moves, and one that only the receiver moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub(super) name: ReferralName,
    pub(super) receiver: OrganisationNumber,
    pub(super) request: Request,
    pub(super) referrers: Referrer,
    pub(super) receivers: Receiver,
}

/// What the request says that a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Whom it is about.
    pub patient: Identifier,
    /// How urgent the referrer thinks it is.
    pub priority: Priority,
    /// The date from which waiting counts, as the referrer says.
    pub seniority: Date,
    /// What is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral_kind: Option<ReferralKind>,
    /// What people see.
    pub title: Text<128>,
    /// When it was signed, as the referrer claims.
    pub time: Timestamp,
    /// The referral that it continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<ReferralName>,
}

/// Either party of a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The organisation that refers.
    Referrer,
    /// The organisation that is referred to.
    Receiver,
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Referrer => Self::Receiver,
            Self::Receiver => Self::Referrer,
        }
    }
}

impl State {
    /// What the referral is called.
    pub fn name(&self) -> ReferralName {
        self.name
    }

    /// The organisation that refers.
    pub fn referrer(&self) -> OrganisationNumber {
        self.name.referrer
    }

    /// The organisation that is referred to.
    pub fn receiver(&self) -> OrganisationNumber {
        self.receiver
    }

    /// Which side an organisation is on.
    pub fn side(&self, organisation: OrganisationNumber) -> Option<Side> {
        if organisation == self.name.referrer {
            Some(Side::Referrer)
        } else if organisation == self.receiver {
            Some(Side::Receiver)
        } else {
            None
        }
    }

    /// The organisation on a side.
    pub fn party(&self, side: Side) -> OrganisationNumber {
        match side {
            Side::Referrer => self.name.referrer,
            Side::Receiver => self.receiver,
        }
    }

    /// What the request says that a list shows.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The chain of one side: its length, its head, and what it has acknowledged of the other's.
    pub fn chain(&self, side: Side) -> &Chain {
        match side {
            Side::Referrer => self.referrers.chain(),
            Side::Receiver => self.receivers.chain(),
        }
    }

    /// The ends of both chains, for a referral that continues this one.
    pub fn heads(&self) -> Option<Heads> {
        let referrer = self.referrers.chain().head()?;
        Some(Heads { referrer, receiver: self.receivers.chain().head() })
    }

    /// How it stands.
    pub fn status(&self) -> Status {
        let receiver = &self.receivers;
        match receiver.phase() {
            Phase::Rejected => Status::Rejected,
            Phase::Refused => Status::Refused,
            Phase::Completed => Status::Completed,
            Phase::Redirected => Status::Redirected,
            Phase::Started if receiver.is_on_hold() => Status::OnHold,
            Phase::Started => Status::Started,
            Phase::New | Phase::Accepted | Phase::Scheduled
                if self.referrers.withdrawn().is_some() =>
            {
                Status::Withdrawn
            }
            Phase::Accepted | Phase::Scheduled if receiver.is_on_hold() => Status::OnHold,
            Phase::Accepted => Status::Accepted,
            Phase::Scheduled => Status::Scheduled,
            Phase::New if self.is_information_wanted() => Status::InformationWanted,
            Phase::New if receiver.facts().received.is_some() => Status::Received,
            Phase::New => Status::Sent,
        }
    }

    /// How decided it is: without a reopening it never grows less, in whatever order events come.
    pub fn rank(&self) -> u8 {
        match self.receivers.phase() {
            Phase::Rejected | Phase::Refused | Phase::Completed | Phase::Redirected => 5,
            Phase::Started => 4,
            Phase::New | Phase::Accepted | Phase::Scheduled
                if self.referrers.withdrawn().is_some() =>
            {
                3
            }
            Phase::Scheduled => 2,
            Phase::Accepted => 1,
            Phase::New => 0,
        }
    }

    /// How often the receiver has reopened it.
    pub fn reopened(&self) -> usize {
        self.receivers.reopened()
    }

    /// Whether care has begun, also when it pauses now; not asked of a referral that has ended.
    pub fn is_begun(&self) -> bool {
        self.receivers.phase() == Phase::Started
    }

    /// Whether the receiver has asked for something that no supplement has answered.
    pub fn is_information_wanted(&self) -> bool {
        self.receivers.wanted().is_some_and(|number| number > self.referrers.supplied())
    }

    /// Whether nothing but messages and acknowledgements follows, unless it is reopened.
    pub fn is_ended(&self) -> bool {
        self.status().is_ended()
    }

    /// Whether the referrer took it back too late: it had been decided, or care had begun, before the receiver knew.
    pub fn is_withdrawal_overtaken(&self) -> bool {
        self.referrers.withdrawn().is_some() && self.status() != Status::Withdrawn
    }

    /// When it ended, as the party that ended it claims.
    pub fn ended(&self) -> Option<Timestamp> {
        let withdrawn = self.referrers.withdrawn().map(|withdrawal| withdrawal.time);
        let ended = self.receivers.facts().ended;
        if self.is_ended() { ended.or(withdrawn) } else { None }
    }

    /// When the receiver's node stored the request, as it claims.
    pub fn received(&self) -> Option<Timestamp> {
        self.receivers.facts().received
    }

    /// The date from which waiting counts: the receiver's, when its assessment says another.
    pub fn seniority(&self) -> Date {
        self.receivers.facts().seniority.unwrap_or(self.request.seniority)
    }

    /// What the assessment came to.
    pub fn outcome(&self) -> Option<Outcome> {
        self.receivers.facts().outcome
    }

    /// The last appointment.
    pub fn appointment(&self) -> Option<Timestamp> {
        self.receivers.facts().appointment
    }

    /// Where it was sent on to.
    pub fn redirected(&self) -> Option<Redirection> {
        self.receivers.facts().redirected
    }

    /// The last day on which it should be assessed; absent until the receiver's node has stored it.
    pub fn due(&self) -> Option<Date> {
        let facts = self.receivers.facts();
        facts.reopened.or(facts.received).map(calendar::due)
    }

    /// Whether that day is over and nobody has assessed it.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        let is_open = match self.status() {
            Status::Sent | Status::Received | Status::InformationWanted => true,
            Status::Accepted
            | Status::Scheduled
            | Status::Started
            | Status::OnHold
            | Status::Withdrawn
            | Status::Rejected
            | Status::Refused
            | Status::Completed
            | Status::Redirected => false,
        };
        is_open && self.due().is_some_and(|due| calendar::day(now) > due)
    }

    /// Whether a document that `custodian`, a party, has itself attached to an event of this referral may be read by `asker`:
    /// the other party, and the one that the referral was redirected to, while it is open and for some time after it ended.
    pub fn opens(
        &self,
        custodian: OrganisationNumber,
        asker: OrganisationNumber,
        now: Timestamp,
    ) -> bool {
        let is_reader = self.side(asker).is_some()
            || self.redirected().is_some_and(|redirection| redirection.to == asker);
        let is_in_time = self.ended().is_none_or(|ended| now < ended.plus(REFERRAL_KEPT_OPEN));
        self.side(custodian).is_some() && custodian != asker && is_reader && is_in_time
    }

    /// Up to which number of the other side's chain `side` should say that it has stored it; absent when it has said so, or
    /// when only acknowledgements came since: those are not acknowledged.
    pub fn owes(&self, side: Side) -> Option<u32> {
        let (own, other) = (self.chain(side), self.chain(side.other()));
        (other.spoken() > own.stored()).then(|| other.number())
    }

    /// The next event of `side`, to be signed: it has seen all that is known here.
    pub fn next(&self, side: Side, said: Said, person: Option<Person>, now: Timestamp) -> Event {
        let own = self.chain(side);
        Event {
            referral: self.name.referral,
            referrer: self.name.referrer,
            receiver: self.receiver,
            author: self.party(side),
            number: own.next_number(),
            previous: own.head().map(|head| head.event),
            seen: self.chain(side.other()).head(),
            time: now,
            person,
            said,
        }
    }
}
