//! The document protocol as a libp2p behaviour.
//!
//! Not `libp2p-stream`, which drops inbound streams in silence when its one consumer is slow.

pub(crate) mod behaviour;
pub(crate) mod handler;
