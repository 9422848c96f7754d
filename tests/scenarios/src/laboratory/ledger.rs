//! What was seen of the log of a site: every head, and the entries that its export holds.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::tile::{TileKind, entries, tiles_of};
use budstikke_protocol::log::tree::Frontier;
use serde_json::Value;

/// The heads that were seen of a log: the root by the size.
#[derive(Debug, Default)]
pub struct Ledger(BTreeMap<u64, String>);

impl Ledger {
    /// Notes the head that `index status` or an export shows, and gives its size; what is wrong with it when a head of that size
    /// had another root.
    pub fn saw(&mut self, shown: &Value) -> Result<Option<u64>, String> {
        let (Some(size), Some(root)) = (shown["size"].as_u64(), shown["root"].as_str()) else {
            return Ok(None);
        };
        let known = self.0.entry(size).or_insert_with(|| root.to_owned());
        if known == root {
            Ok(Some(size))
        } else {
            Err(format!("has signed two roots for {size} entries: {known} and {root}"))
        }
    }

    /// The largest head that was seen.
    pub fn size(&self) -> u64 {
        self.0.last_key_value().map_or(0, |(size, _)| *size)
    }

    /// Holds every head that was seen against the entries of an export of `size` of them.
    pub fn compare(&self, export: &Path, size: u64) -> Result<(), String> {
        let mut frontier = Frontier::default();
        for tile in tiles_of(size).filter(|tile| tile.kind() == TileKind::Entries) {
            let bytes = fs::read(export.join(tile.to_string())).unwrap();
            for entry in entries(&bytes, tile.width()).map_err(|error| error.to_string())? {
                let entry = Entry::parse(entry).map_err(|error| error.to_string())?;
                frontier.append(entry.leaf_hash()).unwrap();
                let root = frontier.root().to_string();
                if self.0.get(&frontier.size()).is_some_and(|seen| *seen != root) {
                    return Err(format!("has rewritten the first {} entries", frontier.size()));
                }
            }
        }
        match self.0.range(size + 1..).next() {
            None => Ok(()),
            Some((seen, _)) => Err(format!("has {size} entries in its log and had {seen}")),
        }
    }
}
