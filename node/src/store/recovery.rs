//! Opening a store: the index is brought up to the journal.
//!
//! What the index has was acknowledged and whole, and is checked again when it is read; the scrub looks at all of it behind the
//! start. So only the journal from the last frame that the index has on is read here, and all of it when the index is built anew.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread::{self, Builder};

use thiserror::Error;
use tracing::warn;
use zeroize::Zeroizing;

use super::bytes::length;
use super::effects::Effects;
use super::files::{self, FileError};
use super::heads::news::{KeptNews, Over};
use super::index::db::{self, Index};
use super::index::draft::Rows;
use super::index::error::IndexError;
use super::index::mode::{Mode, RowsError};
use super::index::tables::{self, Applied};
use super::journal::Journal;
use super::journal::frame::{Frame, Position};
use super::journal::segment::{HEADER_BYTES, JournalError, Segment, damaged_copies};
use super::journal::survey::Survey;
use super::kept::KeptFrame;
use super::log::head::Head;
use super::log::tiles::TileFiles;
use super::report::{Progress, Report};
use crate::failure::chain;

/// Rows that are written to the index at once while it is rebuilt: the more there are, the more of them fall into one bundle.
/// This many take some tens of megabytes.
const BATCH_ROWS: usize = 262_144;

/// Frames that are opened at once, and how many such groups are kept for whoever applies them.
const OPENED_AT_ONCE: usize = 128;
const OPENED_AHEAD: usize = 8;

/// The most places that are noted at which the journal was damaged when the index was built; beyond it is only known that there
/// were some.
const GAPS_MAX: usize = 256;

/// Why a store cannot be opened.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The index cannot be used, not even when it is new.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// A store whose index goes as far as its journal.
#[derive(Debug)]
pub(crate) struct Recovered {
    /// The index.
    pub(crate) index: Index,
    /// What was found.
    pub(crate) report: Report,
    /// The number of the next segment.
    pub(crate) next: u64,
    /// Whether the index was there before, belongs to this journal, and was built from all of it. Only then may a file that it
    /// does not name be removed: were the journal the one that is lost, that would be every document.
    pub(crate) is_complete: bool,
}

/// Opens the index of a journal and brings it up to it, or builds it anew when it is in doubt.
pub(crate) fn recover(
    journal: &Journal,
    path: &Path,
    tiles: &TileFiles,
    progress: &dyn Fn(Progress),
) -> Result<Recovered, OpenError> {
    let _still = journal.still();
    let storage = journal.storage();
    let mut report = Report::default();
    let opened = Index::open(path, storage).map_err(OpenError::from);
    let mut ahead = None;
    let replayed = opened.and_then(|index| {
        let applied = index.row::<Applied>(&tables::applied())?;
        ahead = applied.map(|applied| applied.last);
        if applied.is_none() && !journal.numbers()?.is_empty() {
            report.rebuilt = Some("there was no index".to_owned());
        }
        let gaps = index.row::<BTreeSet<Position>>(&tables::gaps())?.unwrap_or_default();
        if gaps.iter().any(|gap| journal.is_whole_at(*gap)) {
            return Err(IndexError::Behind.into());
        }
        let is_complete = applied.is_some() && gaps.is_empty();
        let next = replay((journal, &index, tiles), &mut report, gaps, progress)?;
        Ok((index, next, is_complete))
    });
    match replayed {
        Ok((index, next, is_complete)) => Ok(Recovered { index, report, next, is_complete }),
        Err(OpenError::Journal(error)) => Err(error.into()),
        Err(OpenError::Index(error)) => {
            warn!(error = chain(&error), "the index is built anew from the journal");
            db::set_aside(path)?;
            let rebuilt = Some(chain(&error));
            let mut report = Report { rebuilt, torn: report.torn, ..Report::default() };
            let index = Index::open(path, storage)?;
            let gaps = if matches!(error, IndexError::Ahead) { ahead } else { None };
            let gaps = gaps.into_iter().collect();
            let next = replay((journal, &index, tiles), &mut report, gaps, progress)?;
            Ok(Recovered { index, report, next, is_complete: false })
        }
    }
}

/// Applies the frames of the journal that the index does not have. Gives the number of the next segment.
///
/// `gaps` are the places at which something was lost of which the index is known to know nothing.
fn replay(
    (journal, index, tiles): (&Journal, &Index, &TileFiles),
    report: &mut Report,
    gaps: BTreeSet<Position>,
    progress: &dyn Fn(Progress),
) -> Result<u64, OpenError> {
    let numbers = journal.numbers()?;
    // An index that is there knows that better.
    let is_new = index.row::<Applied>(&tables::applied())?.is_none();
    let filed = if is_new { tiles.count(0) << 8 } else { 0 };
    let rows = Rows::new(index, Mode::Replay, filed)?;
    let last = rows.last();
    let is_unread = |number: &u64| last.is_none_or(|last| *number >= last.segment);
    let sizes = numbers.iter().filter(|number| is_unread(number));
    let sizes =
        sizes.map(|number| fs::metadata(journal.path(*number)).map_or(0, |file| file.len()));
    let (total, mut done) = (sizes.fold(0, u64::saturating_add), 0_u64);
    let mut replay = Replay { journal, rows, report, last, has_met_last: last.is_none(), gaps };
    let mut next = 1;
    for (at, number) in numbers.iter().enumerate() {
        replay.missing(next, *number);
        next = number.saturating_add(1);
        if !is_unread(number) {
            continue;
        }
        let ends = if at.saturating_add(1) == numbers.len() { Ends::Journal } else { Ends::Before };
        let bytes =
            fs::read(journal.path(*number)).map_err(FileError::on("read", &journal.path(*number)));
        let bytes = bytes.map_err(JournalError::from)?;
        if let Left::Nothing = replay.segment(*number, &bytes, ends)? {
            next = *number;
        }
        done = done.saturating_add(length(&bytes));
        // The few frames that an index has not yet are no work to be watched.
        if last.is_none() {
            progress(Progress { done, total });
        }
    }
    // Where the index that was there before went further, the numbers up to there are taken: a backup may still have them.
    let behind = replay.gaps.last().map_or(1, |gap| gap.segment.saturating_add(1));
    replay.missing(next, behind);
    let (gaps, has_met_last) = (replay.gaps, replay.has_met_last);
    replay.rows.lost(&gaps)?;
    replay.rows.write()?;
    if replay.report.replayed > 0 {
        // What was applied once need not be applied again after the next crash.
        index.flush()?;
    }
    // The journal was put back to an earlier state, or its end is lost: what the index has beyond it is no longer true.
    if has_met_last { Ok(next.max(behind)) } else { Err(IndexError::Ahead.into()) }
}

/// Whether a segment is the last one: the only one in which a crash can have cut a write short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Journal,
    Before,
}

/// Whether there is anything in a segment, or its number is free again.
enum Left {
    Something,
    Nothing,
}

struct Replay<'a> {
    journal: &'a Journal,
    rows: Rows<'a>,
    report: &'a mut Report,
    /// The last frame that the index had before.
    last: Option<Position>,
    has_met_last: bool,
    gaps: BTreeSet<Position>,
}

impl Replay<'_> {
    fn segment(&mut self, number: u64, bytes: &[u8], ends: Ends) -> Result<Left, OpenError> {
        if ends == Ends::Journal && length(bytes) <= HEADER_BYTES {
            return self.remove(number);
        }
        let segment = match self.journal.segment(number) {
            Ok(segment) => segment,
            Err(JournalError::Damaged { .. }) => {
                self.damaged(number, 0..length(bytes));
                return Ok(Left::Something);
            }
            Err(error) => return Err(error.into()),
        };
        for copy in damaged_copies(bytes) {
            self.report.note_damage(self.journal.damage(number, copy));
        }
        let mut survey = Survey::of(bytes);
        // What the index has was acknowledged, so no crash has cut it short: it was whole once.
        let known = self.last.filter(|last| last.segment == number).map(|last| last.offset);
        if let Some(start) = survey.torn(known).filter(|_| ends == Ends::Journal) {
            self.cut(number, start..length(bytes))?;
            survey.cut(start);
            if survey.frames.is_empty() {
                return self.remove(number);
            }
        }
        if ends == Ends::Journal {
            self.settle(number)?;
        }
        let tail = Some(survey.tail.clone()).filter(|tail| !tail.is_empty());
        survey.damaged.iter().cloned().chain(tail).for_each(|hole| self.damaged(number, hole));
        self.frames(&segment, number, &survey.frames)?;
        Ok(Left::Something)
    }

    /// Applies the frames of a segment that the index does not have. Another thread opens them, while those before are applied.
    fn frames(
        &mut self,
        segment: &Segment,
        number: u64,
        frames: &[(u64, Frame<'_>)],
    ) -> Result<(), OpenError> {
        let known = self.last.filter(|last| last.segment == number).map(|last| last.offset);
        let applied = frames.partition_point(|(offset, _)| Some(*offset) <= known);
        let (applied, unread) = frames.split_at(applied);
        self.has_met_last |= applied.last().is_some_and(|(offset, _)| Some(*offset) == known);
        thread::scope(|scope| {
            let (sender, opened) = sync_channel(OPENED_AHEAD);
            let open = move || {
                let mut groups = unread.chunks(OPENED_AT_ONCE);
                let open = |group: &[(u64, Frame<'_>)]| {
                    group.iter().map(|at| open(segment, at)).collect::<Vec<_>>()
                };
                groups.try_for_each(|group| sender.send(open(group)))
            };
            let thread = Builder::new().name("replay".to_owned()).spawn_scoped(scope, open);
            thread
                .map_err(FileError::on("start a thread that reads", &self.journal.path(number)))?;
            for ((offset, frame), opened) in unread.iter().zip(opened.into_iter().flatten()) {
                self.frame(Position { segment: number, offset: *offset }, frame, opened)?;
            }
            Ok(())
        })
    }

    fn frame(
        &mut self,
        at: Position,
        frame: &Frame<'_>,
        opened: Result<Opened, Unopened>,
    ) -> Result<(), OpenError> {
        let opened = match opened {
            Ok(opened) => opened,
            Err(Unopened::Damaged) => {
                self.damaged(at.segment, at.offset..at.behind(frame).offset);
                return Ok(());
            }
            Err(Unopened::Newer(error)) => return Err(error.into()),
        };
        let applied = match opened {
            Opened::Commit(effects) => self.rows.apply(&effects, at),
            Opened::Head(head) => self.rows.head(head, at),
            Opened::News(news) => self.rows.news(&news, Over::Anything, at),
        };
        applied.map_err(|error| match error {
            RowsError::Index(error) => error,
            RowsError::Moved => IndexError::Row,
        })?;
        self.report.replayed = self.report.replayed.saturating_add(1);
        if self.rows.len() > BATCH_ROWS {
            self.rows.write()?;
        }
        Ok(())
    }

    /// Brings the last segment to the disk before anybody is shown what it holds. A process that was killed before it could
    /// sync has left frames in the kernel's memory, where they look like any other until the power goes.
    fn settle(&self, number: u64) -> Result<(), OpenError> {
        let path = self.journal.path(number);
        let file = files::open(&path)?;
        Ok(files::sync(&file, &path)?)
    }

    /// Removes what a crash left of the last write.
    fn cut(&mut self, number: u64, torn: Range<u64>) -> Result<(), OpenError> {
        let path = self.journal.path(number);
        let file = files::reopen(&path).map_err(JournalError::from)?;
        files::cut(&file, &path, torn.start).map_err(JournalError::from)?;
        self.report.torn = Some(self.journal.damage(number, torn));
        Ok(())
    }

    /// Removes a last segment without a frame.
    fn remove(&self, number: u64) -> Result<Left, OpenError> {
        self.journal.remove(number).map_err(JournalError::from)?;
        Ok(Left::Nothing)
    }

    /// Notes that segments are missing, from `next` up to and without `number`.
    fn missing(&mut self, next: u64, number: u64) {
        if number > next {
            self.report.missing.push(next..=number.saturating_sub(1));
            (next..number)
                .take(GAPS_MAX)
                .for_each(|segment| self.gap(Position { segment, offset: 0 }));
        }
    }

    /// Notes damage. Where it has taken the last frame that the index had, it is known what became of that.
    fn damaged(&mut self, number: u64, bytes: Range<u64>) {
        let last = self.last.filter(|last| last.segment == number);
        self.has_met_last |= last.is_some_and(|last| bytes.contains(&last.offset));
        self.gap(Position { segment: number, offset: bytes.start });
        self.report.note_damage(self.journal.damage(number, bytes));
    }

    /// Notes a place of which the index is going to know nothing.
    fn gap(&mut self, at: Position) {
        if self.last.is_none_or(|last| at > last) && self.gaps.len() < GAPS_MAX {
            self.gaps.insert(at);
        }
    }
}

/// What a frame means to the index.
enum Opened {
    Commit(Effects),
    Head(Head),
    News(KeptNews),
}

/// Why a frame cannot be applied.
enum Unopened {
    /// It does not open.
    Damaged,
    /// It opens, and says what this version does not know.
    Newer(JournalError),
}

/// Opens a frame.
fn open(segment: &Segment, (offset, frame): &(u64, Frame<'_>)) -> Result<Opened, Unopened> {
    let mut bytes = Zeroizing::new(frame.sealed.to_vec());
    let len = segment.unseal(*offset, &mut bytes).ok().ok_or(Unopened::Damaged)?;
    bytes.truncate(len);
    let opened = KeptFrame::decode(&bytes).and_then(|kept| match kept {
        KeptFrame::Commit(kept) => kept.effects().map(Opened::Commit),
        KeptFrame::Head(head) => Ok(Opened::Head(head)),
        KeptFrame::News(news) => Ok(Opened::News(news)),
    });
    opened.ok().ok_or_else(|| Unopened::Newer(segment.newer(*offset)))
}

impl From<FileError> for OpenError {
    fn from(error: FileError) -> Self {
        Self::Journal(error.into())
    }
}
