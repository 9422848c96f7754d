//! `easter`: Easter Day of every year that a referral may be due in, for a long time.

use budstikke_keys::time::Date;
use budstikke_protocol::referral::calendar;
use serde::{Deserialize, Serialize};

use crate::vector::{Cases, Format, Written};

/// Easter Days.
pub struct EasterDays;

/// Years, the last one included.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The first.
    pub from: i16,
    /// The last.
    pub to: i16,
}

impl Format for EasterDays {
    const NAME: &'static str = "easter";
    type Input = Input;
    type Accepted = Vec<Date>;

    fn judge(input: Input) -> Result<Vec<Date>, String> {
        Ok((input.from..=input.to).filter_map(calendar::easter).collect())
    }
}

impl Written for EasterDays {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let input = Input { from: 1970, to: 2199 };
        let days = (1970..=2199).map(oudin).collect();
        cases.accepted("1970-2199", "times begin with 1970", input, days);
        cases
    }
}

/// Easter by Oudin's algorithm of 1940, another than the one under test.
fn oudin(year: i16) -> Date {
    let y = i32::from(year);
    let (century, golden) = (y / 100, y % 19);
    let correction = (century - (century - 17) / 25) / 3;
    let i = (century - century / 4 - correction + 19 * golden + 15) % 30;
    let i = i - (i / 28) * (1 - (i / 28) * (29 / (i + 1)) * ((21 - golden) / 11));
    let j = (y + y / 4 + i + 2 - century + century / 4) % 7;
    let month = 3 + (i - j + 40) / 44;
    let day = i - j + 28 - 31 * (month / 4);
    Date::new(year, i8::try_from(month).unwrap(), i8::try_from(day).unwrap()).unwrap()
}
