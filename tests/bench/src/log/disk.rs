//! Bytes on the disk for each record of the log: what a store has that logs, and one that does not has not.

use std::fs;
use std::iter::once;
use std::path::Path;
use std::sync::Arc;

use budstikke::clock;

use super::publish::publisher;
use super::statements::read_back;
use crate::disk::occupied;
use crate::finding::Finding;
use crate::publisher::{Publisher, runtime};
use crate::sample::Sample;
use crate::setting::Setting;

/// More publishers at once than any site has: the groups are large and the store is soon filled.
const PUBLISHERS: usize = 256;

/// Documents that say nothing: what is measured does not depend on them.
const DOCUMENT: [u8; 100] = [0x2e; 100];

/// Bytes of journal, tiles and tables.
type Bytes = [f64; 3];

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let count = setting.least(40_000, 500);
    let mut findings = Vec::new();
    for (apart, bar) in [(1000, 250.0), (1, 450.0)] {
        // How full the pages of the index are depends on how many documents come at a time, so both are filled in the same way.
        let without = kept(count, apart, Publisher::without_log);
        let with = kept(count, apart, |publisher| publisher);
        let more = |part: usize| (with[part] - without[part]) / count as f64;
        let finding = |what: &str, bytes: f64| {
            let values: Sample = once(bytes).collect();
            Finding::new(format!("{what}, {apart} records a checkpoint"), "bytes", values)
        };
        let parts = [0, 1, 2].map(more);
        let record: f64 = parts.iter().sum();
        // The STATE that ends a checkpoint is an entry too, and the longest.
        let apart = apart as f64;
        findings.push(finding("an entry", record * apart / (apart + 1.0)).at_most(bar));
        findings.push(finding("a record", record));
        for (name, bytes) in ["journal", "tiles", "tables"].into_iter().zip(parts) {
            findings.push(finding(&format!("of which {name}"), bytes));
        }
    }
    findings
}

/// Publishes so many documents with so many from one head to the next, and says what there is then.
fn kept(count: usize, apart: usize, log: impl FnOnce(Publisher) -> Publisher) -> Bytes {
    let folder = tempfile::tempdir().unwrap();
    let (home, apart) = (folder.path(), apart.min(count));
    let publisher = Arc::new(log(publisher(home)));
    let documents = Arc::new(vec![DOCUMENT.to_vec(); apart]);
    runtime().block_on(async {
        let is_logged = publisher.store.log().stopped().is_none();
        for _ in 0..count / apart {
            publisher.publish_all(&documents, PUBLISHERS.min(apart)).await;
            if is_logged {
                publisher.store.log().checkpoint(clock::unix_milliseconds()).await.unwrap();
            }
        }
        if is_logged {
            read_back(&publisher).await;
        }
        publisher.store.clone().close().await.unwrap();
    });
    // The last full tiles are written when it ends.
    drop(publisher);
    let tiles = home.join("tiles");
    let tiles = if tiles.exists() { occupied(&tiles) } else { 0.0 };
    [length(&home.join("journal")), tiles, occupied(&home.join("db"))]
}

/// The bytes of the files in a folder.
fn length(folder: &Path) -> f64 {
    let files = fs::read_dir(folder).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len() as f64).sum()
}
