//! What a running node remembers of referrals beside what it keeps: for whom a courier is called, what troubles it has, and who
//! watches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use budstikke_keys::jws::Verified;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::referral::event::{Event, ReferralName};
use budstikke_protocol::referral::said::Kind;
use tokio::sync::{Notify, Semaphore, SemaphorePermit, broadcast};

use super::recent::{Recent, Said};
use super::waiters::{Waiter, Waiters};
use crate::store::EventPlace;

/// Events that a slow watcher may be behind; one that is further behind is told that it has missed some.
const NEWS_WAITING: usize = 1024;

/// Deliveries that are taken at a time: each holds up to 1 MiB, and the disk is the same for all.
const DELIVERIES_MAX: usize = 16;

/// Referrals with something new for one organisation that go before older ones; more than that are a backlog.
const FRESH_MAX: usize = 256;

/// Referrals of which is remembered that they are stuck; of others the operator learns when these are mended.
const FAULTS_MAX: usize = 1024;

/// An event that was made durable here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    /// The referral.
    pub name: ReferralName,
    /// The place in the author's chain.
    pub number: u32,
    /// Who says it.
    pub author: OrganisationNumber,
    /// What kind of event it is.
    pub kind: Kind,
}

/// What is remembered.
#[derive(Debug)]
pub struct Desk {
    news: broadcast::Sender<News>,
    waiters: Waiters,
    recent: Recent,
    room: Semaphore,
    calls: Mutex<BTreeMap<OrganisationNumber, Call>>,
    called: Notify,
    troubles: Mutex<BTreeMap<OrganisationNumber, Trouble>>,
    faults: Mutex<BTreeMap<ReferralName, String>>,
    behind: Mutex<BTreeMap<ReferralName, OrganisationNumber>>,
    doubted: Mutex<BTreeMap<OrganisationNumber, BTreeSet<ReferralName>>>,
    recalling: Mutex<BTreeSet<OrganisationNumber>>,
    arrivals: Notify,
}

/// Why a courier is called.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// In these something was just said.
    pub fresh: BTreeSet<ReferralName>,
    /// Something waits.
    pub is_work: bool,
    /// Something waits that need not go at once.
    pub is_idle_work: bool,
    /// The organisation has just appeared, or somebody wants it tried at once.
    pub is_there: bool,
}

/// Why nothing could be delivered to an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What went wrong the last time.
    pub error: String,
    /// How often in a row.
    pub attempts: u32,
    /// When it is tried again.
    pub next: Timestamp,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            news: broadcast::Sender::new(NEWS_WAITING),
            waiters: Waiters::default(),
            recent: Recent::default(),
            room: Semaphore::new(DELIVERIES_MAX),
            calls: Mutex::default(),
            called: Notify::new(),
            troubles: Mutex::default(),
            faults: Mutex::default(),
            behind: Mutex::default(),
            doubted: Mutex::default(),
            recalling: Mutex::default(),
            arrivals: Notify::new(),
        }
    }
}

impl Desk {
    /// Every event from now on.
    pub fn watch(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }

    /// How many watch.
    pub fn watchers(&self) -> usize {
        self.news.receiver_count()
    }

    /// Waits for events of one referral.
    pub fn waiter(&self, name: ReferralName) -> Waiter<'_> {
        self.waiters.waiter(name)
    }

    /// The newest events.
    pub(super) fn recent(&self) -> &Recent {
        &self.recent
    }

    /// Remembers an event that is durable, and tells those who watch of it.
    pub(super) fn tell(&self, event: &Verified<Event>) {
        let (event, compact) = (event.statement(), event.compact());
        self.recent.remember(EventPlace::of(event), Said::of(event, compact));
        let (name, number, author) = (event.name(), event.number, event.author);
        // Nobody may be watching.
        drop(self.news.send(News { name, number, author, kind: event.said.kind() }));
        self.waiters.tell(name);
    }

    /// Room to take one delivery; nothing when too many are under way.
    pub(super) fn room(&self) -> Option<SemaphorePermit<'_>> {
        self.room.try_acquire().ok()
    }

    /// Calls the courier for `to`, because something was just said.
    pub(super) fn said(&self, to: OrganisationNumber, name: ReferralName) {
        self.call(to, |call| {
            call.is_work = true;
            if call.fresh.len() < FRESH_MAX {
                call.fresh.insert(name);
            }
        });
    }

    /// Calls the courier for `to`, because something waits.
    pub fn waits(&self, to: OrganisationNumber) {
        self.call(to, |call| call.is_work = true);
    }

    /// Calls the courier for `to`, because it has appeared, or because somebody wants it tried at once.
    pub fn appeared(&self, to: OrganisationNumber) {
        self.call(to, |call| call.is_there = true);
    }

    /// Notes that something waits for `to` that it was told in an answer, and most likely has.
    pub(super) fn answered(&self, to: OrganisationNumber) {
        lock(&self.calls).entry(to).or_default().is_idle_work = true;
    }

    /// Calls the couriers for whom something waits that need not have gone at once.
    pub(super) fn call_idle(&self) {
        lock(&self.calls).values_mut().for_each(|call| call.is_work |= call.is_idle_work);
        self.called.notify_waiters();
    }

    fn call(&self, to: OrganisationNumber, why: impl FnOnce(&mut Call)) {
        why(lock(&self.calls).entry(to).or_default());
        self.called.notify_waiters();
    }

    /// Wakes whoever has enabled it before the next call.
    pub(super) fn called(&self) -> &Notify {
        &self.called
    }

    /// Why the courier for `to` is called, if it is.
    pub(super) fn take_call(&self, to: OrganisationNumber) -> Option<Call> {
        let mut calls = lock(&self.calls);
        if calls.get(&to)?.is_urgent() { calls.remove(&to) } else { None }
    }

    /// Whose couriers are called.
    pub(super) fn receivers(&self) -> Vec<OrganisationNumber> {
        let calls = lock(&self.calls);
        calls.iter().filter(|(_, call)| call.is_urgent()).map(|(to, _)| *to).collect()
    }

    /// Notes what trouble there is with deliveries to `to`.
    pub(super) fn note_trouble(&self, to: OrganisationNumber, trouble: Option<Trouble>) {
        let mut troubles = lock(&self.troubles);
        match trouble {
            Some(trouble) => drop(troubles.insert(to, trouble)),
            None => drop(troubles.remove(&to)),
        }
    }

    /// What trouble there is with deliveries to `to`.
    pub fn trouble(&self, to: OrganisationNumber) -> Option<Trouble> {
        lock(&self.troubles).get(&to).cloned()
    }

    /// Notes why the other side does not take what waits in a referral.
    pub(super) fn note_fault(&self, name: ReferralName, fault: Option<String>) {
        let mut faults = lock(&self.faults);
        match fault {
            Some(fault) if faults.len() < FAULTS_MAX => drop(faults.insert(name, fault)),
            Some(_) => {}
            None => drop(faults.remove(&name)),
        }
    }

    /// Why the other side does not take what waits in a referral.
    pub fn fault(&self, name: ReferralName) -> Option<String> {
        lock(&self.faults).get(&name).cloned()
    }

    /// Notes that `other` holds more of what this organisation has said than is here, or may.
    pub(super) fn note_behind(&self, name: ReferralName, other: OrganisationNumber) {
        lock(&self.behind).insert(name, other);
    }

    /// Notes what the other side holds of a referral: no more than is here.
    pub(super) fn note_even(&self, name: ReferralName, other: OrganisationNumber) {
        lock(&self.behind).remove(&name);
        if let Some(doubted) = lock(&self.doubted).get_mut(&other) {
            doubted.remove(&name);
        }
    }

    /// Notes that `other` may hold less of these than it has told.
    pub(super) fn doubt(
        &self,
        other: OrganisationNumber,
        names: impl IntoIterator<Item = ReferralName>,
    ) {
        lock(&self.doubted).entry(other).or_default().extend(names);
        self.waits(other);
    }

    /// Whether there are referrals of which `other` is still to be asked what it holds.
    pub(super) fn is_doubting(&self, other: OrganisationNumber) -> bool {
        lock(&self.doubted).get(&other).is_some_and(|doubted| !doubted.is_empty())
    }

    /// Notes that `other` is to be asked for everything that it has, because this home was put back; or that it was.
    pub(super) fn note_recall(&self, other: OrganisationNumber, is_to_be: bool) {
        let mut recalling = lock(&self.recalling);
        if is_to_be {
            recalling.insert(other);
        } else {
            recalling.remove(&other);
        }
    }

    /// Whether `other` is to be asked for everything that it has.
    pub(super) fn is_recalling(&self, other: OrganisationNumber) -> bool {
        lock(&self.recalling).contains(&other)
    }

    /// Whether the other side holds more of what this organisation has said than is here, or may. Nothing may be signed then:
    /// it would be a second event with a number that is taken.
    pub(super) fn is_behind(&self, name: ReferralName) -> bool {
        lock(&self.behind).contains_key(&name)
    }

    /// Whether the other side is to be asked what it holds.
    pub(super) fn is_asked(&self, name: ReferralName, other: OrganisationNumber) -> bool {
        let is_doubted =
            lock(&self.doubted).get(&other).is_some_and(|doubted| doubted.contains(&name));
        is_doubted || self.is_behind(name)
    }

    /// The referrals of which `other` is to be asked what it holds.
    pub(super) fn asked(&self, other: OrganisationNumber) -> BTreeSet<ReferralName> {
        let behind = lock(&self.behind);
        let behind = behind.iter().filter(|(_, with)| **with == other).map(|(name, _)| *name);
        let doubted = lock(&self.doubted).get(&other).cloned().unwrap_or_default();
        behind.chain(doubted).collect()
    }

    /// Says that something has come of which the documents are to be looked at.
    pub(super) fn arrived(&self) {
        self.arrivals.notify_one();
    }

    /// Returns when something has come of which the documents are to be looked at.
    pub(super) async fn arrival(&self) {
        self.arrivals.notified().await;
    }
}

impl Call {
    fn is_urgent(&self) -> bool {
        self.is_work || self.is_there
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves whole entries behind, so a poisoned lock is as good as a clean one.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
