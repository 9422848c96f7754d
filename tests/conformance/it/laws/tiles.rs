//! Tiles hold the tree, for every size to 200 and beside the edges beyond: each hash is found again where its place says.

use std::collections::BTreeMap;

use budstikke_conformance::export;
use budstikke_conformance::leaves::{InMemory, leaves};
use budstikke_protocol::log::tile::{NodePlace, Tile, entries, tiles_between, tiles_of};
use budstikke_protocol::log::tree::{Nodes as _, Subtree};
use proptest::prelude::*;

/// All to 200, and those beside the edges of tiles.
fn sizes() -> impl Iterator<Item = usize> {
    (0..=200).chain([255, 256, 257, 511, 512, 513, 1000])
}

fn number(n: usize) -> u64 {
    u64::try_from(n).unwrap()
}

/// The files of a log by rule.
fn files(nodes: &InMemory, size: usize) -> BTreeMap<Tile, Vec<u8>> {
    tiles_of(number(size)).map(|tile| (tile, export::bytes(nodes, tile))).collect()
}

#[test]
fn every_complete_subtree_is_found_in_the_tiles() {
    for size in sizes() {
        let nodes = InMemory::of(&leaves(size));
        let files = files(&nodes, size);
        for level in 0..10_u8 {
            for index in 0..number(size) >> level {
                let place = NodePlace::of(Subtree { level, index }, number(size)).unwrap();
                let hash = place.hash(&files[&place.tile()]).unwrap();
                assert_eq!(Ok(hash), nodes.node(level, index));
            }
            let beyond = Subtree { level, index: number(size) >> level };
            assert_eq!(NodePlace::of(beyond, number(size)), None);
        }
    }
}

#[test]
fn bundles_hold_every_entry_once_and_in_order() {
    for size in sizes() {
        let nodes = InMemory::of(&leaves(size));
        let bundles = files(&nodes, size)
            .into_iter()
            .filter(|(tile, _)| tile.to_string().contains("entries"));
        let mut found = Vec::new();
        for (tile, bytes) in bundles {
            found.extend(entries(&bytes, tile.width()).unwrap().into_iter().map(<[u8]>::to_vec));
        }
        assert_eq!(found, (0..size).map(budstikke_conformance::leaves::entry).collect::<Vec<_>>());
    }
}

#[test]
fn what_is_new_between_two_sizes_completes_what_was_there() {
    for (old, new) in sizes().zip(sizes().skip(1)).chain([(3, 1000), (200, 513), (256, 512)]) {
        let nodes = InMemory::of(&leaves(new));
        let mut kept = files(&InMemory::of(&leaves(old)), old);
        for tile in tiles_between(number(old), number(new)) {
            assert_eq!(kept.insert(tile, export::bytes(&nodes, tile)), None);
        }
        for (tile, bytes) in files(&nodes, new) {
            assert_eq!(kept.get(&tile), Some(&bytes), "{tile} between {old} and {new}");
        }
    }
}

proptest! {
    #[test]
    fn paths_of_tiles_read_back(size in 1..1_u64 << 63, pick in any::<prop::sample::Index>()) {
        // Far fewer than there are, from the right edge, where names are long.
        let near: Vec<_> = tiles_between(size.saturating_sub(1000), size).collect();
        let tile = near[pick.index(near.len())];
        prop_assert_eq!(tile.to_string().parse(), Ok(tile));
    }

    #[test]
    fn whatever_is_read_as_a_path_is_written_the_same(
        path in prop_oneof!["tile/(entries|[0-9]{1,2})/(x[0-9]{3}/){0,3}[0-9]{3}([.]p/[0-9]{1,3})?", "\\PC{0,40}"],
    ) {
        if let Ok(tile) = path.parse::<Tile>() {
            prop_assert_eq!(tile.to_string(), path);
        }
    }
}
