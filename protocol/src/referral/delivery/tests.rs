//! When a courier goes, and what rides along.

use std::time::Duration;

use budstikke_keys::time::Timestamp;

use super::{Courier, Input, Lateness, Outcome, Output, Waiting, batch};
use crate::limits::{DELIVERY_BYTES_MAX, DELIVERY_THREADS_MAX};

/// The wait after one more failure at time 0.
fn failed(courier: &mut Courier, random: u64) -> u64 {
    let output = courier.step(Input::Answered(Outcome::Failed), 0, random);
    let Output::Wake(until) = output else { panic!("{output:?}") };
    until
}

#[test]
fn work_is_sent_at_once_and_one_delivery_at_a_time() {
    let mut courier = Courier::default();
    assert_eq!(courier.step(Input::Work, 0, 0), Output::Send);
    assert_eq!(courier.step(Input::Work, 1, 0), Output::Rest);
    assert_eq!(courier.step(Input::Appeared, 1, 0), Output::Rest);
    // What came meanwhile goes with the next one.
    assert_eq!(courier.step(Input::Answered(Outcome::Done), 2, 0), Output::Send);
    assert_eq!(courier.step(Input::Answered(Outcome::Done), 3, 0), Output::Rest);
    assert_eq!(courier, Courier::default());
}

#[test]
fn more_is_sent_until_there_is_no_more() {
    let mut courier = Courier::default();
    courier.step(Input::Work, 0, 0);
    assert_eq!(courier.step(Input::Answered(Outcome::More), 1, 0), Output::Send);
    assert_eq!(courier.step(Input::Answered(Outcome::Done), 2, 0), Output::Rest);
}

#[test]
fn waits_double_from_50_ms_to_an_hour_and_are_drawn_below_that() {
    let mut courier = Courier::default();
    assert_eq!(courier.step(Input::Work, 0, 0), Output::Send);
    for failures in 0..80_u32 {
        assert_eq!(courier.failures(), failures);
        let wait = failed(&mut courier, u64::MAX);
        let bound = 50_u64.saturating_mul(1 << failures.min(40)).min(3_600_000);
        assert!((1..=bound).contains(&wait), "{failures}: {wait}");
        assert_eq!(courier.next_attempt(), Some(wait));
        assert_eq!(courier.step(Input::Tick, wait - 1, 0), Output::Wake(wait));
        assert_eq!(courier.step(Input::Work, wait - 1, 0), Output::Wake(wait));
        assert_eq!(courier.step(Input::Tick, wait, 0), Output::Send);
    }
    assert_eq!(failed(&mut courier, 0), 1);
    // The longest wait there is can be drawn.
    courier.step(Input::Tick, 1, 0);
    assert_eq!(failed(&mut courier, 3_599_999), 3_600_000);
}

#[test]
fn a_peer_that_appears_is_tried_at_once() {
    let mut courier = Courier::default();
    courier.step(Input::Work, 0, 0);
    failed(&mut courier, 49);
    assert_eq!(courier.step(Input::Appeared, 1, 0), Output::Send);
    assert_eq!(courier.failures(), 0);
    assert_eq!(Courier::default().step(Input::Appeared, 0, 0), Output::Rest);
}

#[test]
fn a_full_peer_is_left_in_peace_for_as_long_as_it_says() {
    let full = |seconds| {
        let mut courier = Courier::default();
        courier.step(Input::Work, 0, 0);
        let outcome = Outcome::Full { retry_after: Duration::from_secs(seconds) };
        (courier.step(Input::Answered(outcome), 0, 0), courier)
    };
    let (output, mut courier) = full(30);
    assert_eq!(output, Output::Wake(30_000));
    assert_eq!(courier.step(Input::Appeared, 1, 0), Output::Wake(30_000));
    assert_eq!(courier.step(Input::Work, 1, 0), Output::Wake(30_000));
    assert_eq!(courier.step(Input::Tick, 30_000, 0), Output::Send);
    // Nobody puts a node to sleep for ever, nor makes it hammer.
    assert_eq!(full(u64::MAX).0, Output::Wake(3_600_000));
    assert_eq!(full(0).0, Output::Wake(50));
}

#[test]
fn an_answer_to_nothing_changes_nothing() {
    let mut courier = Courier::default();
    assert_eq!(courier.step(Input::Answered(Outcome::Failed), 0, 0), Output::Rest);
    assert_eq!(courier, Courier::default());
}

#[test]
fn people_are_told_after_four_hours_and_it_is_dead_after_two_weeks() {
    let since = Timestamp::UNIX_EPOCH;
    let after = |seconds| Lateness::of(since, Timestamp::from_unix_seconds(seconds).unwrap());
    assert_eq!(after(4 * 3600 - 1), Lateness::OnTime);
    assert_eq!(after(4 * 3600), Lateness::Late);
    assert_eq!(after(14 * 86_400 - 1), Lateness::Late);
    assert_eq!(after(14 * 86_400), Lateness::Dead);
    // A clock that was put back makes nothing late.
    assert_eq!(Lateness::of(Timestamp::from_unix_seconds(1000).unwrap(), since), Lateness::OnTime);
}

fn waiting(threads: impl IntoIterator<Item = u64>, bytes: usize) -> Vec<Waiting<u64>> {
    let of = |since| Waiting { thread: since, since, newest: since, bytes };
    threads.into_iter().map(of).collect()
}

#[test]
fn the_newest_ride_first_and_then_the_oldest() {
    let riding: Vec<_> = batch(waiting(0..10_000, 1000)).into_iter().map(|(it, _)| it).collect();
    let expected: Vec<_> = (9_992..10_000).rev().chain(0..24).collect();
    assert_eq!(riding, expected);
    assert_eq!(riding.len(), DELIVERY_THREADS_MAX);
}

#[test]
fn a_delivery_has_room_for_so_many_bytes() {
    let whole = batch(waiting(0..4, DELIVERY_BYTES_MAX / 2));
    assert_eq!(whole, [(3, DELIVERY_BYTES_MAX / 2), (2, DELIVERY_BYTES_MAX / 2)]);
    // One that is too long goes in parts.
    assert_eq!(batch(waiting([7], usize::MAX)), [(7, DELIVERY_BYTES_MAX)]);
    assert_eq!(batch::<u64>(Vec::new()), []);
}
