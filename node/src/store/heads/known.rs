//! What is known of a log, read from the index and, to the letter, from the journal.

use budstikke_keys::note::Note;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::tree::TreeHead;

use super::news::{KeptNews, head};
use crate::store::error::StoreError;
use crate::store::index::db::Index;
use crate::store::index::error::IndexError;
use crate::store::index::head_row::{HeadPlace, HeadRow};
use crate::store::index::tables::{self, Table};
use crate::store::journal::Journal;
use crate::store::journal::frame::Position;
use crate::store::kept::KeptFrame;

/// What is known of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLog {
    /// Which log.
    pub origin: Origin,
    /// What this node cosigned last.
    pub cosigned: Option<KnownHead>,
    /// The largest that it has seen.
    pub seen: Option<KnownHead>,
    /// Since when the log owes an answer to an accusation.
    pub accused: Option<Timestamp>,
    /// Since when there is proof that it has forked.
    pub forked: Option<Timestamp>,
}

/// A head, and when it was the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownHead {
    /// Size and root.
    pub head: TreeHead,
    /// When the log or a witness last said that it is the newest.
    pub time: Timestamp,
}

/// Which text of those that are kept of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    /// The note of the largest head seen.
    Seen,
    /// The note of the last head cosigned.
    Cosigned,
    /// The accusation.
    Accusation,
    /// The fork proof.
    Fork,
}

impl KnownLog {
    /// Nothing is known.
    fn new(origin: Origin) -> Self {
        let (cosigned, seen, accused, forked) = Default::default();
        Self { origin, cosigned, seen, accused, forked }
    }

    fn of(origin: Origin, row: &HeadRow) -> Self {
        let known = |place: &HeadPlace| KnownHead { head: head(&place.head), time: place.time };
        Self {
            origin,
            cosigned: row.cosigned.as_ref().map(known),
            seen: row.seen.as_ref().map(known),
            accused: row.accused.map(|(_, time)| time),
            forked: row.forked.map(|(_, time)| time),
        }
    }
}

/// What is known of this log.
pub(crate) fn log(index: &Index, origin: &Origin) -> Result<KnownLog, IndexError> {
    let row = index.row::<HeadRow>(&tables::head(&origin.to_string()))?;
    let known = row.map(|row| KnownLog::of(origin.clone(), &row));
    Ok(known.unwrap_or_else(|| KnownLog::new(origin.clone())))
}

/// What is known of every log of which anything is.
pub(crate) fn logs(index: &Index) -> Result<Vec<KnownLog>, IndexError> {
    let keys = index.ascending(Table::Head.key(&[]), None);
    keys.map(|key| {
        let origin = tables::origin_in_key(&key?).ok_or(IndexError::Row)?;
        log(index, &origin)
    })
    .collect()
}

/// A text that is kept of a log; nothing when there is none.
pub(crate) fn text(
    (journal, index): (&Journal, &Index),
    origin: &Origin,
    which: Text,
) -> Result<Option<String>, StoreError> {
    let row = index.row::<HeadRow>(&tables::head(&origin.to_string()))?;
    let at = row.and_then(|row| match which {
        Text::Seen => row.seen.map(|place| place.at),
        Text::Cosigned => row.cosigned.map(|place| place.at),
        Text::Accusation => row.accused.map(|(at, _)| at),
        Text::Fork => row.forked.map(|(at, _)| at),
    });
    at.map(|at| Ok(news(journal, at)?.text.unwrap_or_default())).transpose()
}

/// The smallest witnessed checkpoint of the own log with more than `index` entries: the earliest that holds that one.
pub(crate) fn witnessed_with(
    (journal, index): (&Journal, &Index),
    entry: u64,
) -> Result<Option<Note>, StoreError> {
    let after = Table::Witnessed.key(&[&entry.to_be_bytes()]);
    let first = index.ascending(Table::Witnessed.key(&[]), Some(after)).next();
    first.map(|key| witnessed((journal, index), &key?)).transpose()
}

/// The newest witnessed checkpoint of the own log.
pub(crate) fn newest_witnessed(
    (journal, index): (&Journal, &Index),
) -> Result<Option<Note>, StoreError> {
    let last = index.descending(Table::Witnessed.key(&[])).next();
    last.map(|key| witnessed((journal, index), &key?)).transpose()
}

fn witnessed((journal, index): (&Journal, &Index), key: &[u8]) -> Result<Note, StoreError> {
    let at = index.row::<Position>(key)?.ok_or(IndexError::Row)?;
    let text = news(journal, at)?.text.unwrap_or_default();
    let note = Note::parse(text.as_bytes()).ok();
    Ok(note.ok_or_else(|| journal.newer(at))?)
}

fn news(journal: &Journal, at: Position) -> Result<KeptNews, StoreError> {
    match KeptFrame::decode(&journal.commit(at)?) {
        Ok(KeptFrame::News(news)) => Ok(news),
        Ok(KeptFrame::Commit(_) | KeptFrame::Head(_)) | Err(_) => Err(journal.newer(at).into()),
    }
}
