//! Who is dialled back, and when again.

use std::time::Duration;

use super::*;

fn organisation(number: usize) -> OrganisationNumber {
    ["983974910", "974760673", "314026055", "972418013"][number].parse().unwrap()
}

fn at(seconds: u64) -> Timestamp {
    let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    noon.plus(Duration::from_secs(seconds))
}

#[test]
fn a_member_has_a_turn_every_ten_seconds() {
    let dial_backs = DialBacks::default();
    let check = |who: usize, seconds: u64, expected: Result<(), u32>| {
        let turn = dial_backs.turn(organisation(who), at(seconds)).map(drop);
        assert_eq!(turn, expected.map_err(|retry_after| Refusal::Rate { retry_after }));
    };
    check(0, 100, Ok(()));
    check(0, 100, Err(10));
    check(1, 101, Ok(()));
    check(0, 107, Err(3));
    check(0, 110, Ok(()));
    // The clock was set back.
    check(0, 50, Ok(()));
}

#[test]
fn no_more_than_eight_are_dialled_at_a_time() {
    let dial_backs = DialBacks::default();
    let turns: Vec<_> =
        (0..8).map(|turn| dial_backs.turn(organisation(0), at(turn * 10)).unwrap()).collect();
    assert_eq!(dial_backs.turn(organisation(1), at(0)).map(drop), Err(Refusal::Technical));
    drop(turns);
    assert!(dial_backs.turn(organisation(1), at(0)).is_ok());
}
