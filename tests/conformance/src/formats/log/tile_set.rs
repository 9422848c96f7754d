//! `tile-set`: which tiles a log has, and which are new when it has grown.

use budstikke_protocol::log::tile::tiles_between;
use serde::{Deserialize, Serialize};

use crate::vector::{Cases, Format, Written};

/// Sets of tiles.
pub struct TileSets;

/// Two sizes of a log.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What it was; 0 for all tiles.
    pub old: u64,
    /// What it is.
    pub new: u64,
}

/// The tiles.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The paths of those that the log has at the new size and had not, or not as wide, at the old one.
    pub paths: Vec<String>,
}

impl Format for TileSets {
    const NAME: &'static str = "tile-set";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(Input { old, new }: Input) -> Result<Accepted, String> {
        let mut paths: Vec<_> = tiles_between(old, new).map(|tile| tile.to_string()).collect();
        paths.sort();
        Ok(Accepted { paths })
    }
}

/// Name, old size, new size, paths in the order of their bytes.
const CASES: [(&str, u64, u64, &[&str]); 12] = [
    ("empty", 0, 0, &[]),
    ("one", 0, 1, &["tile/0/000.p/1", "tile/entries/000.p/1"]),
    ("255", 0, 255, &["tile/0/000.p/255", "tile/entries/000.p/255"]),
    ("256", 0, 256, &["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]),
    (
        "257",
        0,
        257,
        &[
            "tile/0/000",
            "tile/0/001.p/1",
            "tile/1/000.p/1",
            "tile/entries/000",
            "tile/entries/001.p/1",
        ],
    ),
    ("same", 700, 700, &[]),
    ("one-more", 257, 258, &["tile/0/001.p/2", "tile/entries/001.p/2"]),
    ("one-more-from-255", 255, 256, &["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]),
    ("one-more-from-256", 256, 257, &["tile/0/001.p/1", "tile/entries/001.p/1"]),
    (
        "across",
        250,
        520,
        &[
            "tile/0/000",
            "tile/0/001",
            "tile/0/002.p/8",
            "tile/1/000.p/2",
            "tile/entries/000",
            "tile/entries/001",
            "tile/entries/002.p/8",
        ],
    ),
    (
        "second-level",
        65_535,
        65_536,
        &["tile/0/255", "tile/1/000", "tile/2/000.p/1", "tile/entries/255"],
    ),
    (
        "four-digits",
        255_999,
        256_001,
        &[
            "tile/0/999",
            "tile/0/x001/000.p/1",
            "tile/1/003.p/232",
            "tile/entries/999",
            "tile/entries/x001/000.p/1",
        ],
    ),
];

impl Written for TileSets {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (name, old, new, paths) in CASES {
            let paths = paths.iter().map(|&path| path.to_owned()).collect();
            cases.accepted(
                name,
                "in the order of their bytes",
                Input { old, new },
                Accepted { paths },
            );
        }
        cases
    }
}
