//! The national numbers of organisations and of health personnel.

use std::fmt;
use std::iter::zip;
use std::str::FromStr;

use super::as_text::serde_as_text;

/// The nine-digit number of a legal entity in Enhetsregisteret, with its check digit.
///
/// The check digit makes the weighted sum of the nine digits a multiple of eleven (weights of the
/// first eight: 3 2 7 6 5 4 3 2). A leading zero is refused: no register hands such a number out,
/// and nine zeros would pass the sum.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganisationNumber(u32);

/// Why a text is no organisation number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OrganisationNumberError {
    /// Something else than nine digits, the first of them not zero.
    #[error("an organisation number has nine digits and does not begin with zero")]
    NotNineDigits,
    /// A digit was mistyped, or two changed places.
    #[error("the check digit of the organisation number is wrong")]
    CheckDigit,
}

/// The number of a person in Helsepersonellregisteret: seven to nine digits, no check digit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HprNumber(u32);

/// The text is no HPR number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an HPR number has seven to nine digits and does not begin with zero")]
#[non_exhaustive]
pub struct HprNumberError;

impl FromStr for OrganisationNumber {
    type Err = OrganisationNumberError;

    fn from_str(text: &str) -> Result<Self, OrganisationNumberError> {
        const WEIGHTS: [u32; 9] = [3, 2, 7, 6, 5, 4, 3, 2, 1];
        if text.len() != WEIGHTS.len() {
            return Err(OrganisationNumberError::NotNineDigits);
        }
        let number = plain_number(text).ok_or(OrganisationNumberError::NotNineDigits)?;
        let digits = text.bytes().map(|byte| u32::from(byte & 0x0f));
        let sum: u32 =
            zip(WEIGHTS, digits).map(|(weight, digit)| weight.saturating_mul(digit)).sum();
        if sum.is_multiple_of(11) {
            Ok(Self(number))
        } else {
            Err(OrganisationNumberError::CheckDigit)
        }
    }
}

impl FromStr for HprNumber {
    type Err = HprNumberError;

    fn from_str(text: &str) -> Result<Self, HprNumberError> {
        if !(7..=9).contains(&text.len()) {
            return Err(HprNumberError);
        }
        plain_number(text).map(Self).ok_or(HprNumberError)
    }
}

/// Reads digits that say a number in the only way it can be written: no sign, no leading zero.
fn plain_number(text: &str) -> Option<u32> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    if plain { text.parse().ok() } else { None }
}

impl fmt::Display for OrganisationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for OrganisationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrganisationNumber({self})")
    }
}

impl fmt::Display for HprNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for HprNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HprNumber({self})")
    }
}

serde_as_text!(OrganisationNumber);
serde_as_text!(HprNumber);
