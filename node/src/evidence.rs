//! Evidence of a document as a file: a tar archive (POSIX ustar) that any `tar` unpacks and any tool can check.
//!
//! Its members, in this order: `evidence.json`, which says what it is; `roster.json`, every roster; `manifest.jws`, the
//! manifest as it was signed; perhaps `receipt.tlog-proof`, which shows that manifest in the custodian's log; and
//! `document`, the bytes. The format is written in `docs/spec/evidence.md`.

mod form;
pub mod read;
pub mod write;
