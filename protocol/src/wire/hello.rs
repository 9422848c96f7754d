//! `/budstikke/hello/1`: what each side of a new connection tells the other.

use serde::{Deserialize, Serialize};

use super::as_text;
use super::codec::Message;
use crate::limits::HEADS_MAX;
use crate::log::origin::Origin;

/// The protocol's name.
pub const PROTOCOL: &str = "/budstikke/hello/1";

/// The most bytes of a head: an origin of 87 characters, a root, two numbers, and the names of the members.
const HEAD_BYTES_MAX: usize = 176;

/// Sent by the side that dialled; answered with the same by the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The newest roster that the sender has accepted.
    pub roster: RosterHead,
    /// The sender's clock, Unix seconds.
    pub time: i64,
    /// The newest heads of logs that the sender knows: its own, and some that were picked at random. Of more than
    /// [`HEADS_MAX`] the rest is passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heads: Vec<LogHead>,
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

/// The head of a log. Nobody has signed it here: whoever learns something from it asks for the note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHead {
    /// Whose log.
    #[serde(with = "as_text")]
    pub origin: Origin,
    /// How many entries.
    pub size: u64,
    /// The root.
    #[serde(with = "serde_bytes")]
    pub root: [u8; 32],
    /// When the log, or a witness that has cosigned it, last said that this is its newest; Unix seconds.
    pub time: i64,
}

impl Message for Hello {
    const BYTES_MAX: usize = 256 + HEADS_MAX * HEAD_BYTES_MAX;
}
