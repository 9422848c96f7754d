//! `/budstikke/hello/1`: what each side of a new connection tells the other.

use serde::{Deserialize, Serialize};

use super::codec::Message;

/// The protocol's name.
pub const PROTOCOL: &str = "/budstikke/hello/1";

/// Sent by the side that dialled; answered with the same by the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The newest roster that the sender has accepted.
    pub roster: RosterHead,
    /// The sender's clock, Unix seconds.
    pub time: i64,
}

/// Which roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterHead {
    /// Its version.
    pub version: u64,
    /// SHA-256 of its payload bytes.
    #[serde(with = "serde_bytes")]
    pub digest: [u8; 32],
}

impl Message for Hello {
    const BYTES_MAX: usize = 256;
}
