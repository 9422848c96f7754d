//! A million entries appended in memory as the writer does it, with a root at each thousandth, beside hashing alone.

use std::hint::black_box;
use std::time::Instant;

use budstikke_protocol::log::tree::Frontier;

use super::hashing::{self, Hashing};
use super::in_memory::{APART, entries};
use crate::finding::Finding;
use crate::rounds::rounds;
use crate::setting::Setting;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let count = setting.least(1_000_000, 20_000);
    let entries = entries(count as u64);
    let hashing = Hashing::of(count as u64, APART);
    let [appended, hashed] = rounds("log-append", setting.rounds(11), || {
        let (mut frontier, began) = (Frontier::default(), Instant::now());
        for entry in &entries {
            frontier.append(entry.leaf_hash()).unwrap();
            if frontier.size().is_multiple_of(APART) {
                black_box(frontier.root());
            }
        }
        [began.elapsed(), hashing.time()].map(|time| time.as_secs_f64() * 1000.0)
    });
    let what = format!("append {count} entries in memory, a root at each 1 000");
    vec![Finding::new(what, "ms", appended).beside(hashing::NAME, &hashed).at_most_times(3.0, 0.0)]
}
