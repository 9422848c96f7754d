//! Laws of commitments; the digests were computed by an implementation of their own.

use super::*;

fn salt() -> Salt {
    Salt::from_bytes(Zeroizing::new(std::array::from_fn(|place| u8::try_from(place).unwrap())))
}

#[test]
fn the_tag_is_hashed_behind_its_length() {
    let check = |tag: &'static str, parts: &[&[u8]], expected: &str| {
        assert_eq!(tagged(tag, parts).to_string(), expected);
    };
    check("t", &[], "a06347069e3b92f3074856f990845af5453a0f7456d734ee6aac0f2375285840");
    check(
        "budstikke/x/v1",
        &[b"ab", b"c"],
        "51ff0fa6d09539b7d34abb0908b9f0ab3f4a6745ef37a7c363a687299118a903",
    );
}

#[test]
fn a_commitment_is_over_salt_and_digest() {
    let commitment = Commitment::to(Sha256Digest::of(b"signed"), &salt());
    assert_eq!(
        commitment.to_string(),
        "053def61bbbaa9853ad449af4903640ae916153a1c305e7fa99c74025cc6d7e1"
    );
    assert!(commitment.is_to(Sha256Digest::of(b"signed"), &salt()));
    assert!(!commitment.is_to(Sha256Digest::of(b"signet"), &salt()));
    assert!(
        !commitment.is_to(Sha256Digest::of(b"signed"), &Salt::from_bytes(Zeroizing::new([0; 32])))
    );
    assert_eq!(Commitment::from_bytes(*commitment.as_bytes()), commitment);
}

#[test]
fn a_salt_is_not_shown() {
    assert_eq!(format!("{:?}", salt()), "Salt(..)");
}
