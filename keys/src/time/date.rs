//! A day of the Gregorian calendar, without a time of day and so without a zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use jiff::{Span, ToSpan as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::timestamp::Timestamp;

/// A day in the years 1970 to 9999.
///
/// Its text form is that of RFC 3339, `2026-11-22`, so that equal days are equal bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// The text or the numbers are no day in the years 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the date is not a day of the form 2026-11-22 in the years 1970 to 9999")]
pub struct DateError;

impl Date {
    /// The day with these numbers.
    ///
    /// # Errors
    ///
    /// There is no such day, or it is not in the years 1970 to 9999.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, DateError> {
        Self::checked(civil::Date::new(year, month, day).ok())
    }

    /// The day that `moment` falls on in UTC.
    pub fn of(moment: Timestamp) -> Self {
        let days = moment.unix_seconds().div_euclid(SECONDS_OF_A_DAY);
        Self(EPOCH.saturating_add(Span::new().try_days(days).unwrap_or_default()))
    }

    /// The moment at which the day begins in UTC.
    pub fn start(self) -> Timestamp {
        let seconds = self.0.duration_since(EPOCH).as_secs();
        // A day of this type begins in the years of that type.
        Timestamp::from_unix_seconds(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The day `days` later, or earlier when it is negative; at most the ends of the years 1970 and 9999.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days.days()).clamp(EPOCH, civil::Date::MAX))
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, from 1.
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// The day of the month, from 1.
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// The day of the week.
    pub fn weekday(self) -> Weekday {
        match self.0.weekday() {
            civil::Weekday::Monday => Weekday::Monday,
            civil::Weekday::Tuesday => Weekday::Tuesday,
            civil::Weekday::Wednesday => Weekday::Wednesday,
            civil::Weekday::Thursday => Weekday::Thursday,
            civil::Weekday::Friday => Weekday::Friday,
            civil::Weekday::Saturday => Weekday::Saturday,
            civil::Weekday::Sunday => Weekday::Sunday,
        }
    }

    fn checked(date: Option<civil::Date>) -> Result<Self, DateError> {
        date.filter(|date| *date >= EPOCH).map(Self).ok_or(DateError)
    }
}

const EPOCH: civil::Date = civil::Date::constant(1970, 1, 1);

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Date {
    type Err = DateError;

    /// Parses the one spelling that `Display` writes, and no other that ISO 8601 allows.
    fn from_str(text: &str) -> Result<Self, DateError> {
        let date = Self::checked(text.parse().ok())?;
        if date.to_string() == text { Ok(date) } else { Err(DateError) }
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
