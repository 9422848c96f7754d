//! What can be proven: keys, signed statements, and encryption at rest.
//!
//! This crate is pure. It does no input or output, reads no clock and draws no randomness: seeds
//! and times are arguments. The one exception stands in [`keyring`], because the age format draws
//! its own salt.
//!
//! The rooms, from the roof down; each imports only rooms that stand below it:
//!
//! | room | what it holds |
//! |---|---|
//! | [`keyring`] | the keys of a node or a steward, and the file that a passphrase seals |
//! | [`jws`] | signed statements: `Claimed` becomes `Verified` only by checking a signature |
//! | [`note`] | signed notes of transparency logs: checkpoints and cosignatures |
//! | [`voprf`] | a function of a key and an input of which neither side learns the other's part |
//! | [`seal`] | encryption at rest, in chunks |
//! | [`secret`] | what must not leak: secret keys, symmetric keys, passphrases |
//! | [`public`] | public keys, their thumbprints, and signatures |
//! | [`digest`] | SHA-256 digests |
//! | [`time`] | whole seconds, UTC |
#![warn(clippy::wildcard_enum_match_arm)]

pub mod digest;
pub mod jws;
pub mod keyring;
pub mod note;
pub mod public;
pub mod seal;
pub mod secret;
pub mod time;
pub mod voprf;
