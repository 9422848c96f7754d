//! How buckets run empty and fill.

use std::time::Duration;

use super::*;

const START: i64 = 1_795_349_045;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_seconds(START).unwrap().plus(Duration::from_secs(seconds))
}

fn hospital() -> OrganisationNumber {
    "983974910".parse().unwrap()
}

/// Each take: how many, after how many seconds, and what comes of it.
fn check(per_day: u32, takes: &[(usize, u64, Result<(), u32>)]) {
    let buckets = Buckets::default();
    for (step, (elements, seconds, expected)) in takes.iter().enumerate() {
        let found = buckets.take(hospital(), *elements, (per_day, at(*seconds)));
        assert_eq!(found, *expected, "step {step}");
    }
}

#[test]
fn a_bucket_holds_an_hour_and_fills_through_the_day() {
    // 48 000 a day are 2 000 an hour, and five in nine seconds.
    check(
        48_000,
        &[
            (1000, 0, Ok(())),
            (1000, 0, Ok(())),
            (5, 0, Err(9)),
            (5, 8, Err(1)),
            (5, 9, Ok(())),
            (1000, 3609, Ok(())),
            (1000, 3609, Ok(())),
            (1, 3609, Err(2)),
        ],
    );
}

#[test]
fn a_bucket_holds_a_batch_or_all_of_a_small_day() {
    check(2400, &[(1000, 0, Ok(())), (1, 0, Err(36)), (1, 36, Ok(()))]);
    check(3, &[(3, 0, Ok(())), (1, 0, Err(28_800)), (1, 28_800, Ok(()))]);
}

#[test]
fn who_may_have_none_gets_none() {
    check(0, &[(1, 0, Err(86_400)), (1, 1_000_000, Err(86_400))]);
}

#[test]
fn a_clock_that_is_put_back_fills_nothing() {
    let buckets = Buckets::default();
    let take = |seconds| buckets.take(hospital(), 3, (3, at(seconds)));
    assert_eq!(take(100), Ok(()));
    assert!(take(0).is_err());
    assert!(take(100).is_err(), "a hundred seconds are no third of a day");
}

#[test]
fn members_have_buckets_of_their_own() {
    let buckets = Buckets::default();
    let other = "974760673".parse().unwrap();
    assert_eq!(buckets.take(hospital(), 3, (3, at(0))), Ok(()));
    assert_eq!(buckets.take(other, 3, (3, at(0))), Ok(()));
    assert!(buckets.take(hospital(), 1, (3, at(0))).is_err());
}
