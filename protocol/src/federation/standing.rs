//! Whether a roster still counts at a given time, and so whether patient data may be exchanged under it.

use budstikke_keys::time::Timestamp;

use super::roster::Roster;
use crate::limits::{QUESTION_TOLERANCE, ROSTER_GRACE};

/// What the age of a roster means for the exchange of patient data. Roster exchange itself never stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The roster counts.
    Current,
    /// It has expired; patient data is exchanged until `until`, with a loud warning.
    Grace {
        /// The end of the grace period.
        until: Timestamp,
    },
    /// It has expired for longer than the grace period: no patient data is exchanged.
    Expired,
    /// Two rosters of one version are known: no patient data is exchanged until an operator decides.
    Forked {
        /// The version that both have.
        version: u64,
    },
}

impl Standing {
    /// The standing of `roster` at `now`, without regard to forks.
    pub fn of(roster: &Roster, now: Timestamp) -> Self {
        let until = roster.expires.plus(ROSTER_GRACE);
        if now < roster.expires {
            Self::Current
        } else if now < until {
            Self::Grace { until }
        } else {
            Self::Expired
        }
    }

    /// Whether patient data may be exchanged.
    pub fn permits_exchange(self) -> bool {
        match self {
            Self::Current | Self::Grace { .. } => true,
            Self::Expired | Self::Forked { .. } => false,
        }
    }
}

/// Whether `now` is before the roster was made. Then the clock is wrong, whatever other clocks say.
pub fn is_too_early(roster: &Roster, now: Timestamp) -> bool {
    now < roster.issued.minus(QUESTION_TOLERANCE)
}
