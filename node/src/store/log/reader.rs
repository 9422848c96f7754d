//! Reads of the log: tiles, entries and proofs, each checked up to the edge that is in memory.

use std::cell::RefCell;
use std::collections::BTreeMap;

use budstikke_protocol::log::tile::{NodePlace, TILE_WIDTH, Tile, TileKind, entries};
use budstikke_protocol::log::tree::{Nodes, Subtree, TreeHash, leaf_hash};

use super::edge::root_of_tile;
use super::error::LogError;
use super::shared::Shared;

/// Reads the log of a moment. It keeps the last tile of each level, so that reading from left to right reads each once.
#[derive(Debug)]
pub struct LogReader<'a> {
    shared: &'a Shared,
    size: u64,
    /// By level, the last full tile that was read and found right.
    checked: RefCell<BTreeMap<u8, (u64, Vec<u8>)>>,
}

impl<'a> LogReader<'a> {
    /// A reader of the log as it is now.
    pub(crate) fn new(shared: &'a Shared) -> Self {
        let size = shared.tail().edge.size();
        Self { shared, size, checked: RefCell::default() }
    }

    /// The bytes of a tile of the log, exactly as wide.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    pub fn tile(&self, tile: Tile) -> Result<Vec<u8>, LogError> {
        let width = tile.width();
        match tile.kind() {
            TileKind::Hashes(level) => {
                let mut bytes = self.hashes(level, tile.index(), width)?;
                bytes.truncate(usize::from(width).saturating_mul(32));
                Ok(bytes)
            }
            TileKind::Entries => self.bundle(tile.index(), width),
        }
    }

    /// The entry with this index.
    ///
    /// # Errors
    /// As [`Self::tile`].
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, LogError> {
        let place = u16::try_from(index & 0xff).unwrap_or(0);
        let width = place.saturating_add(1);
        let bundle = self.bundle(index >> 8, width)?;
        let entries = entries(&bundle, width).ok().ok_or(LogError::Outside)?;
        entries.last().map(|entry| entry.to_vec()).ok_or(LogError::Outside)
    }

    /// The hashes of a tile, at least so many of them.
    fn hashes(&self, level: u8, index: u64, width: u16) -> Result<Vec<u8>, LogError> {
        if let Some((_, bytes)) = self.checked.borrow().get(&level).filter(|tile| tile.0 == index) {
            return Ok(bytes.clone());
        }
        let kind = TileKind::Hashes(level);
        let wanted = Tile::new(kind, index, width).ok_or(LogError::Outside)?;
        if let Some(bytes) = self.shared.tail().tile(wanted) {
            return Ok(bytes);
        }
        let full = wanted.full().filter(|_| self.has(level, index)).ok_or(LogError::Outside)?;
        let bytes = self.shared.files.read(full)?;
        let place = u16::try_from(index & 0xff).unwrap_or(0);
        let above = level.checked_add(1).ok_or(LogError::Outside)?;
        let above = self.hashes(above, index >> 8, place.saturating_add(1))?;
        let said = above.as_chunks::<32>().0.get(usize::from(place)).copied();
        if said.is_none() || root_of_tile(&bytes) != said.map(TreeHash::from_bytes) {
            return Err(self.damaged(full));
        }
        self.checked.borrow_mut().insert(level, (index, bytes.clone()));
        Ok(bytes)
    }

    /// The entries of a bundle, exactly so many.
    fn bundle(&self, index: u64, width: u16) -> Result<Vec<u8>, LogError> {
        let wanted = Tile::new(TileKind::Entries, index, width).ok_or(LogError::Outside)?;
        let held = self.shared.tail().tile(wanted);
        let (bytes, held_width) = match held {
            Some(bytes) if self.has(0, index) => (bytes, TILE_WIDTH),
            Some(bytes) => (bytes, width),
            None => {
                let full = wanted.full().filter(|_| self.has(0, index)).ok_or(LogError::Outside)?;
                (self.shared.files.read(full)?, TILE_WIDTH)
            }
        };
        let damaged = || self.damaged(wanted.full().unwrap_or(wanted));
        let found = entries(&bytes, held_width).ok().ok_or_else(damaged)?;
        let hashes = self.hashes(0, index, width)?;
        let said = hashes.as_chunks::<32>().0.iter();
        let is_right = |(entry, hash): (&&[u8], &[u8; 32])| leaf_hash(entry).as_bytes() == hash;
        if !found.iter().zip(said).take(usize::from(width)).all(is_right) {
            return Err(damaged());
        }
        let length: usize =
            found.iter().take(usize::from(width)).map(|entry| entry.len().saturating_add(2)).sum();
        Ok(bytes.get(..length).unwrap_or_default().to_vec())
    }

    /// Whether the log has that whole tile.
    fn has(&self, level: u8, index: u64) -> bool {
        let leaves = 1_u64.checked_shl(u32::from(level).saturating_add(1).saturating_mul(8));
        let end = leaves.and_then(|leaves| index.checked_add(1)?.checked_mul(leaves));
        end.is_some_and(|end| end <= self.shared.tail().edge.size())
    }

    fn damaged(&self, tile: Tile) -> LogError {
        LogError::Tile(self.shared.files.path(tile))
    }
}

impl Nodes for LogReader<'_> {
    type Error = LogError;

    fn node(&self, level: u8, index: u64) -> Result<TreeHash, LogError> {
        let place = NodePlace::of(Subtree { level, index }, self.size).ok_or(LogError::Outside)?;
        let TileKind::Hashes(tile_level) = place.tile().kind() else {
            return Err(LogError::Outside);
        };
        let bytes = self.hashes(tile_level, place.tile().index(), place.tile().width())?;
        place.hash(&bytes).ok().ok_or_else(|| self.damaged(place.tile()))
    }
}
