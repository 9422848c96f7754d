//! From messages to bytes and back.

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// A message with a name for its protocol and a bound on its size.
pub trait Message: Serialize + DeserializeOwned {
    /// The most bytes that its encoding may have.
    const BYTES_MAX: usize;
}

/// Why bytes are not a message, or a message has no bytes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WireError {
    /// More bytes than the message may have.
    #[error("the message has more than {0} bytes")]
    TooLarge(usize),
    /// Not CBOR, or not of this message's shape.
    #[error("the bytes are not this message")]
    Malformed,
    /// Bytes after the message.
    #[error("there are bytes after the message")]
    Trailing,
}

/// The bytes of `message`.
///
/// # Errors
/// [`WireError::TooLarge`] when they would be more than the other side reads.
pub fn encode<M: Message>(message: &M) -> Result<Vec<u8>, WireError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(message, &mut bytes).ok().ok_or(WireError::Malformed)?;
    if bytes.len() > M::BYTES_MAX { Err(WireError::TooLarge(M::BYTES_MAX)) } else { Ok(bytes) }
}

/// The message that `bytes`, all of them, are.
///
/// # Errors
/// [`WireError`] when they are too many, something else, or more than the message.
pub fn decode<M: Message>(bytes: &[u8]) -> Result<M, WireError> {
    if bytes.len() > M::BYTES_MAX {
        return Err(WireError::TooLarge(M::BYTES_MAX));
    }
    let mut rest = bytes;
    let message = ciborium::from_reader(&mut rest).ok().ok_or(WireError::Malformed)?;
    if rest.is_empty() { Ok(message) } else { Err(WireError::Trailing) }
}
