//! What a short text, a media type and a language tag may be.

use super::{Language, MediaType, Text, TextError};

#[test]
fn a_text_is_bounded_and_printable() {
    assert_eq!(
        "Epikrise, kir. avd. æøå".parse::<Text<64>>().unwrap().as_str(),
        "Epikrise, kir. avd. æøå"
    );
    assert_eq!("".parse::<Text<8>>(), Err(TextError::Empty));
    assert_eq!(" \t".parse::<Text<8>>(), Err(TextError::Empty));
    assert_eq!("123456789".parse::<Text<8>>(), Err(TextError::TooLong(8)));
    for hidden in
        ["a\nb", "\u{feff}ab", "ab\u{202e}c", "a\u{2028}b", "a\u{200f}b", " a", "a ", "a\u{0}"]
    {
        assert_eq!(hidden.parse::<Text<8>>(), Err(TextError::Unprintable), "{hidden:?}");
    }
}

#[test]
fn a_text_is_not_in_its_debug_output() {
    assert_eq!(format!("{:?}", "Kari Nordmann".parse::<Text<64>>().unwrap()), "Text(13 bytes)");
}

#[test]
fn media_types_and_languages_have_one_form() {
    for good in
        ["application/pdf", "text/xml; charset=utf-16", "application/fhir+json", "image/tiff"]
    {
        assert!(good.parse::<MediaType>().is_ok(), "{good}");
    }
    for bad in
        ["", "pdf", "Application/pdf", "a/b/c", "text/xml;charset=utf-8", "text/", "/xml", "a b/c"]
    {
        assert!(bad.parse::<MediaType>().is_err(), "{bad}");
    }
    for good in ["nb", "nn-NO", "se", "en-GB", "sma"] {
        assert!(good.parse::<Language>().is_ok(), "{good}");
    }
    for bad in ["", "n", "NB", "nb-no", "nb-", "nb-NOR", "norsk"] {
        assert!(bad.parse::<Language>().is_err(), "{bad}");
    }
}
