//! A million entries through journal and tiles, beside hashing alone and as many syncs.

use std::fs::File;
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use super::hashing::Hashing;
use super::statements::{Batch, ENTRIES, read_back};
use crate::finding::Finding;
use crate::publish::{publisher, signer};
use crate::publisher::runtime;
use crate::rounds::rounds;
use crate::setting::Setting;

/// Bytes that an entry adds to what is kept for ever: itself behind its length, and its hash.
const ENTRY_BYTES: usize = 35 + 32;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let count = setting.least(1000, 2);
    let (batches, runtime) = (signed(count), runtime());
    let entries = (count * ENTRIES) as u64;
    let hashing = Hashing::of(entries, ENTRIES as u64);
    // All of them stay to the end: ext4 is slow to make files where many were removed just before.
    let (folder, mut round) = (tempfile::tempdir().unwrap(), 0);
    let [stored, lasting, hashed, syncs] = rounds("log-store", setting.rounds(3), || {
        round += 1;
        let publisher = publisher(&folder.path().join(round.to_string()));
        let began = Instant::now();
        let durable = runtime.block_on(async {
            for batch in &batches {
                batch.commit(&publisher).await;
            }
            let durable = began.elapsed();
            read_back(&publisher).await;
            durable
        });
        let stored = began.elapsed();
        assert_eq!(publisher.store.log().committed().unwrap(), entries);
        let syncs = usize::try_from(publisher.store.syncs()).unwrap();
        drop(publisher);
        let mut file = File::create(folder.path().join(format!("plain-{round}"))).unwrap();
        let bytes = vec![0x2e; count * ENTRIES * ENTRY_BYTES / syncs];
        let synced: Duration = (0..syncs).map(|_| sync(&mut file, &bytes)).sum();
        let hashed = hashing.time();
        let [stored, durable, bare] = [stored, durable, hashed + synced]
            .map(|time| time.as_secs_f64() * 1e6 / entries as f64);
        [stored, durable, bare, syncs as f64]
    });
    let what = |what: &str| format!("{entries} entries, 1 000 a commit with a head: {what}");
    let reference = "SHA-256 over the same leaves and nodes, and as many syncs of their bytes";
    vec![
        Finding::new(what("until all are read back and in tiles, each"), "us", stored)
            .beside(reference, &hashed)
            .at_most_times(1.5, 0.0),
        Finding::new(what("until all are durable, each"), "us", lasting).beside(reference, &hashed),
        Finding::new(what("syncs of the journal"), "", syncs),
    ]
}

/// Signs so many batches, on two threads.
fn signed(count: usize) -> Vec<Batch> {
    let sign = |count: usize| {
        let signer = signer();
        (0..count).map(|_| Batch::sign(&signer)).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let half = scope.spawn(move || sign(count / 2));
        let mut batches = sign(count - count / 2);
        batches.extend(half.join().unwrap());
        batches
    })
}

fn sync(file: &mut File, bytes: &[u8]) -> Duration {
    let began = Instant::now();
    file.write_all(bytes).unwrap();
    file.sync_data().unwrap();
    began.elapsed()
}
