//! A key file opens with its passphrase, as what it is, and tells what is wrong otherwise.

use age::secrecy::SecretString;
use age::{scrypt, x25519};
use zeroize::Zeroizing;

use super::{FILE_BYTES_MAX, Keyring, KeyringError, PLAIN_BYTES, StewardKey};
use crate::secret::Passphrase;

const PASSPHRASE: &str = "correct horse battery staple";

fn passphrase(text: &str) -> Passphrase {
    Passphrase::from_string(text.to_owned()).unwrap()
}

fn keyring() -> Keyring {
    let entropy: Vec<u8> = (0..160).collect();
    Keyring::from_entropy(Zeroizing::new(entropy.try_into().unwrap()))
}

/// A key file that somebody else wrote, with little work so that the tests are fast.
fn file(plain: &str, work_factor: u8) -> Vec<u8> {
    let mut recipient = scrypt::Recipient::new(SecretString::from(PASSPHRASE));
    recipient.set_work_factor(work_factor);
    age::encrypt(&recipient, plain.as_bytes()).unwrap()
}

fn refusal(file: &[u8]) -> KeyringError {
    Keyring::open(file, &passphrase(PASSPHRASE)).unwrap_err()
}

#[test]
fn entropy_becomes_the_keys_in_order() {
    let keyring = keyring();
    let seed = |first: u8| -> Vec<u8> { (first..first + 32).collect() };
    assert_eq!(keyring.node.seed().to_vec(), seed(0));
    assert_eq!(keyring.sign.seed().to_vec(), seed(32));
    assert_eq!(keyring.log.seed().to_vec(), seed(64));
    assert_eq!(keyring.witness.seed().to_vec(), seed(96));
    assert_eq!(keyring.storage.bytes().to_vec(), seed(128));
}

#[test]
fn sealed_keyring_opens_again() {
    let sealed = keyring().seal(&passphrase(PASSPHRASE)).unwrap();
    let opened = Keyring::open(&sealed, &passphrase(PASSPHRASE)).unwrap();
    assert_eq!(opened.node.public(), keyring().node.public());
    assert_eq!(opened.sign.public(), keyring().sign.public());
    assert_eq!(opened.log.public(), keyring().log.public());
    assert_eq!(opened.witness.public(), keyring().witness.public());
    assert_eq!(*opened.storage.bytes(), *keyring().storage.bytes());
}

#[test]
fn sealed_file_names_its_work_factor_and_hides_the_rest() {
    let sealed = keyring().seal(&passphrase(PASSPHRASE)).unwrap();
    let text = String::from_utf8_lossy(&sealed);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("age-encryption.org/v1"));
    let stanza = lines.next().unwrap();
    assert!(stanza.starts_with("-> scrypt ") && stanza.ends_with(" 15"), "{stanza}");
    assert!(!text.contains("node"));
    assert!(sealed.len() < PLAIN_BYTES);
}

#[test]
fn sealed_steward_key_opens_again_and_not_as_a_keyring() {
    let steward = StewardKey::from_entropy(Zeroizing::new([7; 32]));
    let sealed = steward.seal(&passphrase(PASSPHRASE)).unwrap();
    let opened = StewardKey::open(&sealed, &passphrase(PASSPHRASE)).unwrap();
    assert_eq!(opened.key.public(), steward.key.public());
    let expected = KeyringError::WrongKind { expected: "node", found: "steward".to_owned() };
    assert_eq!(refusal(&sealed), expected);
    assert_eq!(expected.to_string(), "the key file belongs to a steward, not to a node");
}

#[test]
fn keyring_does_not_open_as_a_steward_key() {
    let sealed = file(r#"{"version":1,"kind":"node"}"#, 2);
    let refusal = StewardKey::open(&sealed, &passphrase(PASSPHRASE)).unwrap_err();
    let found = "node".to_owned();
    assert_eq!(refusal, KeyringError::WrongKind { expected: "steward", found });
}

#[test]
fn wrong_passphrase_is_told() {
    let sealed = file("{}", 2);
    for wrong in ["Correct horse battery staple", " ", "correct horse battery staple\n"] {
        let refusal = Keyring::open(&sealed, &passphrase(wrong)).unwrap_err();
        assert_eq!(refusal, KeyringError::WrongPassphrase);
    }
}

#[test]
fn damaged_file_is_told() {
    let sealed = file(r#"{"version":1,"kind":"node"}"#, 2);
    for index in 0..sealed.len() {
        let mut damaged = sealed.clone();
        damaged[index] ^= 1;
        // The salt and the wrapped file key cannot be told from a wrong passphrase; no damage goes
        // unnoticed.
        let refusal = refusal(&damaged);
        assert!(
            matches!(refusal, KeyringError::NotAKeyFile | KeyringError::WrongPassphrase),
            "byte {index}: {refusal:?}"
        );
    }
    for length in 0..sealed.len() {
        assert_eq!(refusal(&sealed[..length]), KeyringError::NotAKeyFile, "{length} bytes");
    }
    let last = sealed.len() - 1;
    let mut damaged = sealed;
    damaged[last] ^= 1;
    assert_eq!(refusal(&damaged), KeyringError::NotAKeyFile);
}

#[test]
fn other_files_are_not_key_files() {
    assert_eq!(refusal(b"-----BEGIN PRIVATE KEY-----"), KeyringError::NotAKeyFile);
    assert_eq!(refusal(&vec![b'a'; FILE_BYTES_MAX + 1]), KeyringError::NotAKeyFile);
    let stranger = x25519::Identity::generate().to_public();
    let sealed = age::encrypt(&stranger, b"{}").unwrap();
    assert_eq!(refusal(&sealed), KeyringError::NotAKeyFile);
    for plain in ["", "[]", "{}", r#"{"version":"1","kind":"node"}"#, r#"{"version":1}"#] {
        assert_eq!(refusal(&file(plain, 2)), KeyringError::NotAKeyFile, "{plain}");
    }
}

#[test]
fn file_that_asks_for_more_work_is_refused() {
    let plain = r#"{"version":9,"kind":"node"}"#;
    assert_eq!(refusal(&file(plain, 15)), KeyringError::UnknownVersion(9));
    assert_eq!(refusal(&file(plain, 16)), KeyringError::NotAKeyFile);
}

#[test]
fn later_version_is_told_whatever_else_it_holds() {
    let sealed = file(r#"{"version":2,"kind":"robot","keys":[1,2,3]}"#, 2);
    assert_eq!(refusal(&sealed), KeyringError::UnknownVersion(2));
}

#[test]
fn incomplete_or_misshapen_keys_are_refused() {
    let seed = "A".repeat(43);
    let keys = |storage: &str| {
        format!(
            r#"{{"version":1,"kind":"node","node":"{seed}","sign":"{seed}","log":"{seed}","witness":"{seed}"{storage}}}"#
        )
    };
    let short = "A".repeat(42);
    for storage in ["", &format!(r#","storage":"{short}""#), &format!(r#","storage":"{seed}=""#)] {
        assert_eq!(refusal(&file(&keys(storage), 2)), KeyringError::NotAKeyFile);
    }
    let whole = file(&keys(&format!(r#","storage":"{seed}""#)), 2);
    assert!(Keyring::open(&whole, &passphrase(PASSPHRASE)).is_ok());
}
