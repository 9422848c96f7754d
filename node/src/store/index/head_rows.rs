//! What news of a log does to the rows of heads.

use super::draft::Rows;
use super::head_row::{HeadPlace, HeadRow};
use super::mode::RowsError;
use super::tables;
use super::work::Work;
use crate::store::heads::news::{KeptNews, Over, What, head};
use crate::store::journal::frame::Position;

impl Rows<'_> {
    /// Applies news of a log that stands, or will stand, at `at`; `over` is what it must follow.
    pub(crate) fn news(
        &mut self,
        news: &KeptNews,
        over: Over,
        at: Position,
    ) -> Result<(), RowsError> {
        self.commit = Work::default();
        let mut applied = self.applied_at(at);
        if let (What::Witnessed, Some((size, _))) = (news.what, &news.head) {
            // The first one stays: it bounds when the records in it were made.
            let key = tables::witnessed(*size);
            if self.get::<Position>(&key)?.is_none() {
                self.set(key, &at)?;
            }
            return self.done(&applied);
        }
        let key = tables::head(&news.origin);
        let before = self.get::<HeadRow>(&key)?;
        // Where a crash has cut a write short the row may be there already, from this very frame.
        if before.as_ref().is_none_or(|row| row.first >= at) {
            applied.heads = applied.heads.saturating_add(1);
        }
        let row = before.unwrap_or_else(|| HeadRow::new(at));
        if !fits(&row, news, over) {
            self.moved()?;
        }
        self.set(key, &with(row, news, at))?;
        self.done(&applied)
    }
}

/// Whether the news still fits with what is known: nobody has been first with other news of that sort, and a fork ends every
/// duty of a witness.
fn fits(row: &HeadRow, news: &KeptNews, over: Over) -> bool {
    let is_last = |place: Option<&HeadPlace>| {
        over == Over::Anything || over == Over::Last(place.map(|place| head(&place.head)))
    };
    match news.what {
        What::Cosigned => row.forked.is_none() && is_last(row.cosigned.as_ref()),
        What::Seen => is_last(row.seen.as_ref()),
        What::Accused | What::Cleared | What::Forked | What::Witnessed => true,
    }
}

/// The row with the news that stands at `at`. The first accusation and the first proof stay.
fn with(mut row: HeadRow, news: &KeptNews, at: Position) -> HeadRow {
    let place = news.head.map(|head| HeadPlace { at, head, time: news.time });
    match news.what {
        What::Cosigned => {
            row.cosigned = place;
            if row.seen.as_ref().map(|seen| seen.head.0) <= news.head.map(|head| head.0) {
                row.seen = place;
            }
        }
        What::Seen => row.seen = place,
        What::Accused => row.accused = row.accused.or(Some((at, news.time))),
        What::Cleared => row.accused = None,
        What::Forked => row.forked = row.forked.or(Some((at, news.time))),
        What::Witnessed => {}
    }
    row
}
