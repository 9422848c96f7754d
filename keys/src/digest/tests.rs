//! Digests are those of FIPS 180-4 and have one text form.

use super::{NotADigest, Sha256Digest};

const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

#[test]
fn abc_has_the_digest_of_the_standard() {
    let digest = Sha256Digest::of(b"abc");
    assert_eq!(digest.to_string(), ABC);
    assert_eq!(format!("{digest:?}"), ABC);
    assert_eq!(ABC.parse(), Ok(digest));
    assert_eq!(Sha256Digest::from_bytes(*digest.as_bytes()), digest);
}

#[test]
fn other_spellings_are_refused() {
    for text in [
        "",
        &ABC.to_uppercase(),
        &ABC.replacen("ba", "", 1),
        &format!("{ABC}00"),
        &format!("{ABC} "),
    ] {
        assert_eq!(text.parse::<Sha256Digest>(), Err(NotADigest), "{text}");
    }
}

#[test]
fn json_is_the_text() {
    let json = format!("\"{ABC}\"");
    let read: Sha256Digest = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
}
