//! The access log: a Merkle tree of tickets, one for each identifier that was searched for, in the order of the commits.
//!
//! What a ticket commits to, seed, identifier and access record, stands in the journal; the tree is rows of the index.

pub(crate) mod handle;
