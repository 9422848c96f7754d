//! The number by which the Norwegian state or a health service knows a person.

use std::fmt;

use super::arithmetic::{Checked, Offset, Series, checked, date, digits};
use crate::ids::{Environment, Oid};

/// Persons that Norsk helsenett publishes for tests, although their numbers look like real ones.
const PUBLISHED_TEST_PERSONS: [&str; 4] =
    ["13116900216", "12119000465", "08077000292", "12057900499"];

/// A person number that is valid in one environment.
///
/// Check digits: one of the two rules holds (the classic pair, or that of 2032, whose first sum
/// may leave a remainder up to 3). Date: the day exists once the offsets are taken off; see
/// `arithmetic::date` for what that means without a century.
///
/// | number | `test` | `production` |
/// |---|---|---|
/// | plain fødselsnummer or D-nummer | refused: may be a real person's | accepted |
/// | published test person | accepted | refused |
/// | month +40 | accepted as a synthetic fødselsnummer | accepted as an H-nummer |
/// | month +65 or +80 | accepted as a synthetic fødselsnummer | refused |
/// | D-nummer with month +40, +65 or +80 | accepted as a synthetic D-nummer | refused |
/// | FH-nummer: first digit 8 or 9, no date | refused: it has no synthetic series | accepted |
///
/// The number is personal: it has no `Display` and no `Serialize`, and `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonNumber {
    number: String,
    kind: PersonNumberKind,
    environment: Environment,
}

/// The series that a person number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonNumberKind {
    /// Fødselsnummer, for those born or settled in Norway.
    Birth,
    /// D-nummer, for those who stay for a time.
    DNumber,
    /// H-nummer, which one organisation gives a patient without a known number.
    HNumber,
    /// FH-nummer (felles hjelpenummer), which Norsk helsenett gives out for all organisations.
    FhNumber,
}

/// Why a text is no person number in an environment. None of these says the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PersonNumberError {
    /// Something else than eleven digits.
    #[error("a person number has eleven digits and nothing else")]
    NotElevenDigits,
    /// Neither check-digit rule holds.
    #[error("the check digits of the person number are wrong")]
    CheckDigits,
    /// The day does not exist, or the offsets are those of no series.
    #[error("the person number holds a date that does not exist")]
    Date,
    /// A synthetic person in a federation of real patients.
    #[error("the person number is synthetic, and this federation is for production")]
    SyntheticInProduction,
    /// A published test person in a federation of real patients.
    #[error(
        "the person number is that of a published test person, and this federation is for production"
    )]
    PublishedTestPersonInProduction,
    /// A number that may belong to a living person in a federation for tests.
    #[error("the person number may be a real person's, and this federation is for tests")]
    RealInTest,
}

impl PersonNumber {
    /// Reads a number and decides whether `environment` may know it.
    ///
    /// # Errors
    /// It is no person number, or it belongs to the other environment.
    pub fn parse(text: &str, environment: Environment) -> Result<Self, PersonNumberError> {
        let digits = digits(text).ok_or(PersonNumberError::NotElevenDigits)?;
        let rule = checked(&digits).ok_or(PersonNumberError::CheckDigits)?;
        let kind = if matches!(digits, [8 | 9, ..]) {
            kind_without_date(rule, environment)?
        } else {
            let (series, offset) = date(&digits).ok_or(PersonNumberError::Date)?;
            match environment {
                Environment::Test => kind_in_test(text, series, offset)?,
                Environment::Production => kind_in_production(text, series, offset)?,
            }
        };
        Ok(Self { number: text.to_owned(), kind, environment })
    }

    /// The series of the number.
    #[must_use]
    pub fn kind(&self) -> PersonNumberKind {
        self.kind
    }

    /// Whether the number belongs to no real person: so it is with every number of a test
    /// federation, published test persons included, and with none in production.
    #[must_use]
    pub fn is_synthetic(&self) -> bool {
        self.environment == Environment::Test
    }

    /// The system that the number belongs to in statements and in FHIR.
    ///
    /// FH- and H-nummer share one; an H-nummer is told apart by the assigner beside it.
    #[must_use]
    pub fn system(&self) -> Oid {
        match self.kind {
            PersonNumberKind::Birth => Oid::BIRTH_NUMBER,
            PersonNumberKind::DNumber => Oid::D_NUMBER,
            PersonNumberKind::HNumber | PersonNumberKind::FhNumber => Oid::HELP_NUMBER,
        }
    }

    /// The eleven digits, for where they must be seen or sent; never for a log line.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.number
    }
}

/// The FH series came before the relaxed rule and is not Skatteetaten's, so both check digits
/// must hold as they always did.
fn kind_without_date(
    rule: Checked,
    environment: Environment,
) -> Result<PersonNumberKind, PersonNumberError> {
    match (rule, environment) {
        (Checked::Relaxed, _) => Err(PersonNumberError::CheckDigits),
        (Checked::Classic, Environment::Test) => Err(PersonNumberError::RealInTest),
        (Checked::Classic, Environment::Production) => Ok(PersonNumberKind::FhNumber),
    }
}

fn kind_in_test(
    text: &str,
    series: Series,
    offset: Offset,
) -> Result<PersonNumberKind, PersonNumberError> {
    match (series, offset) {
        (Series::Birth, Offset::None) if is_published(text) => Ok(PersonNumberKind::Birth),
        (_, Offset::None) => Err(PersonNumberError::RealInTest),
        (Series::Birth, Offset::Forty | Offset::SixtyFive | Offset::Eighty) => {
            Ok(PersonNumberKind::Birth)
        }
        (Series::D, Offset::Forty | Offset::SixtyFive | Offset::Eighty) => {
            Ok(PersonNumberKind::DNumber)
        }
    }
}

fn kind_in_production(
    text: &str,
    series: Series,
    offset: Offset,
) -> Result<PersonNumberKind, PersonNumberError> {
    match (series, offset) {
        (Series::Birth, Offset::None) if is_published(text) => {
            Err(PersonNumberError::PublishedTestPersonInProduction)
        }
        (Series::Birth, Offset::None) => Ok(PersonNumberKind::Birth),
        (Series::D, Offset::None) => Ok(PersonNumberKind::DNumber),
        (Series::Birth, Offset::Forty) => Ok(PersonNumberKind::HNumber),
        // Nobody who has a D-nummer is given an H-nummer made of it: the two offsets are synthetic.
        (Series::D, Offset::Forty) | (_, Offset::SixtyFive | Offset::Eighty) => {
            Err(PersonNumberError::SyntheticInProduction)
        }
    }
}

fn is_published(text: &str) -> bool {
    PUBLISHED_TEST_PERSONS.contains(&text)
}

impl fmt::Debug for PersonNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonNumber(..)")
    }
}
