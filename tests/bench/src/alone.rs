//! One publisher alone: nobody shares its sync.

use std::time::Instant;

use budstikke_scenarios::cluster::Cluster;

use crate::command;
use crate::finding::Finding;
use crate::plain::Plain;
use crate::publish::{publisher, signer};
use crate::publisher::{documents, runtime};
use crate::rounds::rounds;
use crate::setting::Setting;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let publisher = publisher(&folder.path().join("store"));
    let mut plain = Plain::create(&folder.path().join("plain"), signer());
    let mut cluster = Cluster::made(setting.program.clone(), 2);
    cluster.join_all();
    cluster.sites[0].start();
    let (documents, runtime) = (documents(1, 1), runtime());
    let document = documents[0].as_slice();
    let mut frame = Vec::new();
    plain.prepare(document, &mut frame);
    let [stored, commanded, synced] = rounds("publish-alone", setting.rounds(300), || {
        let began = Instant::now();
        runtime.block_on(publisher.publish(document));
        let stored = began.elapsed();
        let synced = plain.append(&frame);
        let began = Instant::now();
        runtime.block_on(command::publish(&cluster.sites[0].home, document));
        let commanded = began.elapsed();
        [stored, commanded, synced].map(|time| time.as_secs_f64() * 1000.0)
    });
    let finding = |what, values| {
        Finding::new(what, "ms", values)
            .beside("append and fdatasync", &synced)
            .at_most_times(2.0, 1.0)
    };
    vec![
        finding("one of 10 kB, alone, in the store", stored),
        finding("the same by a command to a node", commanded),
    ]
}
