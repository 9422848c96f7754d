//! The ids that organisations draw themselves: of documents, of referrals, of searches.

use std::fmt;
use std::str::FromStr;

use uuid::{Builder, Uuid, Variant, Version};

use super::as_text::serde_as_text;

/// The id of a document, chosen by the custodian, unique together with its organisation number.
///
/// A `UUIDv7` (RFC 9562 section 5.7). One id has one text: lower case, with hyphens. Every other spelling is refused, so that
/// ids can be compared and hashed as text by anyone. Ids order by the time they were made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(Uuid);

/// The id of a referral, chosen by the referring organisation, unique together with its organisation number.
///
/// A `UUIDv7` with one text, as [`DocumentId`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReferralId(Uuid);

/// The id of a search for the records of a patient, chosen by the organisation that searches and said to nobody else.
///
/// A `UUIDv7` with one text, as [`DocumentId`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindId(Uuid);

/// Why a text or sixteen bytes are no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Not thirty-six characters, lower-case hexadecimal with hyphens.
    #[error("an id is a UUID in lower case with hyphens")]
    Form,
    /// Another kind of UUID, whose order says nothing.
    #[error("an id is a UUID of version 7")]
    NotVersion7,
}

/// Reads the only text that an id would be written as.
fn parse(text: &str) -> Result<Uuid, IdError> {
    // The crate also reads braces, URNs and capitals.
    let uuid = Uuid::try_parse(text).ok().ok_or(IdError::Form)?;
    if uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()) != text {
        return Err(IdError::Form);
    }
    version_7(uuid)
}

fn version_7(uuid: Uuid) -> Result<Uuid, IdError> {
    match (uuid.get_version(), uuid.get_variant()) {
        (Some(Version::SortRand), Variant::RFC4122) => Ok(uuid),
        _ => Err(IdError::NotVersion7),
    }
}

/// What the ids have in common: bytes and text.
macro_rules! like_uuid_v7 {
    ($type:ident) => {
        impl $type {
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
            pub fn from_bytes(bytes: [u8; 16]) -> Result<Self, IdError> {
                version_7(Uuid::from_bytes(bytes)).map(Self)
            }

            /// The sixteen bytes, most significant first.
            #[must_use]
            pub fn to_bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }
        }

        impl FromStr for $type {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(text).map(Self)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($type), "({})"), self)
            }
        }

        serde_as_text!($type);
    };
}

like_uuid_v7!(DocumentId);
like_uuid_v7!(ReferralId);
like_uuid_v7!(FindId);
