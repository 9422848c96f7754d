//! An edge that is put together from tiles is the one that grew.

use budstikke_protocol::log::commitment::Commitment;
use budstikke_protocol::log::entry::{Entry, EntryBytes};
use budstikke_protocol::log::tile::{Tile, TileKind, entries};
use budstikke_protocol::log::tree::{Frontier, TreeHash};

use super::{Edge, FullTile, root_of_tile};

fn entry(number: u64) -> Entry {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Entry::Record(Commitment::from_bytes(bytes))
}

fn grown(size: u64) -> (Edge, Vec<FullTile>) {
    let (mut edge, mut full) = (Edge::default(), Vec::new());
    for number in 0..size {
        edge.append(&entry(number), &mut full).unwrap();
    }
    (edge, full)
}

#[test]
fn its_root_is_that_of_the_tree() {
    let (mut edge, mut frontier, mut full) = (Edge::default(), Frontier::default(), Vec::new());
    for number in 0..600 {
        assert_eq!(edge.head(), frontier.head());
        edge.append(&entry(number), &mut full).unwrap();
        frontier.append(entry(number).leaf_hash()).unwrap();
    }
    assert_eq!((edge.records(), full.len()), (600, 4));
}

#[test]
fn what_is_full_goes_out_once_and_leads_to_the_level_above() {
    let (edge, full) = grown(65_536 + 300);
    let of = |level| full.iter().filter(move |full| full.tile.kind() == TileKind::Hashes(level));
    assert_eq!((of(0).count(), of(1).count()), (257, 1));
    let roots = of(0).flat_map(|full| *root_of_tile(&full.bytes).unwrap().as_bytes());
    let roots: Vec<u8> = roots.collect();
    assert_eq!(roots[..8192], of(1).next().unwrap().bytes);
    let partial = Tile::new(TileKind::Hashes(1), 1, 1).unwrap();
    assert_eq!(roots[8192..], edge.tile(partial).unwrap());
    let bundles: Vec<_> =
        full.iter().filter(|full| full.tile.kind() == TileKind::Entries).collect();
    assert_eq!(bundles.len(), 257);
    let first = entries(&bundles[1].bytes, 256).unwrap()[0];
    assert_eq!(first, entry(256).to_bytes().as_bytes());
}

#[test]
fn it_goes_on_from_tiles_and_entries() {
    for size in [0, 1, 255, 256, 257, 511, 70_000] {
        let (edge, full) = grown(size);
        let bundle: Vec<EntryBytes> =
            (size & !0xff..size).map(|number| entry(number).to_bytes()).collect();
        let roots = |level| {
            let of_level = |full: &&FullTile| full.tile.kind() == TileKind::Hashes(level);
            let roots = full.iter().filter(of_level).map(|full| root_of_tile(&full.bytes).unwrap());
            let roots: Vec<TreeHash> = roots.collect();
            roots[roots.len() & !0xff..].to_vec()
        };
        let restored = Edge::restore(size, vec![roots(0), roots(1)], bundle).unwrap();
        assert_eq!(restored.head(), edge.head(), "{size}");
        assert_eq!(restored.frontier(), edge.frontier(), "{size}");
    }
}

#[test]
fn a_tile_is_as_wide_as_asked_for_or_not_there() {
    let (edge, _) = grown(300);
    let tile = |kind, index, width| edge.tile(Tile::new(kind, index, width).unwrap());
    assert_eq!(tile(TileKind::Hashes(0), 1, 44).unwrap().len(), 44 * 32);
    assert_eq!(tile(TileKind::Hashes(0), 1, 3).unwrap().len(), 3 * 32);
    assert_eq!(tile(TileKind::Hashes(0), 1, 45), None);
    assert_eq!(tile(TileKind::Hashes(0), 0, 44), None, "it is full");
    assert_eq!(tile(TileKind::Hashes(1), 0, 1).unwrap().len(), 32);
    assert_eq!(tile(TileKind::Entries, 1, 2).unwrap().len(), 2 * 35);
}
