//! The id that a custodian gives a document.

use std::fmt;
use std::str::FromStr;

use uuid::{Builder, Uuid, Variant, Version};

use super::as_text::serde_as_text;

/// A `UUIDv7` (RFC 9562 section 5.7), chosen by the custodian, unique together with its
/// organisation number.
///
/// One id has one text: lower case, with hyphens. Every other spelling is refused, so that ids
/// can be compared and hashed as text by anyone. Ids order by the time they were made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(Uuid);

/// Why a text or sixteen bytes are no document id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentIdError {
    /// Not thirty-six characters, lower-case hexadecimal with hyphens.
    #[error("a document id is a UUID in lower case with hyphens")]
    Form,
    /// Another kind of UUID, whose order says nothing.
    #[error("a document id is a UUID of version 7")]
    NotVersion7,
}

impl DocumentId {
    /// Makes the id from the time in milliseconds since the Unix epoch (48 bits of it) and ten
    /// random bytes, of which version and variant take six bits.
    #[must_use]
    pub fn from_parts(unix_ms: u64, random: [u8; 10]) -> Self {
        Self(Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid())
    }

    /// Reads the sixteen bytes of an id.
    ///
    /// # Errors
    /// Version or variant is another than that of RFC 9562's version 7.
    pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, DocumentIdError> {
        Self::from_uuid(Uuid::from_bytes(bytes))
    }

    /// The sixteen bytes, most significant first.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    fn from_uuid(uuid: Uuid) -> Result<Self, DocumentIdError> {
        match (uuid.get_version(), uuid.get_variant()) {
            (Some(Version::SortRand), Variant::RFC4122) => Ok(Self(uuid)),
            _ => Err(DocumentIdError::NotVersion7),
        }
    }
}

impl FromStr for DocumentId {
    type Err = DocumentIdError;

    fn from_str(text: &str) -> Result<Self, DocumentIdError> {
        // The crate also reads braces, URNs and capitals: only what it would write itself is taken.
        let uuid = Uuid::try_parse(text).ok().ok_or(DocumentIdError::Form)?;
        if uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()) != text {
            return Err(DocumentIdError::Form);
        }
        Self::from_uuid(uuid)
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentId({self})")
    }
}

serde_as_text!(DocumentId);
