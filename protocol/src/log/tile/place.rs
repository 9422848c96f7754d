//! Where in the tiles the hash of a complete subtree is.

use thiserror::Error;

use super::coordinates::{TILE_WIDTH, Tile, TileKind};
use crate::log::tree::{Frontier, SIZE_END, Subtree, TreeHash};

/// The tile and the part of it from which the hash of a complete subtree follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodePlace {
    tile: Tile,
    first: usize,
    count: usize,
}

/// The bytes are too few or too many for the tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a tile is 32 bytes for each hash")]
pub struct TileError;

impl NodePlace {
    /// Where `subtree` is in a tree of `size` entries; nowhere when it is not in it.
    pub fn of(subtree: Subtree, size: u64) -> Option<Self> {
        subtree.end().filter(|end| *end <= size && size < SIZE_END)?;
        let (level, above) = (subtree.level.div_euclid(8), u32::from(subtree.level.rem_euclid(8)));
        let first = subtree.index.checked_shl(above)?;
        let index = first >> 8;
        let hashes = size.checked_shr(u32::from(level).checked_mul(8)?)?;
        let width = hashes.checked_sub(index.checked_mul(u64::from(TILE_WIDTH))?)?;
        let width = u16::try_from(width).unwrap_or(TILE_WIDTH).min(TILE_WIDTH);
        let tile = Tile::new(TileKind::Hashes(level), index, width)?;
        Some(Self {
            tile,
            first: usize::try_from(first & 0xff).ok()?,
            count: 1_usize.checked_shl(above)?,
        })
    }

    /// The tile, as wide as the tree has it.
    pub fn tile(&self) -> Tile {
        self.tile
    }

    /// The hash, of the bytes of the tile or of the same when it had grown.
    ///
    /// # Errors
    /// [`TileError`] when the bytes are no such tile.
    pub fn hash(&self, bytes: &[u8]) -> Result<TreeHash, TileError> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || hashes.len() > usize::from(TILE_WIDTH) {
            return Err(TileError);
        }
        let end = self.first.saturating_add(self.count);
        match hashes.get(self.first..end).ok_or(TileError)? {
            [only] => Ok(TreeHash::from_bytes(*only)),
            several => Ok(above(several)),
        }
    }
}

/// The bytes of the tile that holds these hashes.
pub fn tile_bytes(hashes: &[TreeHash]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(hashes.len().saturating_mul(32));
    for hash in hashes {
        bytes.extend_from_slice(hash.as_bytes());
    }
    bytes
}

/// The hash of the complete subtree over a full tile: what stands for it in the tile above.
///
/// # Errors
/// [`TileError`] when `bytes` are not 256 hashes.
pub fn tile_hash(bytes: &[u8]) -> Result<TreeHash, TileError> {
    match bytes.as_chunks::<32>() {
        (hashes, []) if hashes.len() == usize::from(TILE_WIDTH) => Ok(above(hashes)),
        _ => Err(TileError),
    }
}

/// The hash of the complete subtree over hashes side by side, a power of two of them.
fn above(hashes: &[[u8; 32]]) -> TreeHash {
    let mut frontier = Frontier::default();
    let fits = hashes.iter().try_for_each(|hash| frontier.append(TreeHash::from_bytes(*hash)));
    debug_assert!(fits.is_ok(), "a tile has 256 hashes at most");
    frontier.root()
}
