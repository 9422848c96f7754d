//! What others may know of a key: the public key, its thumbprint, and the signatures it checks.
//!
//! Ed25519 (RFC 8032) leaves some freedom to verifiers, and evidence must not be valid for one
//! reader and invalid for the next. So everything here is strict: one encoding for each key, no key
//! of small order (such a key "verifies" signatures that nobody made), and one signature for each
//! message that a signer signed.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::digest::Sha256Digest;

/// An Ed25519 public key; in JSON a JWK of RFC 8037: `{"kty":"OKP","crv":"Ed25519","x":"…"}`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Jwk", into = "Jwk")]
pub struct PublicKey(VerifyingKey);

/// Why bytes are not a [`PublicKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// The member `x` is not 32 bytes of base64url without padding.
    #[error("an Ed25519 public key is 32 bytes of base64url without padding")]
    Encoding,
    /// The bytes name no point of the curve.
    #[error("the public key is not a point of the curve")]
    NotAPoint,
    /// The point has another, canonical encoding (RFC 8032 section 5.1.3).
    #[error("the public key is not in its canonical encoding")]
    NotCanonical,
    /// The point has small order: no secret key belongs to it.
    #[error("the public key has small order")]
    SmallOrder,
}

/// The signature does not verify; there is nothing more to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct BadSignature;

impl PublicKey {
    /// Takes the 32 bytes of RFC 8032 section 5.1.5.
    ///
    /// # Errors
    ///
    /// When the bytes are not the canonical encoding of a point, or the point has small order.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, PublicKeyError> {
        let key = VerifyingKey::from_bytes(&bytes).ok().ok_or(PublicKeyError::NotAPoint)?;
        if key.is_weak() {
            return Err(PublicKeyError::SmallOrder);
        }
        // Encoding the point again gives the canonical bytes; dalek's equality compares bytes.
        if VerifyingKey::from(key.to_edwards()) != key {
            return Err(PublicKeyError::NotCanonical);
        }
        Ok(Self(key))
    }

    /// Takes the public half of a secret key: canonical and of large order by construction.
    pub(crate) fn of(key: &ed25519_dalek::SigningKey) -> Self {
        Self(key.verifying_key())
    }

    /// The 32 bytes of RFC 8032 section 5.1.5.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The name of this key in statements (RFC 7638, over the members that RFC 8037 requires).
    pub fn thumbprint(&self) -> Thumbprint {
        let x = BASE64URL_NOPAD.encode(self.0.as_bytes());
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        Thumbprint(*Sha256Digest::of(canonical.as_bytes()).as_bytes())
    }

    /// Checks `signature` over `message`.
    ///
    /// # Errors
    ///
    /// [`BadSignature`], also where a lenient verifier would agree: S not reduced, R of small order
    /// or not canonical.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0.verify_strict(message, &signature).ok().ok_or(BadSignature)
    }
}

impl PartialOrd for PublicKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for PublicKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.as_bytes().cmp(other.0.as_bytes())
    }
}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_bytes().hash(state);
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.thumbprint(), f)
    }
}

/// The JSON form of a public key. A private key, which has a member `d`, is refused like any
/// unknown member.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Jwk {
    kty: KeyType,
    crv: Curve,
    x: String,
}

#[derive(Serialize, Deserialize)]
enum KeyType {
    #[serde(rename = "OKP")]
    OctetKeyPair,
}

#[derive(Serialize, Deserialize)]
enum Curve {
    Ed25519,
}

impl From<PublicKey> for Jwk {
    fn from(key: PublicKey) -> Self {
        let x = BASE64URL_NOPAD.encode(key.0.as_bytes());
        Self { kty: KeyType::OctetKeyPair, crv: Curve::Ed25519, x }
    }
}

impl TryFrom<Jwk> for PublicKey {
    type Error = PublicKeyError;

    fn try_from(jwk: Jwk) -> Result<Self, PublicKeyError> {
        Self::from_bytes(base64url(&jwk.x).ok_or(PublicKeyError::Encoding)?)
    }
}

/// The RFC 7638 SHA-256 thumbprint of a public key, written as 43 characters of base64url without
/// padding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint([u8; 32]);

/// The text is not 43 characters of base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key thumbprint is 43 characters of base64url")]
pub struct NotAThumbprint;

impl Thumbprint {
    /// Takes a thumbprint that was computed elsewhere.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the thumbprint.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Thumbprint {
    type Err = NotAThumbprint;

    fn from_str(text: &str) -> Result<Self, NotAThumbprint> {
        base64url(text).map(Self).ok_or(NotAThumbprint)
    }
}

impl Serialize for Thumbprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Thumbprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// An Ed25519 signature: R and S of RFC 8032 section 5.1.6, not yet checked against anything.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// Takes the 64 bytes of a signature.
    pub fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes of the signature.
    pub fn to_bytes(&self) -> [u8; 64] {
        self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

/// Decodes exactly `N` bytes; the decoder refuses padding, other alphabets, and trailing bits that
/// are not zero.
fn base64url<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests;
