//! What a peer learns when its question is not answered: as little as it needs.

use serde::{Deserialize, Serialize};

/// Why there is no answer. *Not permitted*, *unknown* and *gone* are one, so that a refusal tells nothing about patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// Not permitted, or unknown, or gone.
    NotPermitted,
    /// Too many questions; ask again after so many seconds.
    Rate {
        /// Seconds.
        retry_after: u32,
    },
    /// The question's time is too far from this clock.
    Clock {
        /// The clock of the node that was asked, Unix seconds.
        time: i64,
    },
    /// The node cannot answer now.
    Technical,
}
