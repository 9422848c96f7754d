//! `tile-path`: which tile a path names.

use budstikke_protocol::log::tile::{Tile, TileKind};
use serde::{Deserialize, Serialize};

use crate::vector::{Cases, Format, Written, refusal};

/// Paths of tiles.
pub struct TilePaths;

/// A path.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The path.
    pub path: String,
}

/// The tile that it names.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The level of its hashes; nothing for entries.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub level: Option<u8>,
    /// Which of its level.
    pub index: u64,
    /// How many hashes or entries it has.
    pub width: u16,
}

impl Format for TilePaths {
    const NAME: &'static str = "tile-path";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let tile: Tile = input.path.parse().map_err(|error| refusal(&error))?;
        assert_eq!(tile.to_string(), input.path);
        let level = match tile.kind() {
            TileKind::Entries => None,
            TileKind::Hashes(level) => Some(level),
        };
        Ok(Accepted { level, index: tile.index(), width: tile.width() })
    }
}

/// Paths that name a tile: name of the case, path, level, index, width.
const GOOD: [(&str, &str, Option<u8>, u64, u16); 10] = [
    ("first", "tile/0/000", Some(0), 0, 256),
    ("partial", "tile/0/000.p/1", Some(0), 0, 1),
    ("partial-255", "tile/0/001.p/255", Some(0), 1, 255),
    ("last-of-one-group", "tile/1/999", Some(1), 999, 256),
    ("two-groups", "tile/0/x001/000", Some(0), 1000, 256),
    ("three-groups", "tile/0/x001/x234/067", Some(0), 1_234_067, 256),
    ("zeros-in-the-middle", "tile/2/x001/x000/000.p/16", Some(2), 1_000_000, 16),
    ("highest-level", "tile/7/000.p/127", Some(7), 0, 127),
    ("entries", "tile/entries/x273/042", None, 273_042, 256),
    ("entries-partial", "tile/entries/273.p/112", None, 273, 112),
];

/// Paths that name none: name of the case, what it shows, path.
const BAD: [(&str, &str, &str); 27] = [
    ("empty", "nothing", ""),
    ("checkpoint", "a file of a log, but no tile", "checkpoint"),
    ("absolute", "no path begins with a slash", "/tile/0/000"),
    ("prefix", "nothing stands before the path", "log/tile/0/000"),
    ("trailing-slash", "nothing stands behind the path", "tile/0/000/"),
    ("no-number", "the number is missing", "tile/0"),
    ("one-digit", "a group has three digits", "tile/0/1"),
    ("four-digits", "a group has three digits", "tile/0/1234"),
    ("group-without-x", "each group but the last begins with x", "tile/0/001/234"),
    ("last-group-with-x", "the last group has no x", "tile/0/x001/x234"),
    ("leading-group", "there is no first group of zeros", "tile/0/x000/001"),
    ("capital-x", "the x is a small letter", "tile/0/X001/234"),
    ("double-slash", "no group is empty", "tile/0//001"),
    ("level-8", "no tree has a tile of level 8", "tile/8/000"),
    ("level-63", "no tree has a tile of level 63", "tile/63/000.p/1"),
    ("level-leading-zero", "numbers have no leading zeros", "tile/00/000"),
    ("level-plus", "numbers have no sign", "tile/+1/000"),
    ("level-minus", "there is no level below 0", "tile/-1/000"),
    ("height", "the height is not in the path", "tile/8/0/000"),
    ("data", "bundles are called entries", "tile/data/000"),
    ("width-0", "there are no empty tiles", "tile/0/000.p/0"),
    ("width-256", "a full tile has no width in its path", "tile/0/000.p/256"),
    ("width-leading-zero", "numbers have no leading zeros", "tile/0/000.p/01"),
    ("width-empty", "the width is missing", "tile/0/000.p/"),
    ("width-plus", "numbers have no sign", "tile/0/000.p/+1"),
    ("beyond-2-63", "no tree has so many entries", "tile/0/x036/x028/x797/x018/x963/968"),
    ("other-digits", "digits are those of ASCII", "tile/0/00\u{661}"),
];

impl Written for TilePaths {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (name, path, level, index, width) in GOOD {
            let input = Input { path: path.to_owned() };
            let result = Accepted { level, index, width };
            cases.accepted(&format!("good-{name}"), "a tile", input, result);
        }
        for (name, shows, path) in BAD {
            cases.refused(name, shows, Input { path: path.to_owned() }, "tile-path-error");
        }
        let last = Input { path: "tile/0/x036/x028/x797/x018/963/967".to_owned() };
        cases.refused(
            "group-late-without-x",
            "a group in the middle without x",
            last,
            "tile-path-error",
        );
        cases
    }
}
