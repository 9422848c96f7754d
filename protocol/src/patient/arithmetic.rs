//! The arithmetic of person numbers: check digits, and the date under its offsets.

use std::iter::zip;

/// The values of the eleven digits `DDMMYYIIIKK`, as written: offsets included.
pub(super) type Digits = [u8; 11];

/// Which check-digit rules a number fulfils. Every number that fulfils the classic rule fulfils
/// the relaxed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// Both weighted sums are multiples of eleven: the rule since 1964.
    Classic,
    /// The first sum may leave 1, 2 or 3; the second is as before: the rule of numbers assigned
    /// from 2032, which Skatteetaten asks everybody to accept beside the other already.
    Relaxed,
}

/// What has been added to the first digit of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Series {
    /// Nothing: fødselsnummer.
    Birth,
    /// Four: D-nummer.
    D,
}

/// What has been added to the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offset {
    /// Nothing.
    None,
    /// 40: a hospital's H-nummer, or a synthetic person of NAV. The number does not tell which.
    Forty,
    /// 65: a synthetic person of Norsk helsenett.
    SixtyFive,
    /// 80: a synthetic person of Skatteetaten (Tenor).
    Eighty,
}

/// Reads eleven ASCII digits and nothing else.
pub(super) fn digits(text: &str) -> Option<Digits> {
    let digits: Digits = text.as_bytes().try_into().ok()?;
    let is_plain = digits.iter().all(u8::is_ascii_digit);
    is_plain.then(|| digits.map(|digit| digit & 0x0f))
}

/// Checks the two check digits.
pub(super) fn checked(digits: &Digits) -> Option<Checked> {
    match (
        remainder([3, 7, 6, 1, 8, 9, 4, 5, 2, 1, 0], digits),
        remainder([5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1], digits),
    ) {
        (0, 0) => Some(Checked::Classic),
        (1..=3, 0) => Some(Checked::Relaxed),
        _ => None,
    }
}

/// The remainder by eleven of the weighted sum, the check digit itself with weight one.
fn remainder(weights: [u32; 11], digits: &Digits) -> u32 {
    let sum: u32 =
        zip(weights, digits).map(|(weight, digit)| weight.saturating_mul(u32::from(*digit))).sum();
    sum % 11
}

/// Takes the offsets off day and month; `None` when no such date exists.
///
/// The century is not asked for. The individual number tells it only for numbers assigned by the
/// rule of 1964; from 2032 any individual number may go to a person born in any century, and a
/// number that fulfils both rules does not tell which of them it was made by. So 29 February
/// exists in every year that was a leap year in *some* century a living or recorded person can be
/// born in (1854 to 2099): the years divisible by four, 00 among them because of 2000.
pub(super) fn date(digits: &Digits) -> Option<(Series, Offset)> {
    let [d1, d2, m1, m2, y1, y2, ..] = *digits;
    let (day, series) = unshift(two(d1, d2), 31, [(0, Series::Birth), (40, Series::D)])?;
    let months =
        [(0, Offset::None), (40, Offset::Forty), (65, Offset::SixtyFive), (80, Offset::Eighty)];
    let (month, offset) = unshift(two(m1, m2), 12, months)?;
    let days = match month {
        2 if two(y1, y2).is_multiple_of(4) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    (day <= days).then_some((series, offset))
}

/// Finds the shift under which a written value lies in `1..=max`; the ranges do not overlap.
fn unshift<T, const N: usize>(written: u8, max: u8, shifts: [(u8, T); N]) -> Option<(u8, T)> {
    shifts.into_iter().find_map(|(shift, meaning)| {
        let value = written.checked_sub(shift)?;
        (1..=max).contains(&value).then_some((value, meaning))
    })
}

fn two(tens: u8, ones: u8) -> u8 {
    tens.saturating_mul(10).saturating_add(ones)
}
