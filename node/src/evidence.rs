//! Evidence of a document, of a referral or of a search as a file: a tar archive (POSIX ustar) that any `tar` unpacks and any tool can check.
//!
//! Its first members are `evidence.json`, which says what it is, and `roster.json`, every roster. Behind them stand, of a document,
//! `manifest.jws`, the manifest as it was signed, perhaps `receipt.tlog-proof`, which shows that manifest in the custodian's log,
//! and `document`, the bytes; of a referral, every event as it was signed, each with its receipt; of a search, what
//! every member said, with its proofs. The formats are written in
//! `docs/spec/evidence.md`.

mod archive;
pub mod find;
mod form;
pub mod read;
pub mod referral;
pub mod write;

pub use archive::Unreadable;
