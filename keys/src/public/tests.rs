//! Published vectors, and what a strict verifier refuses.

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::{BadSignature, PublicKey, PublicKeyError, Signature, Thumbprint, base64url};
use crate::secret::SecretKey;

/// The key of RFC 8037 appendix A.
const JWK: &str =
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const THUMBPRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

/// The order of the group, little-endian (RFC 8032 section 5.1).
const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

fn hex<const N: usize>(text: &str) -> [u8; N] {
    HEXLOWER.decode(text.as_bytes()).unwrap().try_into().unwrap()
}

fn example() -> SecretKey {
    let seed = base64url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    SecretKey::from_seed(Zeroizing::new(seed))
}

#[test]
fn rfc_8032_vectors_1_to_3_sign_and_verify() {
    let vectors = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ];
    for (seed, public, message, signature) in vectors {
        let key = SecretKey::from_seed(Zeroizing::new(hex(seed)));
        let message = HEXLOWER.decode(message.as_bytes()).unwrap();
        let signature = Signature::from_bytes(hex(signature));
        assert_eq!(key.public(), PublicKey::from_bytes(hex(public)).unwrap());
        assert_eq!(key.sign(&message), signature);
        assert_eq!(key.public().verify(&message, &signature), Ok(()));
        assert_eq!(key.public().verify(b"another", &signature), Err(BadSignature));
    }
}

#[test]
fn rfc_8037_a_4_signature_is_made_and_verified() {
    let input = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = Signature::from_bytes(
        base64url("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")
            .unwrap(),
    );
    assert_eq!(example().sign(input), signature);
    assert_eq!(example().public().verify(input, &signature), Ok(()));
}

#[test]
fn rfc_8037_a_3_thumbprint_names_the_key() {
    let key: PublicKey = serde_json::from_str(JWK).unwrap();
    assert_eq!(key, example().public());
    assert_eq!(key.thumbprint().to_string(), THUMBPRINT);
    assert_eq!(THUMBPRINT.parse(), Ok(key.thumbprint()));
    assert_eq!(Thumbprint::from_bytes(*key.thumbprint().as_bytes()), key.thumbprint());
    assert_eq!(format!("{key:?}"), THUMBPRINT);
    assert_eq!(serde_json::to_string(&key.thumbprint()).unwrap(), format!("\"{THUMBPRINT}\""));
}

#[test]
fn jwk_reads_back_and_nothing_else_is_a_jwk() {
    let key: PublicKey = serde_json::from_str(JWK).unwrap();
    assert_eq!(serde_json::to_string(&key).unwrap(), JWK);
    for (from, to) in [
        ("OKP", "EC"),
        ("Ed25519", "X25519"),
        ("11qY", "11q"),
        ("HURo", "HURp"),
        ("HURo", "HURo="),
        (r#"{"kty""#, r#"{"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","kty""#),
        (r#"{"kty""#, r#"{"use":"sig","kty""#),
        (r#"{"kty""#, r#"{"kty":"OKP","kty""#),
        (r#""kty":"OKP","#, ""),
    ] {
        let json = JWK.replace(from, to);
        assert_ne!(json, JWK);
        assert!(serde_json::from_str::<PublicKey>(&json).is_err(), "{json}");
    }
}

#[test]
fn thumbprints_have_one_spelling() {
    for text in [
        "",
        &THUMBPRINT.replacen('k', "", 1),
        &THUMBPRINT.replace('_', "/"),
        &format!("{THUMBPRINT}="),
        // The stray bits of the last character.
        &THUMBPRINT.replace("S4k", "S4l"),
    ] {
        assert!(text.parse::<Thumbprint>().is_err(), "{text}");
    }
}

#[test]
fn keys_of_small_order_are_refused() {
    for key in [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ] {
        assert_eq!(PublicKey::from_bytes(hex(key)), Err(PublicKeyError::SmallOrder), "{key}");
    }
}

#[test]
fn keys_in_a_second_encoding_are_refused() {
    // y = p + k for every k that still fits into 255 bits; some are points, and those have a
    // canonical twin.
    let mut found = Vec::new();
    for k in 0..19 {
        for sign in [0x7f, 0xff] {
            let mut bytes = [0xff; 32];
            bytes[0] = 0xed + k;
            bytes[31] = sign;
            found.push(PublicKey::from_bytes(bytes).unwrap_err());
        }
    }
    assert!(found.contains(&PublicKeyError::NotCanonical));
}

#[test]
fn bytes_off_the_curve_are_refused() {
    let mut bytes = [0; 32];
    bytes[0] = 2;
    assert_eq!(PublicKey::from_bytes(bytes), Err(PublicKeyError::NotAPoint));
}

#[test]
fn malleated_signature_is_refused() {
    let key = example();
    let signature = key.sign(b"message").to_bytes();
    // S + L satisfies the equation as well; only the range check of RFC 8032 section 5.1.7 stops
    // it.
    let mut malleated = signature;
    let mut carry = 0;
    for (byte, order) in malleated[32..].iter_mut().zip(hex::<32>(ORDER)) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert_eq!(key.public().verify(b"message", &Signature::from_bytes(signature)), Ok(()));
    assert_eq!(
        key.public().verify(b"message", &Signature::from_bytes(malleated)),
        Err(BadSignature)
    );
}

#[test]
fn every_damaged_byte_of_a_signature_is_noticed() {
    let key = example();
    let signature = key.sign(b"message").to_bytes();
    for index in 0..64 {
        let mut damaged = signature;
        damaged[index] ^= 1;
        let damaged = Signature::from_bytes(damaged);
        assert_eq!(key.public().verify(b"message", &damaged), Err(BadSignature), "byte {index}");
    }
}

#[test]
fn keys_are_ordered_by_their_bytes() {
    let other = SecretKey::from_seed(Zeroizing::new([7; 32])).public();
    let key = example().public();
    assert_eq!(key.cmp(&other), key.to_bytes().cmp(&other.to_bytes()));
}
