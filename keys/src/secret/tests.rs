//! Secrets stay secret: no byte in `Debug`, and no trait that would let one out.

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::{EmptyPassphrase, Passphrase, SecretKey, SymmetricKey};
use crate::keyring::{Keyring, StewardKey};
use crate::seal::Sealer;

fn symmetric(byte: u8) -> SymmetricKey {
    SymmetricKey::from_bytes(Zeroizing::new([byte; 32]))
}

/// Does not compile when a type has one of the traits: the method then has two candidates, and none
/// is inferred.
macro_rules! assert_lacks {
    ($($bound:path),+; $secrets:tt) => { $(assert_lacks!(@ $bound; $secrets);)+ };
    (@ $bound:path; [$($secret:ty),+]) => {{
        trait AmbiguousIf<A> {
            fn witness() {}
        }
        struct Has;
        impl<T> AmbiguousIf<()> for T {}
        impl<T: $bound> AmbiguousIf<Has> for T {}
        $(<$secret as AmbiguousIf<_>>::witness();)+
    }};
}

#[test]
fn secrets_cannot_be_copied_compared_shown_or_serialised() {
    assert_lacks!(
        Clone, PartialEq, std::fmt::Display, serde::Serialize;
        [SecretKey, SymmetricKey, Passphrase, Keyring, StewardKey, Sealer]
    );
}

#[test]
fn debug_shows_no_byte() {
    let seed = || Zeroizing::new([0xa5; 32]);
    assert_eq!(format!("{:?}", SecretKey::from_seed(seed())), "SecretKey(..)");
    assert_eq!(format!("{:?}", SymmetricKey::from_bytes(seed())), "SymmetricKey(..)");
    assert_eq!(format!("{:?}", Sealer::new(&symmetric(0xa5))), "Sealer(..)");
    let passphrase = Passphrase::from_string("open sesame".to_owned()).unwrap();
    assert_eq!(format!("{passphrase:?}"), "Passphrase(..)");
    let keyring = Keyring::from_entropy(Zeroizing::new([0xa5; 160]));
    assert_eq!(
        format!("{keyring:?}"),
        "Keyring { node: SecretKey(..), sign: SecretKey(..), log: SecretKey(..), \
         witness: SecretKey(..), storage: SymmetricKey(..) }"
    );
    let steward = StewardKey::from_entropy(seed());
    assert_eq!(format!("{steward:#?}"), "StewardKey {\n    key: SecretKey(..),\n}");
}

#[test]
fn seed_reads_back() {
    assert_eq!(*SecretKey::from_seed(Zeroizing::new([9; 32])).seed(), [9; 32]);
    assert_eq!(*symmetric(9).bytes(), [9; 32]);
}

#[test]
fn derived_keys_differ_by_key_context_and_salt() {
    let derived = [
        symmetric(1).derive("budstikke test a", b"salt"),
        symmetric(2).derive("budstikke test a", b"salt"),
        symmetric(1).derive("budstikke test b", b"salt"),
        symmetric(1).derive("budstikke test a", b"pepper"),
        symmetric(1).derive("budstikke test a", b""),
    ];
    for (index, key) in derived.iter().enumerate() {
        for other in derived.iter().skip(index + 1) {
            assert_ne!(*key.bytes(), *other.bytes());
        }
    }
}

#[test]
fn derivation_is_blake3_derive_key_over_key_and_salt() {
    let material = [[1; 32].as_slice(), b"salt"].concat();
    let expected = blake3::derive_key("budstikke test a", &material);
    assert_eq!(*symmetric(1).derive("budstikke test a", b"salt").bytes(), expected);
}

#[test]
fn mac_is_blake3_keyed_hash() {
    // The first case of BLAKE3's test vectors: this key, no input.
    let key: [u8; 32] = *b"whats the Elvish word for friend";
    let mac = SymmetricKey::from_bytes(Zeroizing::new(key)).mac(b"");
    assert_eq!(
        HEXLOWER.encode(&mac),
        "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26"
    );
}

#[test]
fn empty_passphrase_is_refused() {
    assert_eq!(Passphrase::from_string(String::new()).unwrap_err(), EmptyPassphrase);
    assert_eq!(Passphrase::from_string(" ".to_owned()).unwrap().reveal(), " ");
}
