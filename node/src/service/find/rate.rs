//! How much members may have evaluated blindly: a token bucket for each, counted in elements.
//!
//! Nobody sees whom a blind question is about, so its number is all there is against somebody who asks for everybody. A bucket holds an
//! hour's share of a day, and at least one batch. So a restart, which finds it full, gives away no more than that, and nothing has to be written down.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use budstikke_keys::time::Timestamp;
use budstikke_keys::voprf::BATCH_MAX;
use budstikke_protocol::ids::OrganisationNumber;

/// Seconds of a day. A bucket counts in this part of an element, so that every second adds a whole number.
const DAY: u64 = 24 * 60 * 60;

/// The buckets of all members.
#[derive(Debug, Default)]
pub struct Buckets(Mutex<BTreeMap<OrganisationNumber, Bucket>>);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: u64,
    at: Timestamp,
}

impl Buckets {
    /// Takes `elements` out of the bucket of `organisation`, which may have `per_day` of them.
    ///
    /// # Errors
    /// After how many seconds there are enough in it, when there are not; nothing is taken then. There never are more than it holds: a day.
    pub fn take(
        &self,
        organisation: OrganisationNumber,
        elements: usize,
        (per_day, now): (u32, Timestamp),
    ) -> Result<(), u32> {
        let per_day = u64::from(per_day);
        let batch = u64::try_from(BATCH_MAX).unwrap_or(u64::MAX);
        let holds = (per_day / 24).max(per_day.min(batch)).saturating_mul(DAY);
        let needed = u64::try_from(elements).unwrap_or(u64::MAX).saturating_mul(DAY);
        // A panic elsewhere leaves whole entries behind, so a poisoned lock is as good as a clean one.
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(organisation).or_insert(Bucket { level: holds, at: now });
        let passed = u64::try_from(now.seconds_since(bucket.at)).unwrap_or(0);
        bucket.level = bucket.level.saturating_add(passed.saturating_mul(per_day)).min(holds);
        bucket.at = now;
        if let Some(left) = bucket.level.checked_sub(needed) {
            bucket.level = left;
            return Ok(());
        }
        let lacks = needed.saturating_sub(bucket.level);
        let seconds = if needed > holds { DAY } else { lacks.div_ceil(per_day.max(1)).min(DAY) };
        Err(u32::try_from(seconds).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests;
