//! `/budstikke/roster/1`: one version of the roster, asked for by number.

use serde::{Deserialize, Serialize};

use super::codec::Message;
use crate::limits::ROSTER_BYTES_MAX;

/// The protocol's name.
pub const PROTOCOL: &str = "/budstikke/roster/1";

/// Asks for one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterQuestion {
    /// Which.
    pub version: u64,
}

/// Answers a [`RosterQuestion`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RosterAnswer {
    /// The roster with its signatures, in the JSON serialisation of JWS.
    Roster(String),
    /// The node does not have that version.
    Unknown,
}

impl Message for RosterQuestion {
    const BYTES_MAX: usize = 64;
}

impl Message for RosterAnswer {
    const BYTES_MAX: usize = ROSTER_BYTES_MAX + 64;
}
