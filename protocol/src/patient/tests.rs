//! Which numbers exist in which environment, and what identifiers make of them.

use super::arithmetic::{Checked, Offset, Series, checked, date, digits};
use super::identifier::{Identifier, IdentifierError};
use super::person_number::{PersonNumber, PersonNumberError, PersonNumberKind};
use crate::ids::Environment::{self, Production, Test};
use crate::ids::{Oid, OrganisationNumber};

/// Completes a date, offsets included, to a number whose first sum leaves `remainder`.
///
/// The years are such that by the classic rule the person is born after 2032: no number made here
/// belongs to anybody.
fn number(date: &str, remainder: u32) -> String {
    const FIRST: [u32; 10] = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1];
    const SECOND: [u32; 11] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
    let sum = |text: &str, weights: &[u32]| {
        let terms = text
            .bytes()
            .zip(weights)
            .map(|(byte, weight)| u32::from(byte & 0x0f).strict_mul(*weight));
        terms.sum::<u32>() % 11
    };
    let numbers = (90_000..100_000).rev().map(|rest| format!("{date}{rest}"));
    let mut fitting =
        numbers.filter(|text| sum(text, &FIRST) == remainder && sum(text, &SECOND) == 0);
    fitting.next().unwrap()
}

fn kind(number: &str, environment: Environment) -> Result<PersonNumberKind, PersonNumberError> {
    PersonNumber::parse(number, environment).map(|number| number.kind())
}

#[test]
fn plain_numbers_are_for_production_only() {
    for remainder in 0..=3 {
        let birth = number("010139", remainder);
        assert_eq!(kind(&birth, Production), Ok(PersonNumberKind::Birth));
        assert_eq!(kind(&birth, Test), Err(PersonNumberError::RealInTest));
    }
    let temporary = number("410139", 0);
    assert_eq!(kind(&temporary, Production), Ok(PersonNumberKind::DNumber));
    assert_eq!(kind(&temporary, Test), Err(PersonNumberError::RealInTest));
}

#[test]
fn synthetic_numbers_are_for_tests_only() {
    for date in ["016639", "017739", "018139", "019239"] {
        let birth = number(date, 0);
        assert_eq!(kind(&birth, Test), Ok(PersonNumberKind::Birth));
        assert_eq!(kind(&birth, Production), Err(PersonNumberError::SyntheticInProduction));
    }
    for date in ["414139", "416639", "418139"] {
        let temporary = number(date, 0);
        assert_eq!(kind(&temporary, Test), Ok(PersonNumberKind::DNumber));
        assert_eq!(kind(&temporary, Production), Err(PersonNumberError::SyntheticInProduction));
    }
}

#[test]
fn month_plus_forty_is_synthetic_in_test_and_a_help_number_in_production() {
    let either = number("014139", 0);
    assert_eq!(kind(&either, Test), Ok(PersonNumberKind::Birth));
    assert_eq!(kind(&either, Production), Ok(PersonNumberKind::HNumber));
}

#[test]
fn published_test_persons_are_for_tests_only() {
    for published in ["13116900216", "12119000465", "08077000292", "12057900499"] {
        let person = PersonNumber::parse(published, Test).unwrap();
        assert_eq!((person.kind(), person.is_synthetic()), (PersonNumberKind::Birth, true));
        assert_eq!(
            kind(published, Production),
            Err(PersonNumberError::PublishedTestPersonInProduction)
        );
    }
}

#[test]
fn common_help_numbers_hold_no_date_and_both_check_digits() {
    for date in ["812345", "999999", "800000"] {
        let common = number(date, 0);
        assert_eq!(kind(&common, Production), Ok(PersonNumberKind::FhNumber));
        assert_eq!(kind(&common, Test), Err(PersonNumberError::RealInTest));
    }
    assert_eq!(kind(&number("812345", 1), Production), Err(PersonNumberError::CheckDigits));
}

#[test]
fn only_eleven_ascii_digits_are_read() {
    for text in [
        "",
        "1311690021",
        "131169002160",
        "1311690021a",
        " 3116900216",
        "131169 00216",
        "1311690021٦",
        "+3116900216",
    ] {
        assert_eq!(digits(text), None, "{text}");
        for environment in [Test, Production] {
            assert_eq!(kind(text, environment), Err(PersonNumberError::NotElevenDigits), "{text}");
        }
    }
}

#[test]
fn the_first_sum_may_leave_three_and_the_second_nothing() {
    assert_eq!(checked(&digits(&number("010139", 0)).unwrap()), Some(Checked::Classic));
    for remainder in 1..=3 {
        assert_eq!(checked(&digits(&number("010139", remainder)).unwrap()), Some(Checked::Relaxed));
    }
    for remainder in 4..=9 {
        assert_eq!(checked(&digits(&number("010139", remainder)).unwrap()), None);
    }
}

#[test]
fn a_date_exists_when_some_century_has_it() {
    let read = |six: &str| date(&digits(&format!("{six}00000")).unwrap());
    for (six, found) in [
        ("290200", (Series::Birth, Offset::None)),
        ("290296", (Series::Birth, Offset::None)),
        ("694204", (Series::D, Offset::Forty)),
        ("317799", (Series::Birth, Offset::SixtyFive)),
        ("719299", (Series::D, Offset::Eighty)),
    ] {
        assert_eq!(read(six), Some(found), "{six}");
    }
    for six in [
        "290201", "290299", "300200", "310490", "000190", "320190", "400190", "720190", "010090",
        "011390", "014090", "015390", "016590", "017890", "018090", "019390",
    ] {
        assert_eq!(read(six), None, "{six}");
    }
    assert_eq!(kind(&number("290237", 0), Production), Err(PersonNumberError::Date));
}

fn bodo() -> OrganisationNumber {
    "974760673".parse().unwrap()
}

#[test]
fn an_identifier_of_a_number_passes_its_own_check() {
    for (date, environment, system) in [
        ("010139", Production, Oid::BIRTH_NUMBER),
        ("410139", Production, Oid::D_NUMBER),
        ("014139", Production, Oid::HELP_NUMBER),
        ("812345", Production, Oid::HELP_NUMBER),
        ("014139", Test, Oid::BIRTH_NUMBER),
        ("418139", Test, Oid::D_NUMBER),
    ] {
        let number = PersonNumber::parse(&number(date, 0), environment).unwrap();
        let identifier = Identifier::of(&number, bodo());
        assert_eq!(identifier.system(), &system);
        assert_eq!(identifier.assigner().is_some(), number.kind() == PersonNumberKind::HNumber);
        assert_eq!(identifier.check(environment), Ok(()));
        let json = serde_json::to_string(&identifier).unwrap();
        assert_eq!(serde_json::from_str::<Identifier>(&json).unwrap(), identifier);
    }
}

#[test]
fn person_number_systems_take_their_own_numbers_only() {
    let check = |system: Oid, value: &str, environment| {
        Identifier::parse(system, value).unwrap().check(environment)
    };
    let synthetic = number("018139", 0);
    assert_eq!(check(Oid::D_NUMBER, &synthetic, Test), Err(IdentifierError::System));
    assert_eq!(
        check(Oid::BIRTH_NUMBER, &synthetic, Production),
        Err(PersonNumberError::SyntheticInProduction.into())
    );
    assert_eq!(check(Oid::HELP_NUMBER, "12", Test), Err(PersonNumberError::NotElevenDigits.into()));
    assert_eq!(
        check(Oid::HELP_NUMBER, &number("014139", 0), Production),
        Err(IdentifierError::Assigner)
    );
    assert_eq!(check("1.2.3".parse().unwrap(), "pasient/12", Production), Ok(()));
}

#[test]
fn only_a_help_number_of_one_organisation_has_an_assigner() {
    let json = |system: Oid, value: &str| {
        format!(r#"{{"system":"{system}","value":"{value}","assigner":"974760673"}}"#)
    };
    let birth: Identifier =
        serde_json::from_str(&json(Oid::BIRTH_NUMBER, &number("018139", 0))).unwrap();
    assert_eq!(birth.check(Test), Err(IdentifierError::Assigner));
    let other: Identifier = serde_json::from_str(&json("1.2.3".parse().unwrap(), "7")).unwrap();
    assert_eq!(other.check(Test), Err(IdentifierError::Assigner));
}

#[test]
fn an_identifier_is_short_printable_and_has_one_of_each_member() {
    for value in ["", " ", "1 2", "\u{7f}", "é", &"1".repeat(65)] {
        assert_eq!(Identifier::parse(Oid::D_NUMBER, value), Err(IdentifierError::Value), "{value}");
    }
    for json in [
        r#"{"system":"2.16.578.1.12.4.1.4.1","value":""}"#,
        r#"{"system":"urn:oid:2.16.578.1.12.4.1.4.1","value":"1"}"#,
        r#"{"system":"2.16.578.1.12.4.1.4.1"}"#,
        r#"{"value":"1"}"#,
        r#"{"system":"1.2","value":"1","value":"2"}"#,
        r#"{"system":"1.2","value":1}"#,
        r#"{"system":"1.2","value":"1","assigner":"974760674"}"#,
    ] {
        assert!(serde_json::from_str::<Identifier>(json).is_err(), "{json}");
    }
}

#[test]
fn debug_output_holds_no_digit_of_a_number() {
    let number = PersonNumber::parse("13116900216", Test).unwrap();
    assert_eq!(format!("{number:?}"), "PersonNumber(..)");
    assert_eq!(
        format!("{:?}", Identifier::of(&number, bodo())),
        "Identifier(2.16.578.1.12.4.1.4.1, ..)"
    );
}
