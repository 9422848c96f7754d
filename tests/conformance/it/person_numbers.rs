//! Person numbers: our verdict on every published vector, and the laws of the rule on numbers made here.

use budstikke_conformance::person::complete;
use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::ids::Environment::{self, Production, Test};
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::patient::{Identifier, PersonNumber, PersonNumberError, PersonNumberKind};
use proptest::prelude::*;

use crate::collections::collection;

/// One line for each row of the collection of vectors, which is not ours to copy: row number,
/// SHA-256 of the number, verdict in a test federation, verdict in production, and the reason:
///
/// `plain` no offset; `relaxed` the same, by the rule of 2032 only; `forty` month +40; `helsenett`
/// month +65; `tenor` month +80; `combined` D-nummer with month +40; `common` first digit 8 or 9;
/// `k1` or `k2` the check digit that fits no rule; `february` a 29th that no century has; `short`,
/// `long`, `letter` not eleven digits.
const VERDICTS: &str = include_str!("../data/person-number-verdicts.tsv");

/// The word that stands for a verdict in the table.
fn verdict(number: &str, environment: Environment) -> &'static str {
    match PersonNumber::parse(number, environment) {
        Ok(number) => match number.kind() {
            PersonNumberKind::Birth => "birth",
            PersonNumberKind::DNumber => "d",
            PersonNumberKind::HNumber => "h",
            PersonNumberKind::FhNumber => "fh",
        },
        Err(PersonNumberError::NotElevenDigits) => "eleven",
        Err(PersonNumberError::CheckDigits) => "digits",
        Err(PersonNumberError::Date) => "date",
        Err(PersonNumberError::SyntheticInProduction) => "synthetic",
        Err(PersonNumberError::PublishedTestPersonInProduction) => "published",
        Err(PersonNumberError::RealInTest) => "real",
        Err(other) => panic!("{other}"),
    }
}

/// The data rows of a collection.
fn rows(name: &str) -> Option<Vec<String>> {
    let text = collection(&format!("data/norway/{name}"))?;
    Some(text.lines().skip(1).map(str::to_owned).collect())
}

#[test]
fn every_vector_has_a_verdict_and_gets_it() {
    let verdicts: Vec<Vec<&str>> =
        VERDICTS.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    assert_eq!(verdicts.len(), 52);
    let Some(vectors) = rows("person-id-vectors.csv") else { return };
    assert_eq!(vectors.len(), verdicts.len());
    for (row, (vector, expected)) in vectors.iter().zip(verdicts).enumerate() {
        let (number, _) = vector.split_once(',').unwrap();
        let digest = Sha256Digest::of(number.as_bytes()).to_string();
        let found =
            [&*(row + 1).to_string(), &digest, verdict(number, Test), verdict(number, Production)];
        assert_eq!(found, expected[..4], "{}", expected[4]);
    }
}

/// The collection also says how Skatteetaten's own code, asked for real and for synthetic numbers,
/// judges each vector. It knows neither help numbers nor the offsets 40 and 65.
#[test]
fn the_tax_authoritys_code_says_the_same_of_its_own_numbers() {
    for vector in rows("person-id-vectors.csv").into_iter().flatten() {
        let (number, _) = vector.split_once(',').unwrap();
        let [_, _, _, synthetic, real] = *vector.rsplit(',').take(5).collect::<Vec<_>>() else {
            panic!("{vector}")
        };
        assert_eq!(real == "ok", matches!(verdict(number, Production), "birth" | "d"), "{vector}");
        if synthetic == "ok" {
            assert!(matches!(verdict(number, Test), "birth" | "d"), "{vector}");
            assert_eq!(verdict(number, Production), "synthetic", "{vector}");
        }
    }
}

#[test]
fn the_tax_authoritys_ten_numbers_get_its_verdict() {
    let Some(vectors) = rows("skatteetaten-foedselsnummer-2032.csv") else { return };
    assert_eq!(vectors.len(), 10);
    for vector in vectors {
        let [number, synthetic, valid, _] = *vector.split(',').collect::<Vec<_>>() else {
            panic!("{vector}")
        };
        let (home, abroad) =
            if synthetic == "true" { (Test, Production) } else { (Production, Test) };
        assert_eq!(PersonNumber::parse(number, home).is_ok(), valid == "true", "{vector}");
        assert!(PersonNumber::parse(number, abroad).is_err(), "{vector}");
    }
}

/// Nine digits with a date that every year has, and the offsets that were added to it.
fn dated() -> impl Strategy<Value = (String, u32, u32)> {
    let offsets = (
        prop_oneof![Just(0_u32), Just(40)],
        prop_oneof![Just(0_u32), Just(40), Just(65), Just(80)],
    );
    (1_u32..=28, 1_u32..=12, 0_u32..100_000, offsets).prop_map(
        |(day, month, rest, (series, offset))| {
            (format!("{:02}{:02}{rest:05}", day + series, month + offset), series, offset)
        },
    )
}

/// Eleven digits with a date, right by one of the two rules.
fn person_number() -> impl Strategy<Value = (String, u32, u32)> {
    (dated(), 0_u32..=3).prop_filter_map(
        "no check digits fit",
        |((nine, series, offset), remainder)| {
            complete(&nine, remainder).map(|number| (number, series, offset))
        },
    )
}

proptest! {
    #[test]
    fn offsets_decide_what_an_environment_takes((number, series, offset) in person_number()) {
        let (in_test, in_production) = match (series, offset) {
            (0, 0) => ("real", "birth"),
            (_, 0) => ("real", "d"),
            (0, 40) => ("birth", "h"),
            (0, _) => ("birth", "synthetic"),
            (_, _) => ("d", "synthetic"),
        };
        prop_assert_eq!(verdict(&number, Test), in_test);
        prop_assert_eq!(verdict(&number, Production), in_production);
    }

    #[test]
    fn a_first_sum_that_leaves_more_than_three_is_refused((nine, ..) in dated(), remainder in 4_u32..=10) {
        if let Some(number) = complete(&nine, remainder) {
            prop_assert_eq!(verdict(&number, Test), "digits");
            prop_assert_eq!(verdict(&number, Production), "digits");
        }
    }

    #[test]
    fn help_numbers_follow_the_classic_rule_only(nine in "[89][0-9]{8}", remainder in 0_u32..=10) {
        if let Some(number) = complete(&nine, remainder) {
            let (in_test, in_production) = if remainder == 0 { ("real", "fh") } else { ("digits", "digits") };
            prop_assert_eq!(verdict(&number, Test), in_test);
            prop_assert_eq!(verdict(&number, Production), in_production);
        }
    }

    #[test]
    fn one_wrong_digit_is_always_noticed((number, ..) in person_number(), at in 0_usize..11, step in 1_u8..10) {
        let mut digits = number.into_bytes();
        digits[at] = b'0' + (digits[at] - b'0' + step) % 10;
        let mistyped = String::from_utf8(digits).unwrap();
        prop_assert_eq!(verdict(&mistyped, Test), "digits");
        prop_assert_eq!(verdict(&mistyped, Production), "digits");
    }

    #[test]
    fn two_neighbours_that_change_places_are_always_noticed((number, ..) in person_number(), at in 0_usize..10) {
        let mut digits = number.into_bytes();
        prop_assume!(digits[at] != digits[at + 1]);
        digits.swap(at, at + 1);
        let mistyped = String::from_utf8(digits).unwrap();
        prop_assert_eq!(verdict(&mistyped, Test), "digits");
        prop_assert_eq!(verdict(&mistyped, Production), "digits");
    }

    #[test]
    fn no_number_is_at_home_in_both_environments_but_those_with_month_plus_forty(nine in "[0-9]{9}", remainder in 0_u32..=3) {
        if let Some(number) = complete(&nine, remainder)
            && PersonNumber::parse(&number, Test).is_ok()
            && let Ok(real) = PersonNumber::parse(&number, Production)
        {
            prop_assert_eq!(real.kind(), PersonNumberKind::HNumber);
            prop_assert!(matches!(number.as_bytes()[2], b'4' | b'5'));
        }
    }

    #[test]
    fn an_identifier_says_its_number_and_passes_in_its_environment_only((number, ..) in person_number()) {
        let assigner: OrganisationNumber = "974760673".parse().unwrap();
        for (environment, other) in [(Test, Production), (Production, Test)] {
            let Ok(person) = PersonNumber::parse(&number, environment) else { continue };
            let identifier = Identifier::of(&person, assigner);
            prop_assert_eq!(identifier.reveal(), &number);
            prop_assert!(identifier.check(environment).is_ok());
            prop_assert!(identifier.check(other).is_err());
            let shown = format!("{person:?} {identifier:?}");
            prop_assert!(!shown.contains(&number));
            let json = serde_json::to_vec(&identifier).unwrap();
            prop_assert_eq!(serde_json::from_slice::<Identifier>(&json).unwrap(), identifier);
        }
    }

    #[test]
    fn any_text_gets_a_verdict(text in prop_oneof!["\\PC*", "[0-9]{11}", "\\PC{11}"]) {
        for environment in [Test, Production] {
            if let Ok(person) = PersonNumber::parse(&text, environment) {
                prop_assert_eq!(person.reveal(), &text);
            }
        }
    }
}
