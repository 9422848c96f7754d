//! A log in memory: entries that say nothing, each thousandth a STATE.

use std::fs;
use std::path::Path;

use budstikke_keys::secret::SecretKey;
use budstikke_protocol::log::checkpoint::{Checkpoint, SignedCheckpoint};
use budstikke_protocol::log::commitment::Commitment;
use budstikke_protocol::log::entry::{Entry, State};
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::tile::{TileKind, add_entry, tile_bytes, tiles_of};
use budstikke_protocol::log::tree::{Frontier, TreeHash, TreeHead};
use zeroize::Zeroizing;

use crate::publisher::random_bytes;

/// Entries from one STATE to the next.
pub(crate) const APART: u64 = 1000;

/// When the first STATE was made, as it says: 2026-11-22.
const BEGAN_MS: u64 = 1_795_305_600_000;

/// So many entries: commitments without a pattern, each thousandth entry a STATE.
pub(crate) fn entries(count: u64) -> Vec<Entry> {
    let mut bytes = random_bytes(1).flatten();
    let mut commitment = move || {
        let mut commitment = [0; 32];
        commitment.iter_mut().zip(&mut bytes).for_each(|(place, byte)| *place = byte);
        Commitment::from_bytes(commitment)
    };
    let entry = |number: u64| {
        if number.is_multiple_of(APART) {
            let records = number - number / APART;
            Entry::State(State::without_index(BEGAN_MS + number, records))
        } else {
            Entry::Record(commitment())
        }
    };
    (1..=count).map(entry).collect()
}

/// Whose log it is.
pub(crate) fn origin() -> Origin {
    "federation/974760673".parse().unwrap()
}

/// The key of the log.
pub(crate) fn key() -> SecretKey {
    SecretKey::from_seed(Zeroizing::new([3; 32]))
}

/// A head of the log as its key signs it.
pub(crate) fn signed(head: TreeHead) -> SignedCheckpoint {
    Checkpoint { origin: origin(), head }.sign(&key())
}

/// Writes the export of a log of these entries, as C2SP `tlog-tiles` names its files.
pub(crate) fn export(entries: &[Entry], folder: &Path) {
    let (mut frontier, mut levels) = (Frontier::default(), Vec::<Vec<TreeHash>>::new());
    for entry in entries {
        let note = |level: u8, _: u64, hash: &TreeHash| {
            if level.is_multiple_of(8) {
                let level = usize::from(level / 8);
                levels.resize_with(levels.len().max(level + 1), Vec::new);
                levels[level].push(*hash);
            }
        };
        frontier.append_each(entry.leaf_hash(), note).unwrap();
    }
    for tile in tiles_of(frontier.size()) {
        let from = usize::try_from(tile.index() * 256).unwrap();
        let covered = from..from + usize::from(tile.width());
        let bytes = match tile.kind() {
            TileKind::Hashes(level) => tile_bytes(&levels[usize::from(level)][covered]),
            TileKind::Entries => {
                let mut bytes = Vec::new();
                for entry in &entries[covered] {
                    add_entry(&mut bytes, entry.to_bytes().as_bytes()).unwrap();
                }
                bytes
            }
        };
        let path = folder.join(tile.to_string());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    fs::write(folder.join("checkpoint"), signed(frontier.head()).note().to_string()).unwrap();
}
