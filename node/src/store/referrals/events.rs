//! Reading events one after another: those that came together stand in one frame, which is read once for all of them.

use std::collections::BTreeMap;
use std::fmt;

use budstikke_keys::jws::Claimed;
use budstikke_protocol::referral::event::Event;

use super::read::event_row;
use crate::store::entry::kept;
use crate::store::error::StoreError;
use crate::store::index::live::LiveIndex;
use crate::store::journal::Journal;
use crate::store::journal::frame::Position;
use crate::store::journal::segment::JournalError;
use crate::store::kept::{KeptChange, statement};
use crate::store::names::EventPlace;

/// Reads events, best in their order.
pub struct Events<'a> {
    journal: &'a Journal,
    index: &'a LiveIndex,
    /// The frame that was read last, and those of its events that were not asked for yet.
    frame: Option<(Position, BTreeMap<EventPlace, Claimed<Event>>)>,
}

impl<'a> Events<'a> {
    /// A reader that has read nothing yet.
    pub(crate) fn new(journal: &'a Journal, index: &'a LiveIndex) -> Self {
        Self { journal, index, frame: None }
    }

    /// An event, as it was signed.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn event(&mut self, place: EventPlace) -> Result<Option<Claimed<Event>>, StoreError> {
        let Some(row) = event_row(&*self.index.get()?, place)? else { return Ok(None) };
        let at = row.at;
        if let Some((_, events)) = self.frame.as_mut().filter(|(before, _)| *before == at)
            && let Some(event) = events.remove(&place)
        {
            return Ok(Some(event));
        }
        let mut events = self.read(at)?;
        let damaged =
            || JournalError::Damaged { file: self.journal.path(at.segment), offset: at.offset };
        let event = events.remove(&place).ok_or_else(damaged)?;
        self.frame = Some((at, events));
        Ok(Some(event))
    }

    /// Every event of the frame that stands there.
    fn read(&self, at: Position) -> Result<BTreeMap<EventPlace, Claimed<Event>>, JournalError> {
        let kept = kept(self.journal, at)?;
        let events = kept.changes.iter().filter_map(|change| {
            let KeptChange::Event(_, compact) = change else { return None };
            let event = statement::<Event>(compact).ok()?;
            Some((EventPlace::of(event.claimed()), event))
        });
        Ok(events.collect())
    }
}

/// Shows nothing of what was said.
impl fmt::Debug for Events<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}
