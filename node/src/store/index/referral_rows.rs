//! What events of referrals, and news of their delivery, do to the rows.
//!
//! How far a referral has come is not in the journal: it follows from the events, each of which is taken as a step when it is
//! written, and again when the index is built anew.

use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::EventDigest;
use budstikke_protocol::referral::event::{Attached, Event, Kept as KeptEvent, ReferralName, Seen};
use budstikke_protocol::referral::said::{Answer, Said};
use budstikke_protocol::referral::state::State;

use super::bundles::Changes;
use super::draft::Rows;
use super::mode::RowsError;
use super::referral_tables::{self, EventRow, ReferralRow, Waiting};
use super::tables;
use crate::store::journal::frame::Position;
use crate::store::names::{By, DocumentName, EventPlace};

impl Rows<'_> {
    /// Applies an event, and says how many are here that were not before.
    pub(super) fn event(
        &mut self,
        by: By,
        kept: &KeptEvent,
        (time, at): (Timestamp, Position),
    ) -> Result<u64, RowsError> {
        let (event, name) = (&kept.event, kept.event.name());
        let key = referral_tables::event(EventPlace::of(event));
        let before = self.get::<EventRow>(&key)?;
        if before.is_some_and(|before| before.at < at) {
            return self.moved().map(|()| 0);
        }
        let key_of_row = referral_tables::referral(name);
        let row = self.get::<ReferralRow>(&key_of_row)?;
        let stepped = self.step(row.as_ref().map(|row| &row.state), kept)?;
        self.set(key, &EventRow { at, digest: *kept.digest.as_bytes(), entry: None })?;
        match stepped {
            Some(state) => {
                self.stepped((by, event), time, row, state)?;
            }
            // What a crash has left of the row may know the event already.
            None => self.moved()?,
        }
        Ok(1)
    }

    /// The state behind an event; nothing when it does not follow.
    fn step(&self, state: Option<&State>, kept: &KeptEvent) -> Result<Option<State>, RowsError> {
        let stepped = match state {
            None => State::opened(kept),
            Some(state) => state.stepped(kept, self.seen(&kept.event)?),
        };
        Ok(stepped.ok())
    }

    /// What really stands in the other chain where the author has seen something.
    fn seen(&self, event: &Event) -> Result<Option<EventDigest>, RowsError> {
        let Some(Seen { number, .. }) = event.seen else { return Ok(None) };
        let place = EventPlace::of(event);
        let key = referral_tables::event(EventPlace { side: place.side.other(), number, ..place });
        Ok(self.get::<EventRow>(&key)?.map(|row| row.digest()))
    }

    fn stepped(
        &mut self,
        (by, event): (By, &Event),
        time: Timestamp,
        before: Option<ReferralRow>,
        state: State,
    ) -> Result<(), RowsError> {
        let EventPlace { name, side, .. } = EventPlace::of(event);
        if before.is_none() {
            let mac = self.index.patient(state.request().patient.reveal());
            self.put(referral_tables::by_patient(&mac, name), Vec::new());
        }
        let here = if by == By::There { side.other() } else { side };
        if by != By::There {
            for Attached { custodian, document, .. } in event.offered() {
                let document = DocumentName { custodian: *custodian, document: *document };
                self.put(referral_tables::attached(document, name), Vec::new());
            }
        }
        self.assess(by, event)?;
        let (delivered, waiting) = before.map_or((0, None), |row| (row.delivered, row.waiting));
        // What the other one has kept of this organisation's own, it holds.
        let delivered = if by == By::Back { delivered.max(event.number) } else { delivered };
        let row = ReferralRow { state, here, delivered, waiting: None };
        self.waits(name, row, (waiting, waiting.map_or(time, |waiting| waiting.since), time))
    }

    /// Notes that what is attached has to be looked at, or has been.
    fn assess(&mut self, by: By, event: &Event) -> Result<(), RowsError> {
        let key = referral_tables::unassessed(event.name());
        match (by, &event.said) {
            (By::There, said) if has_application(said) => self.set(key, &event.number),
            (By::Here | By::Back, Said::Acknowledged { of, answer })
                if *answer != Answer::Stored
                    && self.get::<u32>(&key)?.is_some_and(|last| last <= *of) =>
            {
                self.remove(key);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The other side holds `to` of this organisation's events: more than was known, or fewer, when its home was put back.
    pub(super) fn delivered(
        &mut self,
        name: ReferralName,
        to: u32,
        time: Timestamp,
    ) -> Result<(), RowsError> {
        let key = referral_tables::referral(name);
        let Some(row) = self.get::<ReferralRow>(&key)? else { return self.moved() };
        let waiting = row.waiting;
        let since = waiting.filter(|_| to <= row.delivered).map_or(time, |waiting| waiting.since);
        self.waits(name, ReferralRow { delivered: to, ..row }, (waiting, since, time))
    }

    /// What waits is tried as if it were new.
    pub(super) fn retried(&mut self, name: ReferralName, time: Timestamp) -> Result<(), RowsError> {
        let key = referral_tables::referral(name);
        let Some(mut row) = self.get::<ReferralRow>(&key)? else { return self.moved() };
        if let Some(waiting) = &mut row.waiting {
            self.remove(referral_tables::outbox(waiting, name));
            waiting.tried = time;
            self.put(referral_tables::outbox(waiting, name), Vec::new());
        }
        self.set(key, &row)
    }

    /// Writes the row of a referral, with what waits now and no more with what has waited.
    fn waits(
        &mut self,
        name: ReferralName,
        mut row: ReferralRow,
        (before, since, time): (Option<Waiting>, Timestamp, Timestamp),
    ) -> Result<(), RowsError> {
        let waits = row.state.chain(row.here).number() > row.delivered;
        row.waiting = waits.then(|| Waiting {
            to: row.state.party(row.here.other()),
            since,
            tried: before
                .filter(|before| before.since == since)
                .map_or(time, |before| before.tried),
        });
        if let Some(before) = before.filter(|before| Some(*before) != row.waiting) {
            self.remove(referral_tables::outbox(&before, name));
        }
        if let Some(waiting) = &row.waiting {
            self.put(referral_tables::outbox(waiting, name), Vec::new());
        }
        self.set(referral_tables::referral(name), &row)
    }
}

/// Notes where in the log an event stands that comes with this commit.
pub(super) fn logged(place: EventPlace, entry: (u64, usize), rows: &mut Changes) {
    let Some(Some(value)) = rows.get_mut(&referral_tables::event(place)) else { return };
    if let Some(row) = tables::from_value::<EventRow>(value) {
        *value = tables::to_value(&EventRow { entry: Some(entry), ..row }).unwrap_or_default();
    }
}

/// Whether something is said that an application has to look at: the request, and what attaches documents.
fn has_application(said: &Said) -> bool {
    matches!(said, Said::Requested(_)) || !said.attached().is_empty()
}
