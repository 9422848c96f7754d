//! Holidays of known years, and the hours at which days turn.

use budstikke_keys::time::Date;

use super::{day, easter, is_holiday, is_working_day};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn the_holidays_of_2026_are_those_of_the_law() {
    let mut found = Vec::new();
    let mut day = date("2026-01-01");
    while day.year() == 2026 {
        if is_holiday(day) {
            found.push(day.to_string().split_off(5));
        }
        day = day.plus_days(1);
    }
    let expected = [
        "01-01", "04-02", "04-03", "04-05", "04-06", "05-01", "05-14", "05-17", "05-24", "05-25",
        "12-25", "12-26",
    ];
    assert_eq!(found, expected);
}

#[test]
fn easter_lies_between_its_bounds_and_on_a_sunday() {
    for year in 1970..=9999 {
        let easter = easter(year).unwrap();
        assert!(!is_working_day(easter));
        let of_year = (easter.month(), easter.day());
        assert!(((3, 22)..=(4, 25)).contains(&of_year), "{easter}");
        assert_eq!(easter.weekday(), budstikke_keys::time::Weekday::Sunday);
    }
    assert_eq!(easter(1969), None);
}

#[test]
fn summer_time_begins_and_ends_at_one_in_the_morning_utc() {
    for (moment, expected) in [
        // The last Sunday of March 2026 is the 29th, of October the 25th.
        ("2026-03-28T22:59:59Z", "2026-03-28"),
        ("2026-03-28T23:00:00Z", "2026-03-29"),
        ("2026-03-29T21:59:59Z", "2026-03-29"),
        ("2026-03-29T22:00:00Z", "2026-03-30"),
        ("2026-10-24T21:59:59Z", "2026-10-24"),
        ("2026-10-24T22:00:00Z", "2026-10-25"),
        ("2026-10-25T22:59:59Z", "2026-10-25"),
        ("2026-10-25T23:00:00Z", "2026-10-26"),
        ("1970-01-01T00:00:00Z", "1970-01-01"),
        ("9999-12-31T22:59:59Z", "9999-12-31"),
        // There is no later day.
        ("9999-12-31T23:59:59Z", "9999-12-31"),
    ] {
        assert_eq!(day(moment.parse().unwrap()), date(expected), "{moment}");
    }
}
