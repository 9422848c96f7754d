//! Who acts in the vectors: organisations, persons, keys and times, all of them fixed.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::public::PublicKey;
use budstikke_keys::secret::SecretKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::OrganisationNumber;
use zeroize::Zeroizing;

/// A hospital. The numbers begin with 3, as those of made-up organisations do.
pub const HOSPITAL: &str = "310000019";
/// A municipality.
pub const MUNICIPALITY: &str = "310000027";
/// A GP's office.
pub const GP: &str = "310000035";

/// The nurse or doctor who asks.
pub const PERSON: &str = "9000001";

/// When statements are made.
pub const NOW: &str = "2026-11-22T12:04:05Z";

/// Whose key signs the hospital's statements.
pub const HOSPITAL_SIGN: &str = "hospital sign";

/// The key with this name: its seed is the SHA-256 of `budstikke test vectors: ` and the name.
pub fn key(name: &str) -> SecretKey {
    let seed = Sha256Digest::of(format!("budstikke test vectors: {name}").as_bytes());
    SecretKey::from_seed(Zeroizing::new(*seed.as_bytes()))
}

/// The public half of [`key`].
pub fn public(name: &str) -> PublicKey {
    key(name).public()
}

/// Reads an organisation number.
pub fn organisation(number: &str) -> OrganisationNumber {
    number.parse().unwrap()
}

/// Reads a time.
pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}
