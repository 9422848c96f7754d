//! Moments and days, the only forms of time that statements carry.

mod date;
mod timestamp;

pub use date::{Date, DateError, Weekday};
pub use timestamp::{Timestamp, TimestampError};
