//! A group: frames that are written together, and what they do to the index and the log.

use std::sync::Arc;

use budstikke_protocol::log::tree::Frontier;

use super::message::CommitError;
use crate::store::bytes::length;
use crate::store::commit::Order;
use crate::store::heads::news::NewsOrder;
use crate::store::index::db::Index;
use crate::store::index::draft::Rows;
use crate::store::index::mode::RowsError;
use crate::store::journal::frame::{FRAME_BYTES_MAX, Frame, Position};
use crate::store::journal::segment::Segment;
use crate::store::kept::encode_head;
use crate::store::lists::keeper::Keeper;
use crate::store::log::head::{Anchor, Head, HeadIndex, made};
use crate::store::log::shared::Shared;

/// The open segment.
#[derive(Clone)]
pub(crate) struct Open {
    /// The segment.
    pub(crate) segment: Arc<Segment>,
    /// Its number.
    pub(crate) number: u64,
    /// Up to here it is on the disk.
    pub(crate) bytes: u64,
}

/// Frames that are written together. What is put into it counts only once they are on the disk.
pub(crate) struct Group<'a, 'i> {
    /// The segment that takes them.
    pub(crate) open: &'a Open,
    /// What they do to the index.
    pub(crate) rows: &'a mut Rows<'i>,
    /// The frames.
    pub(crate) frames: &'a mut Vec<u8>,
    /// The right edge of the log behind them.
    pub(crate) frontier: Frontier,
    /// The log.
    pub(crate) log: &'a Shared,
    /// The index that the rows are of.
    pub(crate) index: &'i Index,
    /// The lists.
    pub(crate) keeper: &'a mut Keeper,
    /// The last head that was put behind the frames.
    pub(crate) head: Option<Head>,
}

impl Group<'_, '_> {
    /// Puts a commit behind the frames, if it fits with what they do.
    pub(crate) fn commit(&mut self, order: Order) -> Result<(), CommitError> {
        let Order { mut commit, attachments, effects, labels } = order;
        self.put(&mut commit, &attachments, |rows, at| rows.apply(&effects, at))?;
        for logged in &effects.logged {
            let appended = self.frontier.append(logged.entry.leaf_hash());
            appended.ok().ok_or(CommitError::LogStopped)?;
        }
        self.keeper.learn(self.index, labels, effects.logged.len());
        Ok(())
    }

    /// Puts a head of the log behind them, unless nothing has come since the last one.
    pub(crate) fn head(&mut self, time_ms: u64) -> Result<(), CommitError> {
        let log = self.rows.log();
        // That nothing stands in a log is something to be signed too.
        let has_news = log.head.is_none_or(|head| log.entries != head.size);
        let access = self.rows.unanchored(self.keeper.origin())?;
        if !has_news && access.is_none() && !self.keeper.wants_head(self.rows)? {
            return Ok(());
        }
        if self.log.stopped().is_some() {
            return Err(CommitError::LogStopped);
        }
        if log.entries != self.frontier.size() {
            self.log.stop("the index has another number of entries than were written".to_owned());
            return Err(CommitError::LogStopped);
        }
        let size = self.frontier.size().saturating_add(if access.is_some() { 2 } else { 1 });
        let Some(index) = self.keeper.stage(self.rows, self.index, (time_ms, size))? else {
            return Ok(());
        };
        let put = self.put_head(time_ms, index, access);
        if put.is_err() {
            self.keeper.unstage();
        }
        put
    }

    /// Puts a head behind the frames that says this of the lists and of the access log.
    fn put_head(
        &mut self,
        time_ms: u64,
        index: HeadIndex,
        access: Option<Anchor>,
    ) -> Result<(), CommitError> {
        let mut frontier = self.frontier.clone();
        for entry in made(time_ms, &index, access, self.rows.log().records) {
            frontier.append(entry.leaf_hash()).ok().ok_or(CommitError::LogStopped)?;
        }
        let head = Head { time_ms, size: frontier.size(), root: frontier.root(), index, access };
        let mut kept = encode_head(head).ok().ok_or(CommitError::TooLarge)?;
        self.put(&mut kept, &[], |rows, at| rows.head(head, at))?;
        (self.frontier, self.head) = (frontier, Some(head));
        Ok(())
    }

    /// Takes from the disk what was erased and still stands in the file of the lists.
    pub(crate) fn forget(&mut self) -> Result<(), CommitError> {
        self.keeper.forget(self.rows)
    }

    /// Puts news of a log behind them, if it still fits with what is known.
    pub(crate) fn news(&mut self, order: &NewsOrder) -> Result<(), CommitError> {
        let mut kept = order.kept.encode().ok().ok_or(CommitError::TooLarge)?;
        self.put(&mut kept, &[], |rows, at| rows.news(&order.kept, order.over, at))
    }

    /// Seals what is `kept` and puts it behind the frames, once `apply` has found that it fits with what they do.
    fn put(
        &mut self,
        kept: &mut Vec<u8>,
        attachments: &[u8],
        apply: impl FnOnce(&mut Rows<'_>, Position) -> Result<(), RowsError>,
    ) -> Result<(), CommitError> {
        let at = self.at();
        self.open.segment.seal(at.offset, kept)?;
        let is_continuing = !self.frames.is_empty();
        let frame = Frame { sealed: kept, attachments, is_continuing };
        if frame.bytes() > FRAME_BYTES_MAX {
            return Err(CommitError::TooLarge);
        }
        apply(self.rows, at)?;
        frame.write(self.frames);
        Ok(())
    }

    /// Where the next frame goes.
    fn at(&self) -> Position {
        let offset = self.open.bytes.saturating_add(length(self.frames));
        Position { segment: self.open.number, offset }
    }
}
