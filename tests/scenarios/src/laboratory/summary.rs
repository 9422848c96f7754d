//! What a run has seen, for people and for machines.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::world::World;

/// What a run has seen.
#[derive(Debug, Default)]
pub struct Summary {
    /// How often a node was killed or lost its power.
    pub crashes: u64,
    /// What was counted on the way.
    pub counts: BTreeMap<String, u64>,
    /// What is wrong: something is lost, half visible, or does not work.
    pub faults: Vec<String>,
    /// Commands that were answered although the disk had not been flushed since they were given.
    pub unflushed: Vec<String>,
}

impl Summary {
    /// Adds what two homes have lived through.
    pub fn add(&mut self, crashes: u64, world: &World) {
        self.crashes += crashes;
        let known = world.known();
        for (what, count) in &known.counts {
            *self.counts.entry(what.clone()).or_default() += count;
        }
        self.faults.extend_from_slice(&known.faults);
        self.unflushed.extend_from_slice(&known.unflushed);
    }

    /// Whether all was as it should be.
    pub fn is_good(&self) -> bool {
        self.faults.is_empty() && self.unflushed.is_empty()
    }

    /// Tells how far a long run has come.
    pub fn tell(&self, count: u64) {
        eprintln!("{} of {count} crashes, {} faults", self.crashes, self.faults.len());
    }

    /// One object.
    pub fn to_json(&self, seed: u64) -> Value {
        json!({"seed": seed, "crashes": self.crashes, "counts": self.counts, "faults": self.faults, "unflushed": self.unflushed})
    }
}
