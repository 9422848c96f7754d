//! Those that wait for news of one referral: commands, until what they have said is stored at the other side.
//!
//! Watching everything would wake each of them for what concerns one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use budstikke_protocol::referral::event::ReferralName;
use tokio::sync::Notify;

/// A referral that somebody waits for has an entry; there are no more of them than commands.
#[derive(Debug, Default)]
pub(super) struct Waiters(Mutex<BTreeMap<ReferralName, Arc<Notify>>>);

/// One that waits.
#[derive(Debug)]
pub struct Waiter<'a> {
    waiters: &'a Waiters,
    name: ReferralName,
    news: Arc<Notify>,
}

impl Waiters {
    /// One more that waits for news of this referral.
    pub(super) fn waiter(&self, name: ReferralName) -> Waiter<'_> {
        let news = Arc::clone(self.lock().entry(name).or_default());
        Waiter { waiters: self, name, news }
    }

    /// Wakes those that wait for news of this referral.
    pub(super) fn tell(&self, name: ReferralName) {
        if let Some(news) = self.lock().get(&name) {
            news.notify_waiters();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ReferralName, Arc<Notify>>> {
        // A panic elsewhere leaves whole entries behind, so a poisoned lock is as good as a clean one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter<'_> {
    /// Wakes whoever has enabled it before the news.
    pub fn news(&self) -> &Notify {
        &self.news
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut waiters = self.waiters.lock();
        // The entry and this one: nobody else waits.
        if Arc::strong_count(&self.news) <= 2 {
            waiters.remove(&self.name);
        }
    }
}
