//! A head of the log, as it stands in the journal.

use budstikke_protocol::log::entry::{Entry, State};
use budstikke_protocol::log::tree::{TreeHash, TreeHead};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

/// A head of the log: that of the tree which ends with the STATE entry of that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Head {
    /// When it was made, in milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// How many entries the log has.
    pub size: u64,
    /// The root of the tree of these.
    pub root: TreeHash,
}

/// What stands in the journal. The last entry follows from it.
type Kept = (u64, u64, ByteArray<32>);

impl Head {
    /// Size and root.
    pub fn tree(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root }
    }
}

/// The last entry of the log with a head of that time, when so many records stand before it.
pub(crate) fn state(time_ms: u64, records: u64) -> Entry {
    Entry::State(State::without_index(time_ms, records))
}

impl From<Kept> for Head {
    fn from((time_ms, size, root): Kept) -> Self {
        Self { time_ms, size, root: TreeHash::from_bytes(root.into_array()) }
    }
}

impl From<Head> for Kept {
    fn from(head: Head) -> Self {
        (head.time_ms, head.size, ByteArray::new(*head.root.as_bytes()))
    }
}
