//! Names made of bytes: digests of documents, manifests and rosters, and nonces.

use std::fmt;
use std::str::FromStr;

use budstikke_keys::digest::Sha256Digest;
use data_encoding::{BASE64URL_NOPAD, Encoding, HEXLOWER};
use serde::{Deserialize, Serialize};

use super::as_text::serde_as_text;

/// The BLAKE3 hash of a document's bytes: what `b3sum` prints, and the root that verified
/// streams are checked against.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentRoot([u8; 32]);

/// Sixteen random bytes that make a signed question unique. Text: base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce([u8; 16]);

/// SHA-256 of a manifest's compact JWS: what commitments, receipts and fetches call it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ManifestDigest(Sha256Digest);

/// SHA-256 of a referral event's compact JWS: what the next event of its author names, and what the other side says it has
/// seen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventDigest(Sha256Digest);

/// SHA-256 over name, threshold and steward keys of a federation's first roster: what a member is
/// given out of band and checks everything else against.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(Sha256Digest);

/// The text is not the one that says so many bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextFormError {
    /// A content root in any other form.
    #[error("a content root is 64 hexadecimal digits in lower case")]
    ContentRoot,
    /// A nonce in any other form.
    #[error("a nonce is 22 characters of base64url without padding")]
    Nonce,
}

impl ContentRoot {
    /// The root with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the root.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Nonce {
    /// The nonce with these bytes, which the caller drew at random.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes of the nonce.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl FromStr for ContentRoot {
    type Err = TextFormError;

    fn from_str(text: &str) -> Result<Self, TextFormError> {
        bytes_of(&HEXLOWER, text).map(Self).ok_or(TextFormError::ContentRoot)
    }
}

impl FromStr for Nonce {
    type Err = TextFormError;

    fn from_str(text: &str) -> Result<Self, TextFormError> {
        bytes_of(&BASE64URL_NOPAD, text).map(Self).ok_or(TextFormError::Nonce)
    }
}

/// Decodes exactly `N` bytes. The encodings are strict: one value has one text.
fn bytes_of<const N: usize>(encoding: &Encoding, text: &str) -> Option<[u8; N]> {
    if text.len() != encoding.encode_len(N) {
        return None;
    }
    encoding.decode(text.as_bytes()).ok()?.try_into().ok()
}

impl fmt::Display for ContentRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        HEXLOWER.encode_display(&self.0).fmt(f)
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        BASE64URL_NOPAD.encode_display(&self.0).fmt(f)
    }
}

serde_as_text!(ContentRoot);
serde_as_text!(Nonce);

/// What a newtype of a SHA-256 digest has in common with it: bytes and text.
macro_rules! like_sha256 {
    ($type:ident) => {
        impl $type {
            /// Gives the digest its meaning.
            #[must_use]
            pub const fn new(digest: Sha256Digest) -> Self {
                Self(digest)
            }

            /// The bare digest.
            #[must_use]
            pub const fn digest(self) -> Sha256Digest {
                self.0
            }

            /// The bytes of the digest.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 32] {
                self.0.as_bytes()
            }
        }

        impl FromStr for $type {
            type Err = <Sha256Digest as FromStr>::Err;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

like_sha256!(ManifestDigest);
like_sha256!(EventDigest);
like_sha256!(Fingerprint);

/// Names the type in front of the text, so that a log line says which digest it shows.
macro_rules! debug_as_text {
    ($($type:ident),+) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self)
            }
        }
    )+};
}

debug_as_text!(ContentRoot, Nonce, ManifestDigest, EventDigest, Fingerprint);
