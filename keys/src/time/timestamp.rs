//! A moment in whole seconds, UTC.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The Unix epoch. Civil time without a zone, because jiff's own timestamp ends a day before the
/// year 9999 does.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// The last second of the year 9999: RFC 3339 has four digits for the year.
const SECONDS_MAX: i64 = 253_402_300_799;

/// A moment in whole seconds since the Unix epoch, UTC, in the years 1970 to 9999.
///
/// Its text form is RFC 3339 in one spelling only, `2026-11-22T12:04:05Z`, so that equal moments
/// are equal bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why a number or a text is not a [`Timestamp`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// The moment lies before 1970 or after 9999.
    #[error("the time is not in the years 1970 to 9999")]
    OutOfRange,
    /// The text is not of the form `2026-11-22T12:04:05Z`, or names a moment that does not exist.
    #[error("the time is not of the form 2026-11-22T12:04:05Z")]
    Form,
}

impl Timestamp {
    /// The Unix epoch.
    pub const UNIX_EPOCH: Self = Self(0);

    /// Takes a number of seconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// [`TimestampError::OutOfRange`] outside the years 1970 to 9999.
    pub fn from_unix_seconds(seconds: i64) -> Result<Self, TimestampError> {
        if (0..=SECONDS_MAX).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(TimestampError::OutOfRange)
        }
    }

    /// The seconds since the Unix epoch; never negative.
    pub fn unix_seconds(self) -> i64 {
        self.0
    }

    /// The moment `span` later, in whole seconds; at most the end of the year 9999.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(whole_seconds(span)).min(SECONDS_MAX))
    }

    /// The moment `span` earlier, in whole seconds; at least the epoch.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(whole_seconds(span)).max(0))
    }

    /// The seconds from `earlier` to this moment; negative when `earlier` is the later one.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

fn whole_seconds(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", EPOCH.saturating_add(SignedDuration::from_secs(self.0)))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Parses the one spelling that `Display` writes, and no other that RFC 3339 allows.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let moment: Option<DateTime> = text.strip_suffix('Z').and_then(|civil| civil.parse().ok());
        let moment = moment.ok_or(TimestampError::Form)?;
        let timestamp = Self::from_unix_seconds(moment.duration_since(EPOCH).as_secs())?;
        // jiff reads many spellings; ours is the one that comes out again.
        if timestamp.to_string() == text { Ok(timestamp) } else { Err(TimestampError::Form) }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
