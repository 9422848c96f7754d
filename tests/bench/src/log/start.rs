//! The start of a node whose log has ten million entries.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Instant;

use super::statements::{Batch, ENTRIES, read_back};
use crate::finding::Finding;
use crate::homes::LargeHome;
use crate::publish::signer;
use crate::publisher::{Publisher, runtime};
use crate::rounds::rounds;
use crate::setting::Setting;

/// What an entry takes at most while its home is made, with room to spare.
const BYTES_EACH: u64 = 1000;

/// Threads that sign, and batches that wait for the store.
const SIGNERS: usize = 2;
const BATCHES_WAITING: usize = 8;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let count = setting.least(10_000_000, 10_000);
    let name = format!("entries-{count}");
    let mut large = LargeHome::kept(setting, (&name, count), BYTES_EACH, |publisher| {
        fill(publisher, count / ENTRIES);
    });
    let [cold, warm, resident] = rounds("log-start", setting.rounds(5), || {
        large.forget();
        let ((cold, _), (warm, most)) = (large.time_start(), large.time_start());
        [cold, warm, most]
    });
    vec![
        Finding::new(format!("ready with {count} entries"), "s", warm).at_most(3.0),
        Finding::new("the same, nothing of them in the kernel's memory", "s", cold).at_most(3.0),
        Finding::new("most resident memory until then", "MiB", resident).at_most(250.0),
    ]
}

/// Commits so many batches, which are signed meanwhile. Nobody verifies a statement that is in the store, so it does not
/// matter whose key that is.
fn fill(publisher: &Arc<Publisher>, count: usize) {
    let (sender, batches) = sync_channel(BATCHES_WAITING);
    thread::scope(|scope| {
        for _ in 0..SIGNERS {
            let sender = sender.clone();
            scope.spawn(move || {
                let signer = signer();
                while sender.send(Batch::sign(&signer)).is_ok() {}
            });
        }
        let began = Instant::now();
        runtime().block_on(async {
            for (nth, batch) in batches.iter().take(count).enumerate() {
                batch.commit(publisher).await;
                if nth.is_multiple_of(count.div_ceil(20)) {
                    let seconds = began.elapsed().as_secs();
                    eprintln!("making a log: {nth} of {count} thousand entries, {seconds} s");
                }
            }
            read_back(publisher).await;
        });
        drop(batches);
    });
}
