//! The row of a ticket of the access log.

use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::journal::frame::Position;

/// A ticket of the access log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TicketRow {
    /// The commit of the search.
    #[serde(rename = "a")]
    pub(crate) at: Position,
    /// Which of its tickets.
    #[serde(rename = "n")]
    pub(crate) nth: usize,
    /// When it was decided.
    #[serde(rename = "t")]
    pub(crate) time: Timestamp,
}
