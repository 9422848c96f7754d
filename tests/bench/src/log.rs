//! The log: what it costs to make, to keep, to verify and to have cosigned.

pub(crate) mod append;
pub(crate) mod cosignatures;
pub(crate) mod cosigned;
pub(crate) mod disk;
mod hashing;
pub(crate) mod in_memory;
pub(crate) mod publish;
pub(crate) mod receipt;
pub(crate) mod start;
pub(crate) mod statements;
pub(crate) mod store;
pub(crate) mod verify;
