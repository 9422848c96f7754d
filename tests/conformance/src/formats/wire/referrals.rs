//! The messages that deliver events of referrals.

use budstikke_protocol::wire::index::{EventQuestion, IndexQuestion};
use budstikke_protocol::wire::referral::{Held, Parcel, ReferralAnswer, ReferralDelivery, Taken};
use budstikke_protocol::wire::refusal::Refusal;
use ciborium::Value;

use super::messages::map;
use super::row::{Kind, Row};

const REFERRER: &str = "983974910";
const REFERRAL: &str = "01935000-0000-7000-8000-000000000007";

/// Every case.
pub(super) fn rows() -> Vec<Row> {
    let mut rows = vec![delivery(), asked(), event_question()];
    rows.extend(answers());
    rows.extend(refused());
    rows
}

fn parcel(events: &[&str]) -> Parcel {
    Parcel {
        referrer: REFERRER.parse().unwrap(),
        referral: REFERRAL.parse().unwrap(),
        held: Held { own: 2, theirs: 1 },
        events: events.iter().map(|event| (*event).to_owned()).collect(),
    }
}

fn delivery() -> Row {
    let delivery = ReferralDelivery { parcels: vec![parcel(&["e30.e30.AAAA", "e30.e30.BBBB"])] };
    let text = format!(
        r#"{{"parcels": [{{"referrer": "{REFERRER}", "referral": "{REFERRAL}", "held": {{"own": 2, "theirs": 1}}, "events": ["e30.e30.AAAA", "e30.e30.BBBB"]}}]}}"#
    );
    let shows = "two events are delivered; what they say is judged by other rules";
    Row::good("good-referral-delivery", shows, Kind::ReferralDelivery, &delivery, &text)
}

fn asked() -> Row {
    let delivery = ReferralDelivery { parcels: vec![parcel(&[])] };
    let text = format!(
        r#"{{"parcels": [{{"referrer": "{REFERRER}", "referral": "{REFERRAL}", "held": {{"own": 2, "theirs": 1}}, "events": []}}]}}"#
    );
    let shows = "nothing is delivered: the sender wants to know what the other side holds";
    Row::good("good-referral-asked", shows, Kind::ReferralDelivery, &delivery, &text)
}

fn event_question() -> Row {
    let question = EventQuestion {
        referrer: REFERRER.parse().unwrap(),
        referral: REFERRAL.parse().unwrap(),
        number: 2,
    };
    let text = format!(
        r#"{{"event": {{"referrer": "{REFERRER}", "referral": "{REFERRAL}", "number": 2}}}}"#
    );
    let shows = "the receipt of an event is asked for";
    let question = IndexQuestion::Event(question);
    Row::good("good-event-question", shows, Kind::IndexQuestion, &question, &text)
}

fn answers() -> [Row; 4] {
    let good = |name, shows, answer: ReferralAnswer, text: &str| {
        Row::good(name, shows, Kind::ReferralAnswer, &answer, text)
    };
    let held = Held { own: 2, theirs: 2 };
    let stored = Taken { held, events: vec!["e30.e30.CCCC".to_owned()], fault: None };
    let fault = Some("gap".to_owned());
    let gap = Taken { held: Held { own: 0, theirs: 0 }, events: Vec::new(), fault };
    [
        good(
            "good-referral-taken",
            "both are stored, and acknowledged",
            ReferralAnswer::Taken(vec![stored]),
            r#"{"taken": [{"held": {"own": 2, "theirs": 2}, "events": ["e30.e30.CCCC"]}]}"#,
        ),
        good(
            "good-referral-fault",
            "events before them are missing",
            ReferralAnswer::Taken(vec![gap]),
            r#"{"taken": [{"held": {"own": 0, "theirs": 0}, "events": [], "fault": "gap"}]}"#,
        ),
        good(
            "good-referral-full",
            "nothing was taken: there is no room",
            ReferralAnswer::Full { retry_after: 60 },
            r#"{"full": {"retry_after": 60}}"#,
        ),
        good(
            "good-referral-refused",
            "nothing was taken",
            ReferralAnswer::Refused(Refusal::Technical),
            r#"{"refused": "technical"}"#,
        ),
    ]
}

fn refused() -> [Row; 2] {
    let bad = |name, shows, bytes: Vec<u8>, refusal| {
        Row::bad(name, shows, Kind::ReferralDelivery, bytes, refusal)
    };
    let members = [("referrer", REFERRER.into()), ("referral", REFERRAL.into())];
    let parcel = Value::Map(members.map(|(name, value)| (name.into(), value)).into());
    let without = map([("parcels", Value::Array(vec![parcel]))]);
    let mut trailing = map([("parcels", Value::Array(Vec::new()))]);
    trailing.push(0);
    [
        bad(
            "referral-nothing-held",
            "a parcel that does not say what is held",
            without,
            "malformed",
        ),
        bad("referral-trailing", "bytes after the message", trailing, "trailing"),
    ]
}
