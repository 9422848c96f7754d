//! The scrub: behind the start all that is kept is looked at, so that damage is told before somebody needs what it took.
//!
//! It reads the journal by its checksums, sees that each document file is there with its length, and that the tiles of the log
//! lead to its head. Whatever is served is checked again by its seal. A segment that is written anew meanwhile is read as it was, and again before damage in it is told.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use budstikke_protocol::log::tile::{TILE_WIDTH, Tile, TileKind};
use tracing::{debug, error, info, warn};

use super::documents::body::Layout;
use super::entry::Entry;
use super::index::error::IndexError;
use super::index::live::LiveIndex;
use super::index::tables::{self, DocumentRow, Table};
use super::journal::Journal;
use super::journal::frames::Frames;
use super::journal::segment::damaged_copies;
use super::journal::survey::Survey;
use super::log::reader::LogReader;
use super::log::shared::Shared;
use super::names::DocumentName;
use super::report::{LostFile, Progress, Report};
use crate::failure::chain;

/// What is read between two rests.
const STRETCH_BYTES: u64 = 1024 * 1024;

/// Documents that are looked at between two rests.
const STRETCH_DOCUMENTS: usize = 256;

/// Tiles that are looked at between two rests, with their bundles a mebibyte.
const STRETCH_TILES: u64 = 64;

/// A rest: with it at most 40 MiB are read in a second, a quarter of what a plain hard disk gives, and eleven gibibytes take
/// five minutes.
const REST: Duration = Duration::from_millis(25);

/// What is known of the state of the store by now.
pub(crate) type Findings = Arc<Mutex<Report>>;

/// The thread that looks. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Scrub {
    /// Taken before the thread is joined, which ends when nobody can send any more.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The scrub was told to stop.
struct Stopped;

struct Work {
    journal: Arc<Journal>,
    index: Arc<LiveIndex>,
    documents: PathBuf,
    findings: Findings,
    log: Arc<Shared>,
    stop: Receiver<()>,
}

impl Scrub {
    /// Starts the thread, which looks at the segments before `next`.
    pub(crate) fn start(
        (journal, index, documents): (Arc<Journal>, Arc<LiveIndex>, PathBuf),
        (findings, log): (Findings, Arc<Shared>),
        next: u64,
    ) -> io::Result<Self> {
        let (sender, stop) = channel();
        let work = Work { journal, index, documents, findings, log, stop };
        let thread = thread::Builder::new().name("scrub".to_owned());
        // It has stopped, or come to its end.
        let thread = thread.spawn(move || drop(work.run(next)))?;
        Ok(Self { stop: Some(sender), thread: Some(thread) })
    }
}

impl Drop for Scrub {
    fn drop(&mut self) {
        self.stop.take();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            error!("the scrub has died");
        }
    }
}

impl Work {
    fn run(&self, next: u64) -> Result<(), Stopped> {
        let numbers = self.journal.numbers().unwrap_or_default();
        let numbers: Vec<u64> = numbers.into_iter().filter(|number| *number < next).collect();
        let sizes = numbers.iter().flat_map(|number| fs::metadata(self.journal.path(*number)));
        let total = sizes.map(|file| file.len()).fold(0, u64::saturating_add);
        self.findings().scrubbed = Progress { done: 0, total };
        self.documents()?;
        self.tiles()?;
        numbers.into_iter().try_for_each(|number| self.segment(number))?;
        self.findings().scrubbed = Progress { done: total, total };
        info!("the scrub has ended");
        Ok(())
    }

    /// Looks at a segment: first quickly, then, where something is wrong, at each byte of it.
    fn segment(&self, number: u64) -> Result<(), Stopped> {
        let path = self.journal.path(number);
        if let Ok(mut frames) = Frames::open(&path)
            && self.pass(&mut frames)?
        {
            return Ok(());
        }
        let segment = fs::read(&path).unwrap_or_default();
        let survey = Survey::of(&segment);
        let holes = survey.damaged.into_iter().chain([survey.tail]).filter(|hole| !hole.is_empty());
        let mut damaged: Vec<_> = damaged_copies(&segment).chain(holes).collect();
        if segment.is_empty() {
            damaged.push(0..fs::metadata(&path).map_or(0, |file| file.len()));
        }
        for bytes in damaged {
            let told = self.findings().note_damage(self.journal.damage(number, bytes));
            if let Some(line) = told {
                warn!("{line}");
            }
        }
        Ok(())
    }

    /// Reads on until the end, or until something is wrong.
    fn pass(&self, frames: &mut Frames) -> Result<bool, Stopped> {
        let mut stretch: u64 = 0;
        loop {
            match frames.next() {
                Ok(Some(bytes)) => stretch = stretch.saturating_add(bytes),
                Ok(None) => {
                    self.rest(stretch)?;
                    return Ok(true);
                }
                Err(error) => {
                    debug!(%error, "a segment is looked at more closely");
                    return Ok(false);
                }
            }
            if stretch >= STRETCH_BYTES {
                self.rest(stretch)?;
                stretch = 0;
            }
        }
    }

    /// Looks whether the file of each document is there and has its length.
    fn documents(&self) -> Result<(), Stopped> {
        let mut after = None;
        loop {
            match self.some_documents(&mut after) {
                Ok(true) => self.rest(0)?,
                Ok(false) => return Ok(()),
                Err(error) => {
                    warn!(error = chain(&error), "not every document file was looked for");
                    return Ok(());
                }
            }
        }
    }

    /// Looks for the files of the next documents; false when there are none. The index is let go of in between, because it may
    /// have to be built anew.
    fn some_documents(&self, after: &mut Option<Vec<u8>>) -> Result<bool, IndexError> {
        let index = self.index.get()?;
        let keys = index.ascending(Table::Document.key(&[]), after.clone()).take(STRETCH_DOCUMENTS);
        for key in keys.collect::<Result<Vec<_>, _>>()? {
            let row = index.row::<DocumentRow>(&key)?;
            if let Some((name, row)) = tables::name_in_key(&key).zip(row)
                && let Some(lost) = self.lost(name, &row)
                && index.row(&key)?.as_ref() == Some(&row)
            {
                let told = self.findings().note_lost(lost);
                if let Some(line) = told {
                    warn!("{line}");
                }
            }
            *after = Some(key);
        }
        let last = after.clone();
        Ok(last.is_some() && index.ascending(Table::Document.key(&[]), last).next().is_some())
    }

    /// Looks whether the tiles lead to the head. Each bundle is checked against its tile, and that against those above it.
    fn tiles(&self) -> Result<(), Stopped> {
        let reader = LogReader::new(&self.log);
        for index in 0..self.log.tiled() >> 8 {
            let bundle = Tile::new(TileKind::Entries, index, TILE_WIDTH);
            if let Some(Err(error)) = bundle.map(|bundle| reader.tile(bundle)) {
                self.log.doubt(chain(&error));
                return Ok(());
            }
            if index.is_multiple_of(STRETCH_TILES) {
                self.rest(0)?;
            }
        }
        Ok(())
    }

    /// The file of a document, when it is not as it was written.
    fn lost(&self, name: DocumentName, row: &DocumentRow) -> Option<LostFile> {
        // That of an erased document is to go.
        let row = Some(row).filter(|row| row.is_here())?;
        let file = row.file?.path(&self.documents);
        // A commit that cannot be read is damage of the journal, and told as such.
        let entry = Entry::read(&self.journal, name, row).ok()?;
        let written = Layout::of(entry.manifest.claimed().size).file_len();
        let found = fs::metadata(&file).ok().map(|file| file.len());
        (found != Some(written)).then_some(LostFile { file, document: name.document, found })
    }

    /// Rests after so many bytes.
    fn rest(&self, bytes: u64) -> Result<(), Stopped> {
        let mut findings = self.findings();
        findings.scrubbed.done = findings.scrubbed.done.saturating_add(bytes);
        drop(findings);
        match self.stop.recv_timeout(REST) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Err(Stopped),
        }
    }

    fn findings(&self) -> MutexGuard<'_, Report> {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
