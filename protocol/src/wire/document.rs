//! `/budstikke/document/1`: the bytes of a document as a verified stream.
//!
//! The side that wants a document opens a stream and speaks first. Everything on it is a frame: a length of four bytes,
//! big-endian, and that many bytes. For each document, in this order:
//!
//! 1. the asking side sends a [`Get`];
//! 2. the other side sends a [`Head`];
//! 3. unless that is a refusal, it sends the list of subtree hashes as one frame, empty for a document of one subtree;
//! 4. then every subtree from `first` on, a frame each.
//!
//! Then the asking side may send another [`Get`] on the same stream, or close it. A stream that ends earlier has failed;
//! the asking side keeps what it has verified and asks again from there.

use serde::{Deserialize, Serialize};

use super::codec::Message;
use super::refusal::Refusal;
use crate::limits::{DOCUMENT_BYTES_MAX, QUESTION_BYTES_MAX, STATEMENT_BYTES_MAX, SUBTREE_BYTES};

/// The protocol's name.
pub const PROTOCOL: &str = "/budstikke/document/1";

/// Bytes of the length before each frame.
pub const FRAME_LENGTH_BYTES: usize = 4;

/// Bytes of the longest list of subtree hashes.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "16 Ki subtrees of 32 bytes; const evaluation"
)]
pub const LIST_FRAME_BYTES_MAX: usize = (DOCUMENT_BYTES_MAX / SUBTREE_BYTES as u64) as usize * 32;

/// Asks for a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Get {
    /// A signed question that asks to `read` one document.
    pub question: String,
    /// The first subtree wanted; those before it have been verified earlier.
    pub first: u64,
}

/// Answers a [`Get`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Head {
    /// The list and the subtrees follow.
    Document {
        /// The manifest, a compact JWS.
        manifest: String,
    },
    /// Nothing follows.
    Refused(Refusal),
}

impl Message for Get {
    const BYTES_MAX: usize = QUESTION_BYTES_MAX;
}

impl Message for Head {
    const BYTES_MAX: usize = STATEMENT_BYTES_MAX + 64;
}
