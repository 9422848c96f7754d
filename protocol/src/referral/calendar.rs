//! Days in Norway: which of them are working days, and when an assessment is due.
//!
//! A referral is assessed within ten working days of its receipt (pasient- og brukerrettighetsloven § 2-2). Saturdays,
//! Sundays and public holidays are none. Days begin and end in Norwegian time, whatever the clock of a machine says.

use std::time::Duration;

use budstikke_keys::time::{Date, Timestamp, Weekday};

/// How many working days an assessment may take, the day of receipt not counted.
pub const ASSESSMENT_DAYS: u32 = 10;

const HOUR: Duration = Duration::from_hours(1);

/// The last day on which a referral that was received at `received` should be assessed.
pub fn due(received: Timestamp) -> Date {
    (0..ASSESSMENT_DAYS).fold(day(received), |day, _| next_working_day(day))
}

/// The day that it is in Norway: Central European Time, an hour ahead of UTC, in summer two.
///
/// Summer time is from the last Sunday of March to the last Sunday of October, both at 01:00 UTC (Directive 2000/84/EC).
pub fn day(moment: Timestamp) -> Date {
    let year = Date::of(moment).year();
    let turn = |month| last_sunday(year, month).map(|day| day.start().plus(HOUR));
    let is_summer = match (turn(3), turn(10)) {
        (Some(begin), Some(end)) => begin <= moment && moment < end,
        _ => false,
    };
    Date::of(moment.plus(if is_summer { HOUR.saturating_mul(2) } else { HOUR }))
}

/// Whether people work on a day: not on Saturdays, Sundays and public holidays.
pub fn is_working_day(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !is_holiday(day)
}

/// Whether a day is a public holiday (helligdagsfredloven § 2 and the act on the 1st and 17th of May).
pub fn is_holiday(day: Date) -> bool {
    let fixed = matches!((day.month(), day.day()), (1, 1) | (5, 1 | 17) | (12, 25 | 26));
    // Maundy Thursday, Good Friday, Easter Day and Monday, Ascension Day, Whit Sunday and Monday.
    fixed
        || easter(day.year()).is_some_and(|easter| {
            [-3, -2, 0, 1, 39, 49, 50].into_iter().any(|days| easter.plus_days(days) == day)
        })
}

/// Easter Day of a year of the Gregorian calendar, by the algorithm of Meeus, Jones and Butcher.
pub fn easter(year: i16) -> Option<Date> {
    let year = i32::from(year);
    let golden = year.rem_euclid(19);
    let (century, of_century) = (year.div_euclid(100), year.rem_euclid(100));
    let (leaps, no_leaps) = (century.div_euclid(4), century.rem_euclid(4));
    let correction = century.checked_sub(century.checked_add(8)?.div_euclid(25))?;
    let correction = correction.checked_add(1)?.div_euclid(3);
    let epact = golden.checked_mul(19)?.checked_add(century)?.checked_sub(leaps)?;
    let epact = epact.checked_sub(correction)?.checked_add(15)?.rem_euclid(30);
    let (fourths, odd) = (of_century.div_euclid(4), of_century.rem_euclid(4));
    let sunday = no_leaps.checked_add(fourths)?.checked_mul(2)?.checked_add(32)?;
    let sunday = sunday.checked_sub(epact)?.checked_sub(odd)?.rem_euclid(7);
    let late = epact.checked_mul(11)?.checked_add(sunday.checked_mul(22)?)?;
    let late = late.checked_add(golden)?.div_euclid(451);
    let days = epact.checked_add(sunday)?.checked_sub(late.checked_mul(7)?)?.checked_add(114)?;
    let (month, day) = (days.div_euclid(31), days.rem_euclid(31).checked_add(1)?);
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn next_working_day(day: Date) -> Date {
    // No run of days off is longer than the week around Easter.
    (1..=14).map(|days| day.plus_days(days)).find(|day| is_working_day(*day)).unwrap_or(day)
}

/// The last Sunday of a month that has 31 days.
fn last_sunday(year: i16, month: i8) -> Option<Date> {
    let last = Date::new(year, month, 31).ok()?;
    (-6..=0).rev().map(|days| last.plus_days(days)).find(|day| day.weekday() == Weekday::Sunday)
}

#[cfg(test)]
mod tests;
