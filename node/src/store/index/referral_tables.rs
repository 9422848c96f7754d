//! The tables of referrals: how far each has come, where its events stand, and what waits for whom.
//!
//! | table | key | value |
//! |---|---|---|
//! | attached | custodian, document, referrer, id | –; this organisation has attached that document of its own |
//! | event | referrer, id, side, number | where in the journal that event stands, see [`EventRow`] |
//! | outbox | organisation, time, referrer, id | –; something waits there for that organisation since that time |
//! | referral | referrer, id | how far it has come, see [`ReferralRow`] |
//! | referral by patient | MAC of the identifier, referrer, id | – |
//! | unassessed | referrer, id | the number of the other side's last event of which this node has to look at what is attached |

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::{EventDigest, OrganisationNumber, ReferralId};
use budstikke_protocol::referral::event::ReferralName;
use budstikke_protocol::referral::state::{Side, State};
use serde::{Deserialize, Serialize};

use super::tables::{PatientMac, Table, of_document, organisation, parse_organisation, seconds};
use crate::store::bytes::take;
use crate::store::journal::frame::Position;
use crate::store::names::{DocumentName, EventPlace};

/// How far a referral has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReferralRow {
    /// What all events that are here come to.
    #[serde(rename = "s")]
    pub(crate) state: State,
    /// Which of the two this organisation is.
    #[serde(rename = "h")]
    pub(crate) here: Side,
    /// How many of this organisation's events the other one has told that it holds.
    #[serde(rename = "d")]
    pub(crate) delivered: u32,
    /// What waits for the other one.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub(crate) waiting: Option<Waiting>,
}

/// Since when something waits for delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// For whom.
    #[serde(rename = "f")]
    pub to: OrganisationNumber,
    /// Since when.
    #[serde(rename = "s")]
    pub since: Timestamp,
    /// From when on it was tried: later than that, when somebody has said to try once more.
    #[serde(rename = "t")]
    pub tried: Timestamp,
}

/// An event of a referral. There are as many of these rows as events, so the names of the members are short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EventRow {
    /// The commit that it stands in.
    #[serde(rename = "a")]
    pub(crate) at: Position,
    /// Its digest.
    #[serde(rename = "g", with = "serde_bytes")]
    pub(crate) digest: [u8; 32],
    /// The index of its entry in the log, and the how manieth entry of its commit that is, when this organisation has said it.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub(crate) entry: Option<(u64, usize)>,
}

impl EventRow {
    /// The digest of the event.
    pub(crate) fn digest(&self) -> EventDigest {
        EventDigest::new(Sha256Digest::from_bytes(self.digest))
    }
}

/// The key of a referral.
pub(crate) fn referral(name: ReferralName) -> Vec<u8> {
    Table::Referral.key(&[&organisation(name.referrer), &name.referral.to_bytes()])
}

/// The key of an event.
pub(crate) fn event(place: EventPlace) -> Vec<u8> {
    let EventPlace { name, side, number } = place;
    let side: u8 = match side {
        Side::Referrer => 0,
        Side::Receiver => 1,
    };
    Table::Event.key(&[
        &organisation(name.referrer),
        &name.referral.to_bytes(),
        &[side],
        &number.to_be_bytes(),
    ])
}

/// The key of what waits for an organisation.
pub(crate) fn outbox(waiting: &Waiting, name: ReferralName) -> Vec<u8> {
    Table::Outbox.key(&[
        &organisation(waiting.to),
        &seconds(waiting.tried),
        &organisation(name.referrer),
        &name.referral.to_bytes(),
    ])
}

/// What the keys of the outbox begin with that concern an organisation.
pub(crate) fn outbox_of(to: OrganisationNumber) -> Vec<u8> {
    Table::Outbox.key(&[&organisation(to)])
}

/// Before every key of the outbox of an organisation with this time or a later one.
pub(crate) fn outbox_from(to: OrganisationNumber, from: Timestamp) -> Vec<u8> {
    Table::Outbox.key(&[&organisation(to), &seconds(from)])
}

/// The key of a referral of a patient.
pub(crate) fn by_patient(patient: &PatientMac, name: ReferralName) -> Vec<u8> {
    Table::ReferralByPatient.key(&[
        patient,
        &organisation(name.referrer),
        &name.referral.to_bytes(),
    ])
}

/// The key of a document that this organisation has attached to an event of a referral.
pub(crate) fn attached(document: DocumentName, name: ReferralName) -> Vec<u8> {
    let key = of_document(Table::Attached, document);
    [key.as_slice(), &organisation(name.referrer), &name.referral.to_bytes()].concat()
}

/// The key of a referral of which this node has to look at what is attached.
pub(crate) fn unassessed(name: ReferralName) -> Vec<u8> {
    Table::Unassessed.key(&[&organisation(name.referrer), &name.referral.to_bytes()])
}

/// The referral that a key ends with, in every table but that of the events.
pub(crate) fn name_in_key(key: &[u8]) -> Option<ReferralName> {
    let mut name = key.last_chunk::<25>()?.as_slice();
    Some(ReferralName {
        referrer: parse_organisation(take(&mut name)?)?,
        referral: ReferralId::from_bytes(take(&mut name)?).ok()?,
    })
}

/// The organisation for which something waits.
pub(crate) fn receiver_in_key(key: &[u8]) -> Option<OrganisationNumber> {
    let mut rest = key.get(1..)?;
    parse_organisation(take(&mut rest)?)
}
