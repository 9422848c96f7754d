//! The code lists: what is in them, and that nothing else is taken for a code.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::asker::{Purpose, Role};
use super::confidentiality::{BlockCode, Confidentiality};
use super::document_type::{CategoryCode, TypeCode};
use super::list::UnknownCode;

/// Checks that every code reads back as itself, and how many there are.
fn check_list<T>(all: impl Iterator<Item = T>, display: fn(T) -> &'static str, count: usize)
where
    T: FromStr<Err = UnknownCode> + Display + Debug + Copy + Ord + Serialize + DeserializeOwned,
{
    let mut seen = BTreeSet::new();
    for value in all {
        let code = value.to_string();
        assert_eq!(code.parse(), Ok(value));
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(json, format!("\"{code}\""));
        assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value);
        assert!(!display(value).trim().is_empty());
        assert!(seen.insert(value), "{code} is there twice");
        for other in
            [code.to_lowercase(), format!("{code} "), format!(" {code}"), format!("{code}\0")]
        {
            assert!(other.parse::<T>().is_err(), "{other}");
        }
    }
    assert_eq!(seen.len(), count);
    assert!("".parse::<T>().is_err());
    assert!(serde_json::from_str::<T>("\"?\"").is_err());
    assert!(serde_json::from_str::<T>("7").is_err());
}

#[test]
fn every_code_reads_back_as_itself() {
    check_list(CategoryCode::all(), CategoryCode::display, 9);
    check_list(TypeCode::all(), TypeCode::display, 55);
    check_list(BlockCode::all(), BlockCode::display, 13);
    check_list(Role::all(), Role::display, 36);
    check_list(Purpose::all(), Purpose::display, 9);
    let degrees = [Confidentiality::N, Confidentiality::R, Confidentiality::V];
    check_list(degrees.into_iter(), Confidentiality::display, 3);
    assert!(degrees.is_sorted());
}

#[test]
fn every_type_has_a_category_and_every_category_a_type() {
    let letter = |code: &str| code.chars().next();
    for document_type in TypeCode::all() {
        assert_eq!(letter(document_type.code()), letter(document_type.category().code()));
    }
    let used: BTreeSet<_> = TypeCode::all().map(TypeCode::category).collect();
    assert_eq!(used, CategoryCode::all().collect());
}

#[test]
fn the_codes_of_referrals_and_summaries_say_what_they_are() {
    let check = |code: &str, display: &str, category: &str| {
        let document_type: TypeCode = code.parse().unwrap();
        assert_eq!((document_type.display(), document_type.category().code()), (display, category));
    };
    check("I01-2", "Henvisninger", "I00-1");
    check("A03-2", "Epikrise", "A00-1");
    check("D08-2", "ØNH", "D00-1");
    assert!("I00-1".parse::<TypeCode>().is_err());
    assert!("I01-2".parse::<CategoryCode>().is_err());
}

#[test]
fn what_restricts_nothing_is_no_block() {
    assert!("N".parse::<BlockCode>().is_err());
    assert!("NORN-FPB".parse::<BlockCode>().is_err());
    assert_eq!("NORS".parse::<BlockCode>().unwrap().display(), "Sperret");
}

#[test]
fn every_purpose_of_the_command_line_is_taken() {
    for code in ["TREAT", "ETREAT", "BTG", "CAREMGT", "PATRQT", "HOPERAT", "HPAYMT", "PUBHLTH"] {
        assert_eq!(code.parse::<Purpose>().unwrap().code(), code);
    }
    let error = "HMARKT".parse::<Purpose>().unwrap_err();
    assert_eq!(error.to_string(), "the code is not in the HL7 purposes of use that are taken here");
}
