//! Which tile: its coordinates, and the path that names it.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::log::lines::number;
use crate::log::tree::Subtree;

/// How many hashes a full tile has, and how many entries a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// The highest level of a tile: 256^8 leaves are more than a tree has.
const LEVEL_MAX: u8 = 7;

/// No path of a tile is longer.
const PATH_BYTES_MAX: usize = 64;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// The entries themselves.
    Entries,
    /// Hashes of complete subtrees of 256^`level` leaves, 0 to 7.
    Hashes(u8),
}

/// A tile: what it holds, which of its kind, and how many of what it holds. Text: the path, `tile/0/x001/234.p/7`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    kind: TileKind,
    index: u64,
    width: u16,
}

/// The text is the path of no tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the path names no tile")]
pub struct TilePathError;

impl Tile {
    /// A tile that some tree has; none with more than 256 or no hashes, and none beyond the largest tree.
    pub fn new(kind: TileKind, index: u64, width: u16) -> Option<Self> {
        let tile = Self { kind, index, width };
        (width <= TILE_WIDTH && tile.end().is_some()).then_some(tile)
    }

    /// The entry behind the last one that it says anything of; none when it is no tile of any tree.
    fn end(self) -> Option<u64> {
        let level = match self.kind {
            TileKind::Entries => 0,
            TileKind::Hashes(level) => level,
        };
        let last = self
            .index
            .checked_mul(u64::from(TILE_WIDTH))?
            .checked_add(u64::from(self.width.checked_sub(1)?))?;
        let level = level.checked_mul(8).filter(|_| level <= LEVEL_MAX)?;
        Subtree { level, index: last }.end()
    }

    /// What it holds.
    pub fn kind(self) -> TileKind {
        self.kind
    }

    /// Which of its kind and level, from the left.
    pub fn index(self) -> u64 {
        self.index
    }

    /// How many hashes or entries it holds, 1 to 256.
    pub fn width(self) -> u16 {
        self.width
    }

    /// Whether it will never grow.
    pub fn is_full(self) -> bool {
        self.width == TILE_WIDTH
    }

    /// How many entries a tree has at the least that has this tile so wide.
    pub fn entries_below(self) -> u64 {
        // There is no tile without an end.
        self.end().unwrap_or(u64::MAX)
    }

    /// The same tile when it is full; none when no tree is so large.
    pub fn full(self) -> Option<Self> {
        Self::new(self.kind, self.index, TILE_WIDTH)
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Entries => f.write_str("tile/entries/")?,
            TileKind::Hashes(level) => write!(f, "tile/{level}/")?,
        }
        write!(f, "{}", Grouped(self.index))?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

impl fmt::Debug for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tile({self})")
    }
}

/// A number in groups of three digits, each but the last behind an `x`.
struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, last) = (self.0.div_euclid(1000), self.0.rem_euclid(1000));
        if before > 0 {
            write_before(before, f)?;
        }
        write!(f, "{last:03}")
    }
}

fn write_before(number: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (before, last) = (number.div_euclid(1000), number.rem_euclid(1000));
    if before > 0 {
        write_before(before, f)?;
    }
    write!(f, "x{last:03}/")
}

impl FromStr for Tile {
    type Err = TilePathError;

    fn from_str(path: &str) -> Result<Self, TilePathError> {
        let tile = read(path).ok_or(TilePathError)?;
        // One tile has one path.
        if tile.to_string() == path { Ok(tile) } else { Err(TilePathError) }
    }
}

fn read(path: &str) -> Option<Tile> {
    if path.len() > PATH_BYTES_MAX {
        return None;
    }
    let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let kind = match kind {
        "entries" => TileKind::Entries,
        level => TileKind::Hashes(level.parse().ok()?),
    };
    let (groups, width) = match rest.split_once(".p/") {
        Some((groups, width)) => (groups, width.parse().ok().filter(|width| *width < TILE_WIDTH)?),
        None => (rest, TILE_WIDTH),
    };
    let digits: String = groups.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    let index = if digits.is_empty() { 0 } else { number(digits)? };
    Tile::new(kind, index, width)
}
