//! The right edge of the log: the tiles that are not full, by level, and the entries of the last of them.

use budstikke_protocol::log::entry::{Entry, EntryBytes};
use budstikke_protocol::log::tile::{TILE_WIDTH, Tile, TileKind, add_entry, tile_bytes};
use budstikke_protocol::log::tree::{Frontier, Full, NotAFrontier, TreeHash, TreeHead, leaf_hash};

use crate::store::bytes::count;

/// The hashes, or entries, of a full tile, as memory counts: [`TILE_WIDTH`].
const WIDTH: usize = 256;

/// A tile that has become full, hashes or entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FullTile {
    /// Which.
    pub(crate) tile: Tile,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// The right edge of a log.
#[derive(Debug, Default)]
pub(crate) struct Edge {
    frontier: Frontier,
    /// By level of tiles, the hashes of the one that is not full.
    levels: Vec<Vec<TreeHash>>,
    /// The entries of the bundle that is not full.
    bundle: Vec<EntryBytes>,
    /// How many RECORD entries there are.
    records: u64,
}

impl Edge {
    /// Takes up a log of `size` entries: by the hashes of the tiles that are not full, from level 1 on, and the entries of the
    /// bundle that is not full.
    pub(crate) fn restore(
        size: u64,
        above: Vec<Vec<TreeHash>>,
        bundle: Vec<EntryBytes>,
    ) -> Result<Self, NotAFrontier> {
        let leaves = bundle.iter().map(|entry| leaf_hash(entry.as_bytes())).collect();
        let levels: Vec<_> = std::iter::once(leaves).chain(above).collect();
        let subtrees: Vec<_> = levels.iter().rev().flat_map(|level| complete(level)).collect();
        let frontier = Frontier::restore(size, &subtrees)?;
        Ok(Self { frontier, levels, bundle, records: 0 })
    }

    /// The same, with so many RECORD entries in it.
    pub(crate) fn with_records(self, records: u64) -> Self {
        Self { records, ..self }
    }

    /// Size and root.
    pub(crate) fn head(&self) -> TreeHead {
        self.frontier.head()
    }

    /// How many entries there are.
    pub(crate) fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// How many RECORD entries there are.
    pub(crate) fn records(&self) -> u64 {
        self.records
    }

    /// All that is needed to go on without the tiles.
    pub(crate) fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The entries of the bundle that is not full.
    pub(crate) fn bundle(&self) -> &[EntryBytes] {
        &self.bundle
    }

    /// Appends an entry, and the tiles that it makes full to `full`.
    pub(crate) fn append(&mut self, entry: &Entry, full: &mut Vec<FullTile>) -> Result<(), Full> {
        let bytes = entry.to_bytes();
        let Self { frontier, levels, bundle, records } = self;
        frontier.append_each(leaf_hash(bytes.as_bytes()), |level, index, hash| {
            if level.is_multiple_of(8) {
                let level = level.div_euclid(8);
                if levels.len() <= usize::from(level) {
                    levels.push(Vec::with_capacity(WIDTH));
                }
                let Some(hashes) = levels.get_mut(usize::from(level)) else { return };
                hashes.push(*hash);
                if hashes.len() == WIDTH {
                    full.extend(filled(TileKind::Hashes(level), index, tile_bytes(hashes)));
                    hashes.clear();
                }
            }
        })?;
        bundle.push(bytes);
        if bundle.len() == WIDTH {
            let last = frontier.size().saturating_sub(1);
            full.extend(filled(TileKind::Entries, last, bundle_bytes(bundle)));
            bundle.clear();
        }
        if matches!(entry, Entry::Record(_)) {
            *records = records.saturating_add(1);
        }
        Ok(())
    }

    /// The bytes of a tile that is not full, as wide as it is asked for.
    pub(crate) fn tile(&self, tile: Tile) -> Option<Vec<u8>> {
        let width = usize::from(tile.width());
        match tile.kind() {
            TileKind::Entries => {
                let is_last = tile.index() == self.size() >> 8;
                Some(bundle_bytes(self.bundle.get(..width).filter(|_| is_last)?))
            }
            TileKind::Hashes(level) => {
                let above = u32::from(level).checked_add(1)?.checked_mul(8)?;
                let is_last = tile.index() == self.size().checked_shr(above).unwrap_or(0);
                let hashes = self.levels.get(usize::from(level)).filter(|_| is_last)?;
                Some(tile_bytes(hashes.get(..width)?))
            }
        }
    }
}

/// The hash over the hashes of a full tile.
pub(crate) fn root_of_tile(bytes: &[u8]) -> Option<TreeHash> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    let mut frontier = Frontier::default();
    for hash in hashes {
        frontier.append(TreeHash::from_bytes(*hash)).ok()?;
    }
    (hashes.len() == WIDTH && rest.is_empty()).then(|| frontier.root())
}

/// The hashes of the complete subtrees over hashes side by side, the largest first.
fn complete(hashes: &[TreeHash]) -> Vec<TreeHash> {
    let mut frontier = Frontier::default();
    let fits = hashes.iter().try_for_each(|hash| frontier.append(*hash));
    debug_assert!(fits.is_ok(), "a tile has 256 hashes at most");
    frontier.subtrees()
}

fn filled(kind: TileKind, last: u64, bytes: Vec<u8>) -> Option<FullTile> {
    Tile::new(kind, last >> 8, TILE_WIDTH).map(|tile| FullTile { tile, bytes })
}

fn bundle_bytes(entries: &[EntryBytes]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(count(256 * 40));
    for entry in entries {
        let fits = add_entry(&mut bytes, entry.as_bytes());
        debug_assert!(fits.is_ok(), "an entry has 142 bytes at most");
    }
    bytes
}

#[cfg(test)]
mod tests;
