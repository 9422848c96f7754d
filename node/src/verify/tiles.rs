//! The tiles and entries of an export: every hash is computed anew from the entries.

use std::path::Path;

use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::tile::{Tile, TileKind, entries, tile_bytes, tiles_of};
use budstikke_protocol::log::tree::{Frontier, TreeHash, TreeHead};

use super::checks::{Checks, Failed};
use crate::index_export::read;

/// Checks that the entries of the folder lead to `head`, that the tiles are those of the entries, and that the entries follow the
/// rules of a log of records.
pub(super) fn verify(
    checks: &mut Checks,
    folder: &Path,
    head: &TreeHead,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), Failed> {
    let mut walk = Walk { folder, size: head.size, levels: Vec::new(), rules: Rules::default() };
    let root = walk.run(progress).and_then(|root| {
        if root == head.root {
            Ok(((), format!("{} entries lead to the root", head.size)))
        } else {
            Err(format!("the entries lead to another root, {root}"))
        }
    });
    checks.note("entries", root)?;
    checks.note("tiles", walk.tiles())?;
    checks.note("rules", walk.rules.finish())
}

struct Walk<'a> {
    folder: &'a Path,
    size: u64,
    /// By level of tiles, all hashes of complete subtrees.
    levels: Vec<Vec<TreeHash>>,
    rules: Rules,
}

impl Walk<'_> {
    /// Reads the entries and gives their root.
    fn run(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<TreeHash, String> {
        let mut frontier = Frontier::default();
        for tile in tiles_of(self.size).filter(|tile| tile.kind() == TileKind::Entries) {
            let bytes = read(self.folder, &tile.to_string())?;
            let bundle =
                entries(&bytes, tile.width()).map_err(|error| format!("{tile}: {error}"))?;
            for entry in bundle {
                let index = frontier.size();
                let entry =
                    Entry::parse(entry).map_err(|error| format!("entry {index}: {error}"))?;
                self.rules.next(index, &entry)?;
                let appended = frontier.append_each(entry.leaf_hash(), |level, _, hash| {
                    note(&mut self.levels, level, *hash);
                });
                appended.map_err(|error| error.to_string())?;
            }
            progress(frontier.size(), self.size);
        }
        Ok(frontier.root())
    }

    /// Compares each tile with what follows from the entries.
    fn tiles(&self) -> Result<((), String), String> {
        let mut count: u64 = 0;
        for tile in tiles_of(self.size) {
            let TileKind::Hashes(level) = tile.kind() else { continue };
            if self.computed(tile, level) != read(self.folder, &tile.to_string())? {
                return Err(format!("{tile} is not that of the entries"));
            }
            count = count.saturating_add(1);
        }
        Ok(((), format!("{count} are those of the entries")))
    }

    fn computed(&self, tile: Tile, level: u8) -> Vec<u8> {
        let from = usize::try_from(tile.index().saturating_mul(256)).unwrap_or(usize::MAX);
        let end = from.saturating_add(usize::from(tile.width()));
        let hashes = self.levels.get(usize::from(level)).and_then(|level| level.get(from..end));
        tile_bytes(hashes.unwrap_or_default())
    }
}

/// Notes the hash of a complete subtree, when it is one that tiles hold.
fn note(levels: &mut Vec<Vec<TreeHash>>, level: u8, hash: TreeHash) {
    if !level.is_multiple_of(8) {
        return;
    }
    match levels.get_mut(usize::from(level.div_euclid(8))) {
        Some(level) => level.push(hash),
        None => levels.push(vec![hash]),
    }
}

/// What holds of the entries of a log of records.
#[derive(Debug, Default)]
struct Rules {
    records: u64,
    erasures: u64,
    states: u64,
    is_state_last: bool,
}

impl Rules {
    fn next(&mut self, index: u64, entry: &Entry) -> Result<(), String> {
        self.is_state_last = false;
        match entry {
            Entry::Record(_) => self.records = self.records.saturating_add(1),
            Entry::Erase(_) => self.erasures = self.erasures.saturating_add(1),
            Entry::State(state) if state.record_count == self.records => {
                self.states = self.states.saturating_add(1);
                self.is_state_last = true;
            }
            Entry::State(state) => {
                let (said, are) = (state.record_count, self.records);
                return Err(format!(
                    "entry {index} says that {said} records stand before it, not {are}"
                ));
            }
            Entry::Predecessor(_) if index == 0 => {}
            Entry::Predecessor(_) => return Err(format!("entry {index} names another log")),
            Entry::Ticket(_) => return Err(format!("entry {index} belongs to a log of accesses")),
        }
        Ok(())
    }

    fn finish(&self) -> Result<((), String), String> {
        let Self { records, erasures, states, is_state_last } = self;
        if *is_state_last {
            Ok((
                (),
                format!(
                    "{records} records, {erasures} erasures, {states} states, a state at the end"
                ),
            ))
        } else {
            Err("the last entry is no state".to_owned())
        }
    }
}
