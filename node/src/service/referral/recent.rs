//! The newest events as they were signed: most are delivered in the moment after they were said, and to read one back is to read,
//! unseal, unpack and parse the frame that it stands in.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use budstikke_protocol::referral::event::Event;

use crate::store::EventPlace;

/// How many bytes of events are remembered: those of a delivery or two.
const BYTES_MAX: usize = 1024 * 1024;

/// What is remembered of events that are durable.
#[derive(Default)]
pub(super) struct Recent(Mutex<Known>);

#[derive(Default)]
struct Known {
    events: BTreeMap<EventPlace, Arc<Said>>,
    /// Their places, the oldest first.
    order: VecDeque<EventPlace>,
    bytes: usize,
}

/// What is to be known of an event to deliver it.
pub(super) struct Said {
    /// Up to which number of the other side's chain it has seen.
    pub(super) seen: u32,
    /// The event, a compact JWS.
    pub(super) compact: String,
}

impl Said {
    /// What is to be known of this event.
    pub(super) fn of(event: &Event, compact: &str) -> Self {
        Self { seen: event.seen.map_or(0, |seen| seen.number), compact: compact.to_owned() }
    }
}

impl Recent {
    /// Remembers an event, which is durable and so never another.
    pub(super) fn remember(&self, place: EventPlace, said: Said) {
        let mut known = self.lock();
        if known.events.contains_key(&place) {
            return;
        }
        known.bytes = known.bytes.saturating_add(said.compact.len());
        known.events.insert(place, Arc::new(said));
        known.order.push_back(place);
        while known.bytes > BYTES_MAX
            && let Some(oldest) = known.order.pop_front()
        {
            let length = known.events.remove(&oldest).map_or(0, |said| said.compact.len());
            known.bytes = known.bytes.saturating_sub(length);
        }
    }

    /// An event, if it is remembered.
    pub(super) fn at(&self, place: EventPlace) -> Option<Arc<Said>> {
        self.lock().events.get(&place).map(Arc::clone)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // What a panic elsewhere leaves behind is whole events; a wrong count of bytes would only forget sooner or later.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Recent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recent").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
