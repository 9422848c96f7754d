//! What each name accepts, and the spellings that it refuses.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::digests::{ContentRoot, Fingerprint, ManifestDigest, Nonce, TextFormError};
use super::environment::{Environment, EnvironmentError};
use super::numbers::{HprNumber, HprNumberError, OrganisationNumber, OrganisationNumberError};
use super::oid::{Oid, OidError};
use super::uuids::{DocumentId, IdError, ReferralId};

/// Reads `text`, writes it again, and does the same through JSON.
fn accept<T>(text: &str) -> T
where
    T: FromStr<Err: Debug> + Display + Debug + PartialEq + Serialize + DeserializeOwned,
{
    let value: T = text.parse().unwrap();
    assert_eq!(value.to_string(), text);
    let json = serde_json::to_string(&value).unwrap();
    assert_eq!(json, format!("\"{text}\""));
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value);
    value
}

/// The error for `text`, after seeing that JSON refuses it too.
fn refuse<T>(text: &str) -> T::Err
where
    T: FromStr<Err: Debug> + Debug + DeserializeOwned,
{
    let json = serde_json::to_string(text).unwrap();
    assert!(serde_json::from_str::<T>(&json).is_err(), "{text}");
    text.parse::<T>().unwrap_err()
}

#[test]
fn organisation_numbers_have_nine_digits_and_a_check_digit() {
    accept::<OrganisationNumber>("974760673");
    accept::<OrganisationNumber>("983974880");
    for text in ["", "97476067", "9747606731", "97476067a", "+74760673", "974 76067", "000000000"] {
        let error = refuse::<OrganisationNumber>(text);
        assert_eq!(error, OrganisationNumberError::NotNineDigits, "{text}");
    }
    for text in ["974760674", "974760637", "100000000"] {
        assert_eq!(
            refuse::<OrganisationNumber>(text),
            OrganisationNumberError::CheckDigit,
            "{text}"
        );
    }
}

#[test]
fn hpr_numbers_have_seven_to_nine_digits() {
    for text in ["9144897", "12345678", "565505933"] {
        accept::<HprNumber>(text);
    }
    for text in ["", "123456", "1234567890", "0123456", "-123456", "12345é", "1234567 "] {
        assert_eq!(refuse::<HprNumber>(text), HprNumberError, "{text}");
    }
}

#[test]
fn an_id_is_a_lower_case_version_7_uuid() {
    let id = accept::<DocumentId>("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    assert_eq!(DocumentId::from_bytes(id.to_bytes()), Ok(id));
    let referral = accept::<ReferralId>(&id.to_string());
    assert_eq!(ReferralId::from_bytes(referral.to_bytes()), Ok(referral));
    assert_eq!(format!("{referral:?}"), format!("ReferralId({id})"));
    for text in [
        "",
        "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
        "017f22e279b07cc398c4dc0c0c07398f",
        "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
        "urn:uuid:017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        " 017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    ] {
        assert_eq!(refuse::<DocumentId>(text), IdError::Form, "{text}");
    }
    for text in [
        "00000000-0000-0000-0000-000000000000",
        "919108f7-52d1-4320-9bac-f847db4148a8",
        "017f22e2-79b0-7cc3-18c4-dc0c0c07398f",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ] {
        assert_eq!(refuse::<DocumentId>(text), IdError::NotVersion7, "{text}");
    }
}

#[test]
fn an_id_made_of_parts_orders_by_time() {
    // RFC 9562 appendix A.6: 2022-02-22T19:22:22Z.
    let known = DocumentId::from_parts(
        0x017f_22e2_79b0,
        [0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f],
    );
    assert_eq!(known.to_string(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    assert!(DocumentId::from_parts(1, [255; 10]) < DocumentId::from_parts(2, [0; 10]));
}

#[test]
fn object_identifiers_are_dotted_decimal_inside_the_tree() {
    for text in [
        "2.16.578.1.12.4.1.4.1",
        "0.0",
        "1.39.7",
        "2.999",
        "2.25.340282366920938463463374607431768211455",
    ] {
        assert_eq!(accept::<Oid>(text).as_str(), text);
    }
    for text in
        ["", "2", ".", "2.", ".16", "2..16", "2.016", "2.16.a", "urn:oid:2.16", "2.-1", "2.16 "]
    {
        assert_eq!(refuse::<Oid>(text), OidError::Form, "{text}");
    }
    for text in ["3.1", "0.40", "1.400", "12.1"] {
        assert_eq!(refuse::<Oid>(text), OidError::Root, "{text}");
    }
    let longest = format!("2.{}", "9".repeat(126));
    accept::<Oid>(&longest);
    assert_eq!(refuse::<Oid>(&format!("{longest}9")), OidError::TooLong);
}

#[test]
fn the_named_object_identifiers_are_what_parsing_gives() {
    for oid in [
        Oid::BIRTH_NUMBER,
        Oid::D_NUMBER,
        Oid::HELP_NUMBER,
        Oid::HPR_NUMBER,
        Oid::ORGANISATION_NUMBER,
    ] {
        assert_eq!(accept::<Oid>(oid.as_str()), oid);
    }
}

#[test]
fn digests_are_lower_case_hexadecimal() {
    let text = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
    accept::<ContentRoot>(text);
    let manifest = accept::<ManifestDigest>(text);
    assert_eq!(accept::<Fingerprint>(text).digest(), manifest.digest());
    assert_eq!(format!("{manifest:?}"), format!("ManifestDigest({text})"));
    for text in [
        "",
        &text.to_uppercase(),
        text.strip_prefix("a").unwrap(),
        text.strip_prefix("af").unwrap(),
        &format!("{text}00"),
        &text.replace('f', "g"),
    ] {
        assert_eq!(refuse::<ContentRoot>(text), TextFormError::ContentRoot, "{text}");
        refuse::<ManifestDigest>(text);
        refuse::<Fingerprint>(text);
    }
}

#[test]
fn a_nonce_has_one_text() {
    let nonce = accept::<Nonce>("AAECAwQFBgcICQoLDA0ODw");
    assert_eq!(nonce.as_bytes(), &std::array::from_fn(|at| u8::try_from(at).unwrap()));
    // The last: the same bytes, with trailing bits that base64 would drop.
    for text in [
        "",
        "AAECAwQFBgcICQoLDA0ODw==",
        "AAECAwQFBgcICQoLDA0OD",
        "AAECAwQFBgcICQoLDA0O+w",
        "AAECAwQFBgcICQoLDA0ODx",
    ] {
        assert_eq!(refuse::<Nonce>(text), TextFormError::Nonce, "{text}");
    }
}

#[test]
fn environments_are_two_words() {
    assert_eq!(accept::<Environment>("test"), Environment::Test);
    assert_eq!(accept::<Environment>("production"), Environment::Production);
    for text in ["", "Test", "prod", "test "] {
        assert_eq!(refuse::<Environment>(text), EnvironmentError, "{text}");
    }
}
