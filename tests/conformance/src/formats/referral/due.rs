//! `referral-due`: the Norwegian day of a moment, and the last day of the assessment of what was received then.

use budstikke_keys::time::{Date, Timestamp};
use budstikke_protocol::referral::calendar;
use serde::{Deserialize, Serialize};

use crate::cast;
use crate::vector::{Cases, Format, Written};

/// Days.
pub struct DueDays;

/// When it was received.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// In UTC.
    pub received: Timestamp,
}

/// What follows.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The day in Norway.
    pub day: Date,
    /// The last day of the assessment.
    pub due: Date,
}

impl Format for DueDays {
    const NAME: &'static str = "referral-due";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let (day, due) = (calendar::day(input.received), calendar::due(input.received));
        Ok(Accepted { day, due })
    }
}

impl Written for DueDays {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (name, shows, received, day, due) in CASES {
            let result = Accepted { day: day.parse().unwrap(), due: due.parse().unwrap() };
            cases.accepted(name, shows, Input { received: cast::time(received) }, result);
        }
        cases
    }
}

/// By hand, with a calendar on the wall.
const CASES: [(&str, &str, &str, &str, &str); 18] = [
    ("monday", "two weeks without a holiday", "2026-11-02T09:00:00Z", "2026-11-02", "2026-11-16"),
    (
        "friday",
        "the day of receipt does not count",
        "2026-11-06T09:00:00Z",
        "2026-11-06",
        "2026-11-20",
    ),
    (
        "saturday",
        "nor do Saturdays and Sundays",
        "2026-11-07T09:00:00Z",
        "2026-11-07",
        "2026-11-20",
    ),
    ("sunday", "nor do Saturdays and Sundays", "2026-11-08T09:00:00Z", "2026-11-08", "2026-11-20"),
    (
        "easter-2026",
        "Maundy Thursday, Good Friday and Easter Monday",
        "2026-03-27T09:00:00Z",
        "2026-03-27",
        "2026-04-15",
    ),
    ("easter-2027", "an early Easter", "2027-03-19T09:00:00Z", "2027-03-19", "2027-04-07"),
    (
        "may-2026",
        "the first of May, Ascension Day, and the 17th, which is a Sunday",
        "2026-04-30T09:00:00Z",
        "2026-04-30",
        "2026-05-18",
    ),
    (
        "may-2027",
        "the 17th of May is Whit Monday",
        "2027-05-03T09:00:00Z",
        "2027-05-03",
        "2027-05-19",
    ),
    ("whit-2026", "Whit Monday", "2026-05-22T09:00:00Z", "2026-05-22", "2026-06-08"),
    (
        "christmas-2026",
        "the second day of Christmas is a Saturday",
        "2026-12-18T09:00:00Z",
        "2026-12-18",
        "2027-01-05",
    ),
    (
        "christmas-2027",
        "both days of Christmas fall on a weekend",
        "2027-12-23T09:00:00Z",
        "2027-12-23",
        "2028-01-06",
    ),
    ("new-year", "the first of January", "2026-12-28T09:00:00Z", "2026-12-28", "2027-01-12"),
    (
        "winter-before-midnight",
        "an hour ahead of UTC",
        "2026-11-02T22:59:59Z",
        "2026-11-02",
        "2026-11-16",
    ),
    ("winter-midnight", "an hour ahead of UTC", "2026-11-02T23:00:00Z", "2026-11-03", "2026-11-17"),
    (
        "summer-before-midnight",
        "two hours ahead of UTC",
        "2026-08-03T21:59:59Z",
        "2026-08-03",
        "2026-08-17",
    ),
    (
        "summer-midnight",
        "two hours ahead of UTC",
        "2026-08-03T22:00:00Z",
        "2026-08-04",
        "2026-08-18",
    ),
    (
        "last-night-of-winter",
        "summer time begins at one o'clock UTC on the last Sunday of March",
        "2026-03-28T23:00:00Z",
        "2026-03-29",
        "2026-04-15",
    ),
    (
        "first-night-of-winter",
        "and ends so on the last Sunday of October",
        "2026-10-25T22:59:59Z",
        "2026-10-25",
        "2026-11-06",
    ),
];
