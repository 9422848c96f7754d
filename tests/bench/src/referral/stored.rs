//! A referral with one document, from the command to the acknowledgement that it is stored at the other side.

use std::iter::once;
use std::time::Instant;

use serde_json::json;

use super::order;
use crate::command;
use crate::federation::federation;
use crate::finding::Finding;
use crate::plain::Plain;
use crate::publish::signer;
use crate::publisher::{random_bytes, runtime};
use crate::rounds::rounds;
use crate::sample::Sample;
use crate::setting::Setting;

/// The document.
const DOCUMENT_BYTES: usize = 100_000;

/// Syncs that come one after another: the document, its folder and its commit; then the request here, the request with its
/// acknowledgement there, and that here.
const SYNCS: f64 = 6.0;

/// What is appended for a reference: an event in a frame, roughly.
const FRAME_BYTES: usize = 2048;

/// The reference, as the table names it.
const REFERENCE: &str = "6 times append and fdatasync";

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let mut plain = Plain::create(&folder.path().join("plain"), signer());
    let mut cluster = federation(setting, 2);
    cluster.sites.iter_mut().for_each(budstikke_scenarios::site::Site::start);
    let [practice, hospital] = cluster.sites.as_slice() else { panic!("there are no two") };
    let document: Vec<u8> = random_bytes(11).flatten().take(DOCUMENT_BYTES).collect();
    let runtime = runtime();
    let [stored, synced] = rounds("referral-stored", setting.rounds(200), || {
        let began = Instant::now();
        runtime.block_on(async {
            let id = command::publish_for(&practice.home, &document, json!("nobody")).await;
            order::send(&practice.home, &hospital.organisation, &[id]).await;
        });
        let stored = began.elapsed();
        let synced = plain.append(&[0x2e; FRAME_BYTES]);
        [stored.as_secs_f64() * 1000.0, synced.as_secs_f64() * 1000.0 * SYNCS]
    });
    let slowest: Sample = once(stored.hundredth(99)).collect();
    let typical: Sample = once(synced.median()).collect();
    vec![
        Finding::new("a referral with 100 kB, until it is stored there", "ms", stored)
            .beside(REFERENCE, &synced)
            .at_most_times(3.0, 0.0),
        Finding::new("the slowest but one in a hundred of them", "ms", slowest)
            .beside(REFERENCE, &typical)
            .at_most_times(10.0, 0.0),
    ]
}
