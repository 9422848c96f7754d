//! What is said of the index of a node: how it stands, what a list holds, and what is announced to those with whom it is shared.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

/// Bytes of a STATE.
pub const STATE_BYTES: usize = 142;

/// Asks how the index of a node stands. It concerns nobody, so nothing of it is signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateQuestion {
    /// The size of the tree that the asker has verified last; 0 when there is none.
    pub size: u64,
    /// The epoch of the presence file that the asker has.
    pub epoch: u32,
    /// The bytes of that file.
    pub presence: u64,
}

/// How the index of a node stands: its newest signed head, the STATE at the end of that, and the presence file from where the asker has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateAnswer {
    /// The checkpoint: a signed note, with the cosignatures that there are.
    pub checkpoint: String,
    /// The last entry of the tree.
    pub state: ByteArray<STATE_BYTES>,
    /// The hashes from it to the root of the tree.
    pub path: Vec<ByteArray<32>>,
    /// That the tree begins with the one that the asker has verified; none when that is the same or there is none.
    pub consistency: Vec<ByteArray<32>>,
    /// Where in the presence file the part begins: 0 when the asker has that of another epoch.
    pub from: u64,
    /// The part; when the file goes on behind it, the asker asks again.
    pub presence: ByteBuf,
}

/// The list of a label: that it is complete, and those of its records that the asker may read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordsAnswer {
    /// The checkpoint of the tree to which the proof leads.
    pub checkpoint: String,
    /// A list proof: all of the list, whatever the asker may read.
    pub proof: ByteBuf,
    /// What the asker may read of it, in the order of the log. Whatever of the list is on no page was withheld.
    pub shown: Vec<Shown>,
    /// The place in the log behind which the next page begins; absent in the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// A record of a list that the asker may read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Its place in the log.
    pub index: u64,
    /// The salt of the commitment that stands there.
    pub salt: ByteArray<32>,
    /// The manifest, compact JWS, to which it commits.
    pub manifest: String,
}

/// Tells an organisation of a document that is shared with it by name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The manifest, compact JWS.
    pub manifest: String,
    /// The change of sharing as of now, compact JWS; absent while that of the manifest holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharing: Option<String>,
    /// The receipt of the manifest.
    pub receipt: String,
}

/// Shows how many there are, and nothing of whom.
impl fmt::Debug for RecordsAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordsAnswer").field("shown", &self.shown.len()).finish_non_exhaustive()
    }
}

/// Shows the place, and nothing of whom.
impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("index", &self.index).finish_non_exhaustive()
    }
}

/// Shows nothing: a manifest names a patient.
impl fmt::Debug for Announcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Announcement(..)")
    }
}
