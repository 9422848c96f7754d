//! How far the clocks of other nodes are from this one, for an operator to see: a question counts for two minutes only.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use budstikke_protocol::ids::OrganisationNumber;

/// How far the clocks of other nodes were from this one when they last said hello, in seconds; positive is ahead.
#[derive(Debug, Default)]
pub struct Drift {
    seconds: Mutex<BTreeMap<OrganisationNumber, i64>>,
}

impl Drift {
    /// The last reading of each member.
    pub fn readings(&self) -> BTreeMap<OrganisationNumber, i64> {
        self.seconds.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps a reading.
    pub(super) fn note(&self, organisation: OrganisationNumber, seconds: i64) {
        self.seconds.lock().unwrap_or_else(PoisonError::into_inner).insert(organisation, seconds);
    }
}
