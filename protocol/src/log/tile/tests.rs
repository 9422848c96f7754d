//! Laws of tiles.

use super::*;
use crate::log::tests::Memory;
use crate::log::tree::{Nodes, SIZE_END, Subtree};

fn hashes(level: u8, index: u64, width: u16) -> Tile {
    Tile::new(TileKind::Hashes(level), index, width).unwrap()
}

fn bundle(index: u64, width: u16) -> Tile {
    Tile::new(TileKind::Entries, index, width).unwrap()
}

#[test]
fn a_tile_has_one_path() {
    let check = |tile: Tile, path: &str| {
        assert_eq!(tile.to_string(), path);
        assert_eq!(path.parse(), Ok(tile), "{path}");
    };
    check(hashes(0, 0, 256), "tile/0/000");
    check(hashes(0, 0, 1), "tile/0/000.p/1");
    check(hashes(1, 999, 255), "tile/1/999.p/255");
    check(hashes(0, 1_000, 256), "tile/0/x001/000");
    check(hashes(0, 1_234_067, 256), "tile/0/x001/x234/067");
    check(hashes(0, 1_234_067, 17), "tile/0/x001/x234/067.p/17");
    check(hashes(7, 0, 127), "tile/7/000.p/127");
    check(bundle(5, 256), "tile/entries/005");
    check(bundle(1_000_000, 3), "tile/entries/x001/x000/000.p/3");
    check(bundle((1 << 55) - 1, 255), "tile/entries/x036/x028/x797/x018/x963/967.p/255");
}

#[test]
fn what_names_no_tile_is_refused() {
    for path in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/1000",
        "tile/0/x000/001",
        "tile/0/x001",
        "tile/0/x001/x000",
        "tile/0/001/000",
        "tile/0/X001/000",
        "tile/0/x001//000",
        "tile/0/001/",
        "/tile/0/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/01",
        "tile/0/001.p/+1",
        "tile/0/001.p/",
        "tile/0/001.p/1/2",
        "tile/0/001.q/1",
        "tile/00/001",
        "tile/+1/001",
        "tile/8/000",
        "tile/63/000",
        "tile/7/000",
        "tile/7/000.p/128",
        "tile/entries/x036/x028/x797/x018/x963/967",
        "tile/entry/000",
        "tile/data/000",
        "tile/0/../000",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/999",
    ] {
        assert_eq!(path.parse::<Tile>(), Err(TilePathError), "{path:?}");
    }
}

#[test]
fn a_tree_has_its_tiles() {
    let check = |old: u64, new: u64, expected: &[&str]| {
        let paths: Vec<_> = tiles_between(old, new).map(|tile| tile.to_string()).collect();
        assert_eq!(paths, expected, "{old} to {new}");
    };
    check(0, 0, &[]);
    check(0, 1, &["tile/entries/000.p/1", "tile/0/000.p/1"]);
    check(0, 256, &["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]);
    check(
        0,
        257,
        &[
            "tile/entries/000",
            "tile/entries/001.p/1",
            "tile/0/000",
            "tile/0/001.p/1",
            "tile/1/000.p/1",
        ],
    );
    check(256, 257, &["tile/entries/001.p/1", "tile/0/001.p/1"]);
    check(
        255,
        257,
        &[
            "tile/entries/000",
            "tile/entries/001.p/1",
            "tile/0/000",
            "tile/0/001.p/1",
            "tile/1/000.p/1",
        ],
    );
    check(257, 257, &[]);
    check(300, 257, &[]);
    check(70_000, 70_001, &["tile/entries/273.p/113", "tile/0/273.p/113"]);
    assert_eq!(tiles_of(65_536).last(), Some(hashes(2, 0, 1)));
    assert_eq!(tiles_of(65_536).count(), 256 + 256 + 1 + 1);
    // Beyond the largest tree there is nothing, and nothing runs over.
    assert_eq!(tiles_between(u64::MAX - 1, u64::MAX).count(), 0);
}

/// The bytes of a tile of hashes, of a tree that has them all.
fn bytes(tree: &Memory, tile: Tile) -> Vec<u8> {
    let TileKind::Hashes(level) = tile.kind() else { panic!("{tile} holds entries") };
    let hash = |index| tree.node(level.strict_mul(8), index).unwrap();
    let indexes = (tile.index().strict_mul(256)..).take(usize::from(tile.width()));
    indexes.flat_map(|index| *hash(index).as_bytes()).collect()
}

#[test]
fn every_subtree_follows_from_one_tile() {
    let size = 66_100;
    let tree = Memory::of(size);
    for level in 0..17 {
        let count = size >> level;
        for index in [0, 1, 2, 3, count / 2, count.saturating_sub(2), count.saturating_sub(1)] {
            if index >= count {
                continue;
            }
            let place = NodePlace::of(Subtree { level, index }, size).unwrap();
            assert!(tiles_of(size).any(|tile| tile == place.tile()), "{level} {index}: {place:?}");
            let expected = tree.node(level, index);
            assert_eq!(
                place.hash(&bytes(&tree, place.tile())),
                Ok(expected.unwrap()),
                "{level} {index}"
            );
        }
        assert_eq!(NodePlace::of(Subtree { level, index: count }, size), None);
    }
    for (level, index) in [(17, 0), (62, 0), (63, 0), (255, 0), (0, u64::MAX)] {
        assert_eq!(NodePlace::of(Subtree { level, index }, size), None);
    }
    assert_eq!(NodePlace::of(Subtree { level: 0, index: 0 }, SIZE_END), None);
    assert!(NodePlace::of(Subtree { level: 62, index: 0 }, SIZE_END - 1).is_some());
}

#[test]
fn a_tile_that_has_grown_serves_as_well() {
    let tree = Memory::of(300);
    let place = NodePlace::of(Subtree { level: 2, index: 1 }, 10).unwrap();
    assert_eq!(place.tile(), hashes(0, 0, 10));
    let expected = tree.node(2, 1).unwrap();
    assert_eq!(place.hash(&bytes(&tree, hashes(0, 0, 10))), Ok(expected));
    assert_eq!(place.hash(&bytes(&tree, place.tile().full().unwrap())), Ok(expected));
}

#[test]
fn bytes_of_another_length_are_no_tile() {
    let place = NodePlace::of(Subtree { level: 2, index: 1 }, 10).unwrap();
    let check = |length: usize, is_tile: bool| {
        assert_eq!(place.hash(&vec![7; length]).is_ok(), is_tile, "{length} bytes");
    };
    check(8 * 32, true);
    check(256 * 32, true);
    check(0, false);
    check(7 * 32, false);
    check(8 * 32 - 1, false);
    check(8 * 32 + 1, false);
    check(257 * 32, false);
}

#[test]
fn a_full_tile_stands_in_the_tile_above() {
    let tree = Memory::of(600);
    let above = bytes(&tree, hashes(1, 0, 2));
    for (index, expected) in (0..).zip(above.chunks(32)) {
        let below = bytes(&tree, hashes(0, index, 256));
        assert_eq!(tile_hash(&below).unwrap().as_bytes(), expected);
        assert_eq!(tile_hash(&below[32..]), Err(TileError));
        assert_eq!(tile_hash(&[below.as_slice(), &[0; 32]].concat()), Err(TileError));
        assert_eq!(tile_hash(&[below.as_slice(), &[0]].concat()), Err(TileError));
    }
}

#[test]
fn a_bundle_is_its_entries() {
    let mut bytes = Vec::new();
    for entry in [b"one".as_slice(), b"", b"three"] {
        add_entry(&mut bytes, entry).unwrap();
    }
    assert_eq!(bytes, b"\0\x03one\0\0\0\x05three");
    let check = |bytes: &[u8], width: u16, expected: Result<Vec<&[u8]>, BundleError>| {
        assert_eq!(entries(bytes, width), expected);
    };
    check(&bytes, 3, Ok(vec![b"one", b"", b"three"]));
    check(&bytes, 2, Err(BundleError::Trailing));
    check(&bytes, 4, Err(BundleError::Short));
    check(&bytes[..bytes.len() - 1], 3, Err(BundleError::Short));
    check(&[bytes.as_slice(), &[0]].concat(), 3, Err(BundleError::Trailing));
    check(&[0], 1, Err(BundleError::Short));
    check(&[], 0, Ok(vec![]));
}

#[test]
fn an_entry_of_a_bundle_is_bounded() {
    let mut bytes = Vec::new();
    assert_eq!(add_entry(&mut bytes, &vec![0; 65_536]), Err(BundleError::EntryTooLong));
    assert_eq!(bytes, b"");
    assert_eq!(add_entry(&mut bytes, &vec![0; 65_535]), Ok(()));
    assert_eq!(entries(&bytes, 1).unwrap()[0].len(), 65_535);
}
