//! Which tiles a tree has.

use super::coordinates::{TILE_WIDTH, Tile, TileKind};

/// Every tile of a tree of `size` entries: the entries first, then the hashes level by level.
pub fn tiles_of(size: u64) -> impl Iterator<Item = Tile> {
    tiles_between(0, size)
}

/// The tiles of a tree of `new` entries that one of `old` entries does not have, or not as wide.
pub fn tiles_between(old: u64, new: u64) -> impl Iterator<Item = Tile> {
    let levels = (0..8).map(|level| (TileKind::Hashes(level), u32::from(level).saturating_mul(8)));
    std::iter::once((TileKind::Entries, 0)).chain(levels).flat_map(move |(kind, shift)| {
        let count = |size: u64| size.checked_shr(shift).unwrap_or(0);
        let (old, new) = (count(old), count(new));
        let width = u64::from(TILE_WIDTH);
        let end = if old < new { new.div_ceil(width) } else { 0 };
        (old.div_euclid(width)..end).filter_map(move |index| {
            let rest = new.saturating_sub(index.saturating_mul(width)).min(width);
            Tile::new(kind, index, u16::try_from(rest).unwrap_or(TILE_WIDTH))
        })
    })
}
