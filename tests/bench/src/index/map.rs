//! The map of a large hospital: made anew as a start does, changed, and asked for proofs.

use std::hint::black_box;
use std::iter::once;
use std::process::id;
use std::time::Instant;

use budstikke_protocol::index::map::{Map, MapKey, MapValue};

use crate::finding::{Finding, figure};
use crate::process::memory;
use crate::publisher::random_bytes;
use crate::rounds::rounds;
use crate::sample::Sample;
use crate::setting::Setting;

/// Changes and proofs of one round.
const TAKEN: usize = 10_000;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let count = setting.least(1_500_000, 20_000);
    let pairs = pairs(count);
    let before = memory(id(), "VmRSS");
    let mut map: Map = pairs.iter().copied().collect();
    let resident: Sample = once(memory(id(), "VmRSS") - before).collect();
    let chosen: Vec<MapKey> =
        pairs.iter().step_by((count / TAKEN).max(1)).map(|(key, _)| *key).collect();
    let each = |began: Instant| began.elapsed().as_secs_f64() * 1000.0 / chosen.len() as f64;
    let mut bytes = Sample::default();
    let [rebuilt, changed, proven] = rounds("index-map", setting.rounds(9), || {
        let began = Instant::now();
        black_box(pairs.iter().copied().collect::<Map>().root());
        let rebuilt = began.elapsed().as_secs_f64();
        let began = Instant::now();
        for key in &chosen {
            let value = *map.get(key).unwrap();
            map.insert(*key, value.map(|byte| !byte));
            black_box(map.root());
        }
        let changed = each(began);
        let began = Instant::now();
        let proofs: usize = chosen.iter().map(|key| black_box(map.prove(key)).len()).sum();
        bytes.add(proofs as f64 / chosen.len() as f64);
        [rebuilt, changed, each(began)]
    });
    let of = |what| format!("{what} of {} patients", figure(count as f64));
    vec![
        Finding::new(of("the map made anew,"), "s", rebuilt).at_most(2.0),
        Finding::new(of("one change in the map, with its root,"), "ms", changed).at_most(1.0),
        Finding::new(of("one proof in the map"), "ms", proven).at_most(1.0),
        Finding::new(of("a proof in the map"), "bytes", bytes),
        Finding::new(of("the map in memory,"), "MiB", resident).at_most(400.0),
    ]
}

/// Labels and values without a pattern.
fn pairs(count: usize) -> Vec<(MapKey, MapValue)> {
    let mut bytes = random_bytes(7);
    let mut next = || {
        let parts = [(); 4].map(|()| bytes.next().unwrap());
        let mut whole = [0; 32];
        whole.as_chunks_mut().0.copy_from_slice(&parts);
        whole
    };
    (0..count).map(|_| (next(), next())).collect()
}
