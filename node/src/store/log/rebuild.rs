//! The log made anew from the journal: every tile, and the rows of the entries behind them.
//!
//! The tiles are written beside those that are there, and take their place only when every head in the journal has the root that
//! follows. Tiles that a damaged journal could not give again are not lost to it.

use std::collections::BTreeMap;
use std::fs;

use zeroize::Zeroizing;

use super::edge::Edge;
use super::error::LogError;
use super::follower::is_head_of;
use super::tiles::{Durability, TileFiles};
use crate::store::bytes::length;
use crate::store::files::{self, FileError};
use crate::store::index::db::{self, Index};
use crate::store::index::tables::{self, LogRow};
use crate::store::journal::Journal;
use crate::store::journal::frame::Position;
use crate::store::journal::survey::Survey;
use crate::store::kept::KeptFrame;
use crate::store::report::Progress;

/// The ending of the folder in which the tiles are made.
const NEW: &str = "new";

/// Makes the log anew, up to where the index says that it goes.
pub(crate) fn rebuild(
    journal: &Journal,
    index: &Index,
    row: &LogRow,
    files: &TileFiles,
    progress: &dyn Fn(Progress),
) -> Result<Edge, LogError> {
    let folder = files.folder();
    let new = TileFiles::new(folder.with_added_extension(NEW));
    clear(files)?;
    files::create_folder(new.folder())?;
    let mut rebuilding = Rebuilding { journal, files: &new, edge: Edge::default(), row };
    rebuilding.run(progress).inspect_err(|_| drop(remove_folder(&new)))?;
    let edge = rebuilding.edge;
    files::sync_all(new.folder())?;
    db::set_aside(folder)?;
    fs::rename(new.folder(), folder).map_err(FileError::on("rename", new.folder()))?;
    files::sync_folder(files::parent(folder))?;
    let first = edge.size() & !0xff;
    let rows = (first..).zip(edge.bundle());
    let rows = rows.map(|(at, entry)| (tables::leaf(at), Some(entry.as_bytes().to_vec())));
    index.write(rows.collect::<BTreeMap<_, _>>())?;
    index.flush()?;
    Ok(edge)
}

struct Rebuilding<'a> {
    journal: &'a Journal,
    files: &'a TileFiles,
    edge: Edge,
    row: &'a LogRow,
}

impl Rebuilding<'_> {
    fn run(&mut self, progress: &dyn Fn(Progress)) -> Result<(), LogError> {
        let numbers = self.journal.numbers()?;
        let sizes = numbers.iter().flat_map(|number| fs::metadata(self.journal.path(*number)));
        let total = sizes.map(|file| file.len()).fold(0, u64::saturating_add);
        let mut done: u64 = 0;
        for number in numbers {
            let path = self.journal.path(number);
            let bytes = fs::read(&path).map_err(FileError::on("read", &path))?;
            self.segment(number, &bytes)?;
            done = done.saturating_add(length(&bytes));
            progress(Progress { done, total });
        }
        let is_whole =
            self.edge.size() == self.row.entries && self.edge.records() == self.row.records;
        if is_whole { Ok(()) } else { Err(LogError::Root) }
    }

    fn segment(&mut self, number: u64, bytes: &[u8]) -> Result<(), LogError> {
        let segment = self.journal.segment(number)?;
        for (offset, frame) in Survey::of(bytes).frames {
            let at = Position { segment: number, offset };
            let mut commit = Zeroizing::new(frame.sealed.to_vec());
            let Ok(len) = segment.unseal(offset, &mut commit) else { continue };
            commit.truncate(len);
            let frame = KeptFrame::decode(&commit).ok().ok_or_else(|| segment.newer(offset))?;
            self.frame(&frame, at)?;
        }
        Ok(())
    }

    fn frame(&mut self, frame: &KeptFrame, at: Position) -> Result<(), LogError> {
        let mut full = Vec::new();
        match frame {
            KeptFrame::Commit(kept) => {
                for entry in kept.entries() {
                    self.edge.append(&entry, &mut full).ok().ok_or(LogError::Outside)?;
                }
            }
            KeptFrame::Head(head) => {
                for entry in head.entries(self.edge.records()) {
                    self.edge.append(&entry, &mut full).ok().ok_or(LogError::Outside)?;
                }
                if !is_head_of(head, &self.edge) {
                    let file = self.journal.path(at.segment);
                    return Err(LogError::Lost { file, offset: at.offset });
                }
            }
            KeptFrame::News(_) => {}
        }
        self.files.write(&full, Durability::Later)
    }
}

/// Removes what a crash has left of tiles that were being made anew.
pub(crate) fn clear(files: &TileFiles) -> Result<(), FileError> {
    remove_folder(&TileFiles::new(files.folder().with_added_extension(NEW)))
}

fn remove_folder(files: &TileFiles) -> Result<(), FileError> {
    let folder = files.folder();
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(FileError::on("remove", folder))?;
    }
    Ok(())
}
