//! The log at the start: its right edge is put together from tiles and rows, and its root must be that of the last head.
//!
//! Of each level at most 255 tiles are read, however long the log is. When the root is another, tiles and rows are made anew from
//! the journal; when that disagrees too, nothing is signed.

use std::sync::{Arc, Mutex, PoisonError};

use budstikke_protocol::log::entry::{Entry, EntryBytes};
use budstikke_protocol::log::tile::{TILE_WIDTH, Tile, TileKind, entries};
use budstikke_protocol::log::tree::TreeHash;
use tracing::warn;

use super::edge::{Edge, root_of_tile};
use super::error::LogError;
use super::follower::is_head_of;
use super::rebuild::{clear, rebuild};
use super::shared::{Shared, Tail};
use super::tiles::TileFiles;
use crate::failure::chain;
use crate::store::error::StoreError;
use crate::store::index::db::Index;
use crate::store::index::tables::{self, Applied, LogRow};
use crate::store::journal::Journal;
use crate::store::report::{Progress, Report};

/// Takes up the log where the index says that it stands.
pub(crate) fn open(
    journal: &Journal,
    index: &Index,
    files: TileFiles,
    findings: &Arc<Mutex<Report>>,
    progress: &dyn Fn(Progress),
) -> Result<Shared, StoreError> {
    clear(&files)?;
    let row = index.row::<Applied>(&tables::applied())?.map(|applied| applied.log);
    let row = row.unwrap_or_default();
    let known = match tail_of(&row, index, &files) {
        // What was wrong may be where no start looks.
        Ok(_) if files.is_doubted() => Err(LogError::Doubted),
        known => known,
    };
    let (tail, rebuilt, stopped) = match known {
        Ok(tail) => (tail, None, None),
        Err(doubt) if is_ahead(&row, &files) => (Tail::default(), None, Some(chain(&doubt))),
        Err(doubt) => {
            warn!(error = chain(&doubt), "the tiles of the log are built anew from the journal");
            match rebuild(journal, index, &row, &files, progress) {
                Ok(edge) => (Tail { edge, pending: Vec::new() }, Some(chain(&doubt)), None),
                Err(error) => (Tail::default(), None, Some(chain(&error))),
            }
        }
    };
    let mut report = findings.lock().unwrap_or_else(PoisonError::into_inner);
    (report.log_rebuilt, report.log_stopped) = (rebuilt, stopped);
    let head = row.head.filter(|_| report.stopped().is_none());
    drop(report);
    Ok(Shared::new((files, row.tiled), tail, head, Arc::clone(findings)))
}

/// Whether the tiles hold more than the journal: it was put back to an earlier state, and what was signed since must not be signed
/// otherwise.
fn is_ahead(row: &LogRow, files: &TileFiles) -> bool {
    files.count(row.tiled >> 8) > row.entries >> 8
}

/// What stands behind the full tiles, when its root is that of the last head.
fn tail_of(row: &LogRow, index: &Index, files: &TileFiles) -> Result<Tail, LogError> {
    if is_ahead(row, files) {
        return Err(LogError::Ahead);
    }
    let source = Source { index, files, tiles: files.count(row.tiled >> 8) };
    let size = row.head.map_or(0, |head| head.size);
    // A crash may have come before the last tiles were written: their entries have rows.
    let tiled = size.min(source.tiles << 8);
    let (mut edge, mut pending) = (source.edge(tiled)?, Vec::new());
    for (_, entry) in source.entries(tiled, size)? {
        edge.append(&entry, &mut pending).ok().ok_or(LogError::Outside)?;
    }
    if row.head.is_some_and(|head| !is_head_of(&head, &edge)) {
        return Err(LogError::Root);
    }
    for (_, entry) in source.entries(size, row.entries)? {
        edge.append(&entry, &mut pending).ok().ok_or(LogError::Outside)?;
    }
    Ok(Tail { edge: edge.with_records(row.records), pending })
}

/// From where the right edge is put together.
struct Source<'a> {
    index: &'a Index,
    files: &'a TileFiles,
    /// How many full tiles of level 0 there are.
    tiles: u64,
}

impl Source<'_> {
    /// The edge of the log when it had so many entries.
    fn edge(&self, size: u64) -> Result<Edge, LogError> {
        let bundle = self.entries(size & !0xff, size)?.into_iter();
        let bundle: Vec<EntryBytes> = bundle.map(|(_, entry)| entry.to_bytes()).collect();
        let mut above = Vec::new();
        for level in 0_u8..7 {
            let end = size.checked_shr(u32::from(level).saturating_add(1).saturating_mul(8));
            let end = end.unwrap_or(0);
            let tiles = (end & !0xff)..end;
            above.push(tiles.map(|index| self.root(level, index)).collect::<Result<_, _>>()?);
        }
        Edge::restore(size, above, bundle).ok().ok_or(LogError::Outside)
    }

    /// The hash over a full tile.
    fn root(&self, level: u8, index: u64) -> Result<TreeHash, LogError> {
        let tile =
            Tile::new(TileKind::Hashes(level), index, TILE_WIDTH).ok_or(LogError::Outside)?;
        let root = root_of_tile(&self.files.read(tile)?);
        root.ok_or_else(|| LogError::Tile(self.files.path(tile)))
    }

    /// How many entries stand in full tiles that have files.
    fn filed(&self) -> u64 {
        self.tiles.saturating_mul(u64::from(TILE_WIDTH))
    }

    /// The entries from `from` on and before `to`: of full bundles from the files, the others from the rows.
    fn entries(&self, from: u64, to: u64) -> Result<Vec<(u64, Entry)>, LogError> {
        let mut found = Vec::new();
        let filed = to.min(self.filed());
        for bundle in (from >> 8)..filed.div_ceil(u64::from(TILE_WIDTH)) {
            let tile = Tile::new(TileKind::Entries, bundle, TILE_WIDTH).ok_or(LogError::Outside)?;
            let bytes = self.files.read(tile)?;
            let damaged = || LogError::Tile(self.files.path(tile));
            let bundled = entries(&bytes, TILE_WIDTH).ok().ok_or_else(damaged)?;
            for (index, entry) in ((bundle << 8)..).zip(bundled) {
                if index >= from && index < to {
                    found.push((index, Entry::parse(entry).ok().ok_or_else(damaged)?));
                }
            }
        }
        for index in from.max(filed)..to {
            found.push((index, self.row(index)?));
        }
        Ok(found)
    }

    fn row(&self, index: u64) -> Result<Entry, LogError> {
        let bytes = self.index.bytes(&tables::leaf(index))?.ok_or(LogError::Row(index))?;
        Entry::parse(&bytes).ok().ok_or(LogError::Row(index))
    }
}
