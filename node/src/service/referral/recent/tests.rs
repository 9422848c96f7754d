//! What is remembered, and what is forgotten.

use budstikke_protocol::ids::ReferralId;
use budstikke_protocol::referral::event::ReferralName;
use budstikke_protocol::referral::state::Side;

use super::{BYTES_MAX, Recent, Said};
use crate::store::EventPlace;

fn place(number: u32) -> EventPlace {
    let referral = ReferralId::from_parts(1_795_000_000_000, [7; 10]);
    let name = ReferralName { referrer: "983974910".parse().unwrap(), referral };
    EventPlace { name, side: Side::Referrer, number }
}

fn said(bytes: usize) -> Said {
    Said { seen: 3, compact: "x".repeat(bytes) }
}

#[test]
fn the_oldest_are_forgotten_when_there_is_no_more_room() {
    let recent = Recent::default();
    let quarter = BYTES_MAX / 4;
    (1..=4).for_each(|number| recent.remember(place(number), said(quarter)));
    assert!((1..=4).all(|number| recent.at(place(number)).is_some()));
    recent.remember(place(5), said(1));
    let here: Vec<u32> = (1..=5).filter(|number| recent.at(place(*number)).is_some()).collect();
    assert_eq!(here, [2, 3, 4, 5]);
    assert_eq!(recent.at(place(5)).unwrap().seen, 3);
}

#[test]
fn one_that_is_remembered_twice_takes_its_room_once() {
    let recent = Recent::default();
    let half = BYTES_MAX / 2;
    recent.remember(place(1), said(half));
    (0..9).for_each(|_| recent.remember(place(2), said(half)));
    assert!(recent.at(place(1)).is_some() && recent.at(place(2)).is_some());
}

#[test]
fn nothing_of_an_event_is_shown() {
    let recent = Recent::default();
    recent.remember(place(1), said(9));
    assert_eq!(format!("{recent:?}"), "Recent { .. }");
}
