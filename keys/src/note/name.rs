//! The name of a key in signed notes, and the short id that stands beside it.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;

use crate::digest::Sha256Digest;

/// The most bytes of a key name: what the one byte of length in C2SP `tlog-cosignature` can say.
pub const NAME_BYTES_MAX: usize = 255;

/// The name of a key (C2SP `signed-note`): 1 to 255 bytes of UTF-8 without white space, control
/// characters and `+`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteName(String);

/// The text is no key name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key name has 1 to {NAME_BYTES_MAX} bytes without white space, control characters and +")]
pub struct NoteNameError;

impl NoteName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for NoteName {
    type Err = NoteNameError;

    fn from_str(text: &str) -> Result<Self, NoteNameError> {
        let allowed = |c: char| !c.is_whitespace() && c >= ' ' && c != '+';
        if (1..=NAME_BYTES_MAX).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoteNameError)
        }
    }
}

impl fmt::Display for NoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for NoteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The first four bytes of SHA-256 over key name, line feed, kind of signature and public key:
/// enough to find a key by, not enough to trust it for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// Takes the four bytes that stand in a signature line.
    pub fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// The four bytes.
    pub fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }

    /// The id of a key: `encoded` is the byte of its kind and then the public key.
    pub(super) fn of(name: &NoteName, encoded: &[u8]) -> Self {
        let digest = Sha256Digest::of(&[name.as_str().as_bytes(), b"\n", encoded].concat());
        let [a, b, c, d, ..] = *digest.as_bytes();
        Self([a, b, c, d])
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
