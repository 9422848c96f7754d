//! Of whom a newer head was heard than its mirror has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use budstikke_protocol::ids::OrganisationNumber;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How often a member is asked at most, however often its head grows: a search asks it anyway.
const PAUSE: Duration = Duration::from_mins(1);

/// The members of which a newer head was heard than their mirrors have.
#[derive(Debug, Default)]
pub struct Behind {
    members: Mutex<BTreeSet<OrganisationNumber>>,
    more: Notify,
}

impl Behind {
    /// Notes that a member has a newer head.
    pub fn add(&self, member: OrganisationNumber) {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.insert(member);
        self.more.notify_one();
    }

    /// Returns when there may be more of them.
    pub async fn wait(&self) {
        self.more.notified().await;
    }

    /// Takes out whoever was not asked lately.
    pub fn due(&self, asked: &BTreeMap<OrganisationNumber, Instant>) -> Vec<OrganisationNumber> {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = |member: &OrganisationNumber| {
            asked.get(member).is_none_or(|asked| asked.elapsed() >= PAUSE)
        };
        members.extract_if(.., is_due).collect()
    }
}
