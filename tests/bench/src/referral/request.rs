//! The first event of a referral, as a node says it.

use budstikke::entropy;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::{Environment, ReferralId};
use budstikke_protocol::patient::{Identifier, PersonNumber};
use budstikke_protocol::referral::event::Event;
use budstikke_scenarios::cluster::PATIENTS;
use serde_json::json;

use super::order::TEXT;

/// A request of `from` to `to`.
pub(crate) fn request(from: &str, to: &str, time: Timestamp) -> Event {
    let patient = PersonNumber::parse(PATIENTS[0], Environment::Test).unwrap();
    let millis = u64::try_from(time.unix_seconds()).unwrap() * 1000;
    let id = ReferralId::from_parts(millis, *entropy::draw::<10>().unwrap());
    let event = json!({
        "referral": id,
        "referrer": from,
        "receiver": to,
        "author": from,
        "number": 1,
        "time": time,
        "person": {"hpr": "999000101", "role": "LE"},
        "said": {
            "kind": "requested",
            "patient": Identifier::of(&patient, from.parse().unwrap()),
            "priority": "N",
            "seniority": "2026-11-01",
            "title": "Henvisning til ortopedisk poliklinikk",
            "text": TEXT.repeat(10).trim_end(),
        },
    });
    serde_json::from_value(event).unwrap()
}
