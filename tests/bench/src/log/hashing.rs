//! The bare hashing of a log, as a reference: SHA-256 over as many leaves and nodes, and nothing made of them.

use std::hint::black_box;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

/// How it is named in the table.
pub(crate) const NAME: &str = "SHA-256 over the same leaves and nodes";

/// What is hashed for a log.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hashing {
    /// RECORD leaves: 34 bytes each.
    pub(crate) records: u64,
    /// STATE leaves: 143 bytes each.
    pub(crate) states: u64,
    /// Nodes: 65 bytes each.
    pub(crate) nodes: u64,
}

impl Hashing {
    /// What a log of so many entries takes, each `apart`th of them a STATE whose root is computed.
    pub(crate) fn of(entries: u64, apart: u64) -> Self {
        let states = entries / apart;
        let subtrees = |size: u64| u64::from(size.count_ones());
        // A complete subtree takes one node less than it has leaves, and a root joins the complete subtrees.
        let roots: u64 = (1..=states).map(|nth| subtrees(nth * apart) - 1).sum();
        let nodes = entries - subtrees(entries) + roots;
        Self { records: entries - states, states, nodes }
    }

    /// Hashes that much, and gives the time.
    pub(crate) fn time(self) -> Duration {
        let began = Instant::now();
        hash::<34>(self.records);
        hash::<143>(self.states);
        hash::<65>(self.nodes);
        began.elapsed()
    }
}

/// Hashes so many different buffers of `N` bytes.
fn hash<const N: usize>(count: u64) {
    let mut buffer = [0; N];
    for number in 0..count {
        buffer[1..9].copy_from_slice(&number.to_be_bytes());
        black_box(Sha256::digest(black_box(&buffer)));
    }
}
