//! The log: an append-only Merkle tree of entries, its signed head, and what others hold against it.
//!
//! A node's **log** (RFC 6962) commits to every record; a **checkpoint** is its signed head; members of the federation
//! cosign it as **witnesses**, so that a node cannot show one history to one and another to the next; a **receipt** proves
//! that a record is in it, and a **fork proof** that a log broke its word. The text forms are those of C2SP
//! (`tlog-checkpoint`, `tlog-cosignature`, `tlog-tiles`, `tlog-witness`, `tlog-proof`, `tlog-policy`), which others verify
//! with tools of their own.

pub mod checkpoint;
pub mod commitment;
pub mod entry;
pub mod fork;
pub mod history;
mod lines;
pub mod origin;
pub mod policy;
pub mod receipt;
pub mod tile;
pub mod tree;
pub mod witness;
pub mod witnesses;

#[cfg(test)]
mod tests;
