//! Signed notes: a text and signature lines below it, as C2SP `signed-note` has them.
//!
//! ```text
//! <text, one or more lines>
//!                                                  an empty line
//! — <key name> <base64 of key id and signature>    one line for each signature
//! ```
//!
//! A note arrives as [`Note`], whose text is only what somebody says, and becomes [`VerifiedNote`]
//! when its signatures were checked against known keys: there is no other way. What stands here
//! leaves a reader nothing to choose: base64 has padding and no stray bits, hexadecimal digits are
//! lower case, so a note that was read is written again to the byte.
//!
//! Two kinds of signature are known, both Ed25519: over the text itself, and over the text and a
//! time (`tlog-cosignature`). Lines of other kinds and other keys are kept and ignored.

pub mod base64;
mod key;
mod name;
mod signature;
mod signed;

pub use key::{KeyKind, VerifierKey, VerifierKeyError};
pub use name::{KeyId, NAME_BYTES_MAX, NoteName, NoteNameError};
pub use signature::{NoteSignature, SignatureLineError};
pub use signed::{
    CheckedSignature, NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX, NotTrusted, Note, NoteError,
    VerifiedNote,
};

#[cfg(test)]
mod tests;
