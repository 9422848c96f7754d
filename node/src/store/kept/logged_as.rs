//! How what a change brings stands in the log.

use budstikke_protocol::log::commitment::Commitment;
use budstikke_protocol::log::entry::Entry;

/// In which type of entry a change stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoggedAs {
    /// A statement of the custodian.
    Record,
    /// The erasure of one of its documents.
    Erase,
}

impl LoggedAs {
    /// The entry that a commitment makes.
    pub(crate) fn entry(self, commitment: Commitment) -> Entry {
        match self {
            Self::Record => Entry::Record(commitment),
            Self::Erase => Entry::Erase(commitment),
        }
    }
}
