//! `standing`: what the age of a roster means for the exchange of patient data.

use budstikke_keys::time::Timestamp;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::federation::standing::Standing;
use serde::{Deserialize, Serialize};

use crate::cast::time;
use crate::sample::{Change as _, roster};
use crate::vector::{Cases, Format, Written};

/// The standing of a roster at a time.
pub struct Standings;

/// The two times that count.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// When the roster expires.
    pub expires: Timestamp,
    /// When it is asked.
    pub now: Timestamp,
}

/// The standing.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// In a word.
    pub standing: String,
    /// Until when there is grace.
    pub grace_until: Option<Timestamp>,
    /// Whether patient data may be exchanged.
    pub permits_exchange: bool,
}

impl Format for Standings {
    const NAME: &'static str = "standing";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let roster = roster().with("/expires", input.expires.to_string());
        let roster: Roster = serde_json::from_value(roster).unwrap();
        let standing = Standing::of(&roster, input.now);
        let (word, grace_until) = match standing {
            Standing::Current => ("current", None),
            Standing::Grace { until } => ("grace", Some(until)),
            Standing::Expired => ("expired", None),
            Standing::Forked { .. } => return Err("a time forks no roster".to_owned()),
        };
        let standing_word = word.to_owned();
        let permits_exchange = standing.permits_exchange();
        Ok(Accepted { standing: standing_word, grace_until, permits_exchange })
    }
}

impl Written for Standings {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (name, shows, now, standing, grace_until, permits_exchange) in [
            (
                "last-second",
                "the last second that counts",
                "2026-12-31T23:59:59Z",
                "current",
                None,
                true,
            ),
            (
                "expires",
                "from this second on it has expired, and there is grace",
                "2027-01-01T00:00:00Z",
                "grace",
                Some("2027-01-15T00:00:00Z"),
                true,
            ),
            (
                "last-second-of-grace",
                "14 days of grace, but for a second",
                "2027-01-14T23:59:59Z",
                "grace",
                Some("2027-01-15T00:00:00Z"),
                true,
            ),
            (
                "grace-ends",
                "after 14 days the exchange stops",
                "2027-01-15T00:00:00Z",
                "expired",
                None,
                false,
            ),
            (
                "long-before",
                "a clock before the roster was issued does not stop the exchange",
                "2020-01-01T00:00:00Z",
                "current",
                None,
                true,
            ),
        ] {
            let input = Input { expires: time("2027-01-01T00:00:00Z"), now: time(now) };
            let grace_until = grace_until.map(time);
            let standing = standing.to_owned();
            cases.accepted(
                name,
                shows,
                input,
                Accepted { standing, grace_until, permits_exchange },
            );
        }
        cases
    }
}
