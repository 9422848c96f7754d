//! One spelling for each day, and days that follow one another.

use super::{Date, DateError, Timestamp, Weekday};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn days_are_written_in_one_form() {
    for text in ["1970-01-01", "2000-02-29", "2026-11-22", "9999-12-31"] {
        assert_eq!(day(text).to_string(), text);
        assert_eq!(serde_json::to_string(&day(text)).unwrap(), format!("\"{text}\""));
    }
    for text in [
        "",
        "1969-12-31",
        "2026-02-29",
        "2026-13-01",
        "20261122",
        "2026-11-2",
        "+2026-11-22",
        "2026-11-22T00:00:00",
        " 2026-11-22",
        "2026-W47-7",
        "10000-01-01",
    ] {
        assert_eq!(text.parse::<Date>(), Err(DateError), "{text}");
    }
}

#[test]
fn a_day_begins_at_midnight_and_holds_all_moments_until_the_next() {
    for text in ["1970-01-01", "2000-02-29", "2026-11-22", "9999-12-31"] {
        let start = day(text).start();
        assert_eq!(start.to_string(), format!("{text}T00:00:00Z"));
        assert_eq!(Date::of(start), day(text));
        let end = Timestamp::from_unix_seconds(start.unix_seconds() + 86_399).unwrap();
        assert_eq!(Date::of(end), day(text));
    }
}

#[test]
fn days_follow_one_another() {
    assert_eq!(day("2024-02-28").plus_days(2), day("2024-03-01"));
    assert_eq!(day("2026-01-01").plus_days(-1), day("2025-12-31"));
    assert_eq!(day("1970-01-01").plus_days(-1), day("1970-01-01"));
    assert_eq!(day("9999-12-31").plus_days(1), day("9999-12-31"));
    assert_eq!(day("2026-11-22").weekday(), Weekday::Sunday);
    assert_eq!(Date::new(2026, 11, 22), Ok(day("2026-11-22")));
    assert_eq!(Date::new(2026, 2, 29), Err(DateError));
}
