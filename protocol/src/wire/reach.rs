//! `/budstikke/reach/1`: do others reach me? The node that is asked dials the asker back, where the roster says that it listens.

use serde::{Deserialize, Serialize};

use super::codec::Message;
use super::refusal::Refusal;
use crate::limits::ADDRESSES_MAX;
use crate::text::Text;

/// The protocol's name.
pub const PROTOCOL: &str = "/budstikke/reach/1";

/// The most bytes of an address in the roster.
const ADDRESS_BYTES_MAX: usize = 256;

/// Asks to be dialled back. It names no address, so that nobody can have a node dial others than the asker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReachQuestion {}

/// Answers a [`ReachQuestion`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReachAnswer {
    /// The asker's addresses in the roster, each of which was dialled.
    Tried(Vec<Tried>),
    /// None was dialled.
    Refused(Refusal),
}

/// An address that was dialled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// As the roster has it.
    pub address: Text<ADDRESS_BYTES_MAX>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of dialling an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Who answers there has proven to hold the asker's node key.
    Reached,
    /// Who answers there has proven to hold another key.
    SomebodyElse,
    /// Nobody answers there, or whoever does is no node; or the name leads nowhere.
    Unreached,
}

impl Message for ReachQuestion {
    const BYTES_MAX: usize = 64;
}

impl Message for ReachAnswer {
    /// The names of the members take less than 64 bytes of each address.
    const BYTES_MAX: usize = ADDRESSES_MAX * (ADDRESS_BYTES_MAX + 64) + 64;
}
