//! Paths of tiles: a tile has one path.
#![no_main]

use budstikke_protocol::log::tile::Tile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(tile) = text.parse::<Tile>() {
        assert_eq!(tile.to_string(), text);
        assert!((1..=256).contains(&tile.width()));
    }
});
