//! Tiles: the tree cut into files of 256 hashes, and its entries into bundles of 256 (C2SP `tlog-tiles`).
//!
//! The hash at place i of tile n of level l is that of the complete subtree of 256^l leaves from (256·n + i)·256^l on.
//! A tile that is not full holds only what exists, and its path says how many. The levels between are computed.

mod bundle;
mod coordinates;
mod place;
mod set;

pub use bundle::{BundleError, add_entry, entries};
pub use coordinates::{TILE_WIDTH, Tile, TileKind, TilePathError};
pub use place::{NodePlace, TileError, tile_bytes, tile_hash};
pub use set::{tiles_between, tiles_of};

#[cfg(test)]
mod tests;
