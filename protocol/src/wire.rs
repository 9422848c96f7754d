//! The messages that nodes exchange, and their bytes.
//!
//! Each message is one CBOR item (RFC 8949): structures are maps with text keys, in the order in which their fields stand
//! here, enums are the variant's name or a map of that name to its content, digests and statements in binary are byte
//! strings. The version of a message is the last part of its protocol's name, so a message carries none.

mod as_text;
pub mod codec;
pub mod document;
pub mod hello;
pub mod index;
pub mod reach;
pub mod referral;
pub mod refusal;
pub mod roster;
