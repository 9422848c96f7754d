//! An exported log: a folder with the checkpoint, the tiles and the bundles, as the core lays them out.

use std::fs;
use std::path::Path;

use budstikke_protocol::log::checkpoint::{Checkpoint, SignedCheckpoint};
use budstikke_protocol::log::tile::{Tile, TileKind, add_entry, tiles_of};
use budstikke_protocol::log::tree::{TreeHead, root_of};

use crate::cast;
use crate::formats::log::sample::{LOG, ORIGIN, WITNESS, WITNESS_NAME};
use crate::leaves::{InMemory, entry, leaves};

/// Writes the log by rule with `size` entries into `folder`, cosigned by the witness of the vectors.
pub fn write(folder: &Path, size: usize) {
    let nodes = InMemory::of(&leaves(size));
    let size = u64::try_from(size).unwrap();
    for tile in tiles_of(size) {
        let file = folder.join(tile.to_string());
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes(&nodes, tile)).unwrap();
    }
    let head = TreeHead { size, root: root_of(&nodes, size).unwrap() };
    fs::write(folder.join("checkpoint"), cosigned(head).note().to_string()).unwrap();
}

/// What a tile of the log by rule holds.
pub fn bytes(nodes: &InMemory, tile: Tile) -> Vec<u8> {
    let first = usize::try_from(tile.index() * 256).unwrap();
    let places = first..first + usize::from(tile.width());
    match tile.kind() {
        TileKind::Entries => {
            let mut bundle = Vec::new();
            places.for_each(|place| add_entry(&mut bundle, &entry(place)).unwrap());
            bundle
        }
        TileKind::Hashes(level) => {
            let hashes = &nodes.level(usize::from(level) * 8)[places];
            hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
        }
    }
}

fn cosigned(head: TreeHead) -> SignedCheckpoint {
    let mut checkpoint = Checkpoint { origin: ORIGIN.parse().unwrap(), head }.sign(&cast::key(LOG));
    let time = cast::time(cast::NOW);
    let line = checkpoint.cosign(WITNESS_NAME.parse().unwrap(), &cast::key(WITNESS), time);
    let witness = crate::formats::log::sample::witness_vkey().parse().unwrap();
    checkpoint.add(line, &witness).unwrap();
    checkpoint
}
