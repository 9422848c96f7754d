//! Whom this node dials back: each member now and then, and few at a time.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::wire::refusal::Refusal;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How many seconds pass before the same member is dialled back again: long enough that it costs next to nothing, short
/// enough for whoever tries another setting of a firewall.
const REST_SECONDS: i64 = 10;

/// How many members are dialled back at a time: with eight addresses each, that takes 64 descriptors at most.
const AT_ONCE: usize = 8;

/// Whom this node dials back.
#[derive(Debug)]
pub struct DialBacks {
    places: Semaphore,
    /// When each member had its last turn.
    last: Mutex<BTreeMap<OrganisationNumber, Timestamp>>,
}

impl Default for DialBacks {
    fn default() -> Self {
        Self { places: Semaphore::new(AT_ONCE), last: Mutex::default() }
    }
}

impl DialBacks {
    /// Gives `organisation` a turn, if it is time for one and there is a place.
    ///
    /// # Errors
    /// What it is to be told instead.
    pub fn turn(
        &self,
        organisation: OrganisationNumber,
        now: Timestamp,
    ) -> Result<SemaphorePermit<'_>, Refusal> {
        let place = self.places.try_acquire().ok().ok_or(Refusal::Technical)?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let since = last.get(&organisation).map_or(REST_SECONDS, |last| now.seconds_since(*last));
        // A clock that was set back ends the rest.
        if (0..REST_SECONDS).contains(&since) {
            let left = REST_SECONDS.saturating_sub(since);
            return Err(Refusal::Rate { retry_after: u32::try_from(left).unwrap_or(1) });
        }
        last.insert(organisation, now);
        Ok(place)
    }
}

#[cfg(test)]
mod tests;
