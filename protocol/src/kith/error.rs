//! Why bytes that claim to be a message cannot be read as one.

use thiserror::Error;

use crate::limits::MESSAGE_DOCUMENT_BYTES_MAX;

/// Why bytes that claim to be a message are none that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KithError {
    /// More bytes than messages have.
    #[error("the message is longer than {MESSAGE_DOCUMENT_BYTES_MAX} bytes")]
    TooLong,
    /// The bytes are not text in the encoding that they claim.
    #[error("the message is not text in the encoding that it claims")]
    Encoding,
    /// It is not XML.
    #[error("the message is not well-formed XML (line {0})")]
    NotWellFormed(u32),
    /// It has a document type declaration, and so perhaps entities, which messages never have.
    #[error("the message has a document type declaration, which is refused")]
    DocumentType,
    /// Elements stand deeper in one another than in any message.
    #[error("the message is nested too deep")]
    TooDeep,
    /// There are more elements, attributes or numbers than in any message.
    #[error("the message has more elements or attributes than any message has")]
    TooMany,
    /// What may stand once stands twice.
    #[error("the message has more than one {0}")]
    Twice(&'static str),
    /// What must stand is not there.
    #[error("the message has no {0}")]
    Missing(&'static str),
    /// A number, an id or a code is too long, or does not print.
    #[error("the message has a {0} that cannot be read")]
    Field(&'static str),
}
