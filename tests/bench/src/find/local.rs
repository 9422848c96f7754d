//! A search that asks nobody, at a node that knows a million statements; beside one sync, which its record costs.

use std::iter::once;
use std::time::Instant;

use super::asked::known;
use crate::finding::Finding;
use crate::homes::{LargeHome, PATIENTS};
use crate::plain::Plain;
use crate::publish::signer;
use crate::publisher::{patients_from, random_bytes, runtime};
use crate::rounds::rounds;
use crate::sample::Sample;
use crate::setting::Setting;

/// What is appended for a reference: the commit of a search, roughly.
const FRAME_BYTES: usize = 2048;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let mut plain = Plain::create(&folder.path().join("plain"), signer());
    let mut large = LargeHome::of(setting);
    large.start();
    let patients: Vec<_> = patients_from(PATIENTS).collect();
    let mut random = random_bytes(19);
    let runtime = runtime();
    let [found, synced] = rounds("find-local", setting.rounds(300), || {
        let nth = usize::from(u16::from_be_bytes(*random.next().unwrap().first_chunk().unwrap()));
        let patient = &patients[nth % patients.len()];
        let began = Instant::now();
        runtime.block_on(known(&large.site.home, patient.reveal()));
        let found = began.elapsed();
        let synced = plain.append(&[0x2e; FRAME_BYTES]);
        [found, synced].map(|time| time.as_secs_f64() * 1000.0)
    });
    large.site.stop();
    let slowest: Sample = once(found.hundredth(99)).collect();
    let typical: Sample = once(synced.median()).collect();
    let statements = large.count;
    vec![
        Finding::new(format!("a search that asks nobody, {statements} statements"), "ms", found)
            .beside("append and fdatasync", &synced),
        Finding::new("the slowest but one in a hundred of them", "ms", slowest)
            .beside("append and fdatasync", &typical)
            .at_most_times(1.0, 20.0),
    ]
}
