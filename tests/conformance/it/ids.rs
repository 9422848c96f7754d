//! Every name has one text, and no text that is taken stands for anything but itself.

use std::fmt::Display;
use std::str::FromStr;

use budstikke_protocol::ids::{ContentRoot, DocumentId, HprNumber, Nonce, Oid, OrganisationNumber};
use proptest::prelude::*;

/// What is read from `text`, if anything, is written as `text`.
fn check_one_text<T: FromStr + Display>(text: &str) -> Result<(), TestCaseError> {
    if let Ok(value) = text.parse::<T>() {
        prop_assert_eq!(value.to_string(), text);
    }
    Ok(())
}

fn round_trip<T>(value: &T) -> Result<(), TestCaseError>
where
    T: FromStr + Display + PartialEq + serde::Serialize + serde::de::DeserializeOwned,
{
    prop_assert!(value.to_string().parse().is_ok_and(|read: T| read == *value));
    let json = serde_json::to_vec(value).unwrap();
    prop_assert!(serde_json::from_slice(&json).is_ok_and(|read: T| read == *value));
    Ok(())
}

/// An organisation number with its check digit; one stem in eleven has none.
fn organisation_number() -> impl Strategy<Value = String> {
    "[1-9][0-9]{7}".prop_filter_map("no check digit fits", |stem| {
        let numbers = (0..10).map(|digit| format!("{stem}{digit}"));
        numbers.into_iter().find(|number| number.parse::<OrganisationNumber>().is_ok())
    })
}

proptest! {
    #[test]
    fn whatever_is_read_is_written_the_same(
        text in prop_oneof!["\\PC*", "[0-9.]{1,30}", "[0-9]{6,10}", "[A-Za-z0-9_-]{22}", "[0-9a-fA-F-]{36}", "[0-9a-fA-F]{64}"],
    ) {
        check_one_text::<OrganisationNumber>(&text)?;
        check_one_text::<HprNumber>(&text)?;
        check_one_text::<DocumentId>(&text)?;
        check_one_text::<Oid>(&text)?;
        check_one_text::<ContentRoot>(&text)?;
        check_one_text::<Nonce>(&text)?;
    }

    #[test]
    fn document_ids_survive_text_and_bytes(unix_ms in 0_u64..1 << 48, random: [u8; 10]) {
        let id = DocumentId::from_parts(unix_ms, random);
        prop_assert_eq!(DocumentId::from_bytes(id.to_bytes()), Ok(id));
        round_trip(&id)?;
    }

    #[test]
    fn document_ids_order_by_time(earlier in 0_u64..(1 << 48) - 1, a: [u8; 10], b: [u8; 10]) {
        prop_assert!(DocumentId::from_parts(earlier, a) < DocumentId::from_parts(earlier + 1, b));
    }

    #[test]
    fn only_version_7_of_sixteen_bytes_is_a_document_id(bytes: [u8; 16]) {
        let is_version_7 = bytes[6] >> 4 == 7 && bytes[8] >> 6 == 0b10;
        prop_assert_eq!(DocumentId::from_bytes(bytes).is_ok(), is_version_7);
    }

    #[test]
    fn roots_and_nonces_survive_their_text(root: [u8; 32], nonce: [u8; 16]) {
        round_trip(&ContentRoot::from_bytes(root))?;
        round_trip(&Nonce::from_bytes(nonce))?;
    }

    #[test]
    fn one_wrong_digit_makes_no_organisation_number(number in organisation_number(), at in 0_usize..9, step in 1_u8..10) {
        let mut digits = number.into_bytes();
        digits[at] = b'0' + (digits[at] - b'0' + step) % 10;
        let mistyped = String::from_utf8(digits).unwrap();
        prop_assert!(mistyped.parse::<OrganisationNumber>().is_err());
    }
}
