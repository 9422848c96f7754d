//! One spelling for each moment, and arithmetic that stays within the years 1970 to 9999.

use std::time::Duration;

use super::{SECONDS_MAX, Timestamp, TimestampError};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds).unwrap()
}

#[test]
fn moments_are_written_in_one_form_of_twenty_bytes() {
    for (seconds, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_795_349_045, "2026-11-22T12:04:05Z"),
        (SECONDS_MAX, "9999-12-31T23:59:59Z"),
    ] {
        assert_eq!(at(seconds).to_string(), text);
        assert_eq!(text.parse(), Ok(at(seconds)));
        assert_eq!(text.len(), 20);
    }
}

#[test]
fn other_spellings_are_refused() {
    for text in [
        "",
        "Z",
        "2026-11-22",
        "2026-11-22T12:04:05",
        "2026-11-22T12:04Z",
        "2026-11-22 12:04:05Z",
        "2026-11-22t12:04:05Z",
        "2026-11-22T12:04:05z",
        "2026-11-22T12:04:05ZZ",
        " 2026-11-22T12:04:05Z",
        "2026-11-22T12:04:05.5Z",
        "2026-11-22T12:04:05.000Z",
        "2026-11-22T12:04:05+00:00",
        "2026-11-22T12:04:05[UTC]Z",
        "20261122T120405Z",
        "+002026-11-22T12:04:05Z",
    ] {
        assert_eq!(text.parse::<Timestamp>(), Err(TimestampError::Form), "{text}");
    }
}

#[test]
fn moments_that_do_not_exist_are_refused() {
    for text in ["2026-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2016-12-31T23:59:60Z"] {
        assert_eq!(text.parse::<Timestamp>(), Err(TimestampError::Form), "{text}");
    }
}

#[test]
fn epoch_is_the_first_moment() {
    assert_eq!(Timestamp::UNIX_EPOCH, at(0));
}

#[test]
fn moments_outside_the_range_are_refused() {
    for seconds in [i64::MIN, -1, SECONDS_MAX + 1, i64::MAX] {
        assert_eq!(Timestamp::from_unix_seconds(seconds), Err(TimestampError::OutOfRange));
    }
    assert_eq!("1969-12-31T23:59:59Z".parse::<Timestamp>(), Err(TimestampError::OutOfRange));
}

#[test]
fn arithmetic_saturates() {
    assert_eq!(at(100).plus(Duration::from_secs(20)), at(120));
    assert_eq!(at(100).plus(Duration::from_millis(1999)), at(101));
    assert_eq!(at(100).plus(Duration::MAX), at(SECONDS_MAX));
    assert_eq!(at(100).minus(Duration::from_secs(20)), at(80));
    assert_eq!(at(100).minus(Duration::from_secs(101)), at(0));
    assert_eq!(at(100).minus(Duration::MAX), at(0));
}

#[test]
fn differences_have_a_sign() {
    assert_eq!(at(100).seconds_since(at(30)), 70);
    assert_eq!(at(30).seconds_since(at(100)), -70);
}

#[test]
fn json_is_the_text() {
    let json = r#""2026-11-22T12:04:05Z""#;
    let read: Timestamp = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    assert!(serde_json::from_str::<Timestamp>("1795349045").is_err());
}
