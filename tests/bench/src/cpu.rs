//! Computing time of a publish, as the kernel counts it for the process that does it.

use budstikke_scenarios::cluster::Cluster;

use crate::command;
use crate::finding::Finding;
use crate::plain::Plain;
use crate::process::computed;
use crate::publish::{publisher, signer};
use crate::publisher::{documents, runtime};
use crate::rounds::rounds;
use crate::setting::Setting;

/// Enough that a hundredth of a second, in which the kernel counts, does not matter.
const DOCUMENTS: usize = 2000;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let publisher = publisher(&folder.path().join("store"));
    let mut plain = Plain::create(&folder.path().join("plain"), signer());
    let mut cluster = Cluster::made(setting.program.clone(), 2);
    cluster.join_all();
    let site = &mut cluster.sites[0];
    site.start();
    let (documents, runtime) = (documents(DOCUMENTS, 1), runtime());
    let each = |process: u32, work: &mut dyn FnMut()| {
        let before = computed(process);
        work();
        (computed(process) - before) * 1000.0 / DOCUMENTS as f64
    };
    let here = std::process::id();
    let [one, many, node_one, node_many, bare] = rounds("publish-cpu", setting.rounds(5), || {
        let stored = |at_a_time| {
            each(here, &mut || {
                runtime.block_on(publisher.publish_all(&documents, at_a_time));
            })
        };
        let (one, many) = (stored(1), stored(32));
        let commanded = |at_a_time| {
            each(site.process(), &mut || {
                runtime.block_on(command::publish_all(&site.home, &documents, at_a_time));
            })
        };
        let (node_one, node_many) = (commanded(1), commanded(32));
        let bare = each(here, &mut || {
            plain.publish_all(&documents, 32);
        });
        [one, many, node_one, node_many, bare]
    });
    let finding = |what, values| {
        Finding::new(what, "ms", values)
            .beside("the bare work, in groups of 32", &bare)
            .at_most(0.4)
    };
    vec![
        finding("of the store, one publisher", one),
        finding("of the store, 32 publishers", many),
        finding("of the node, one command at a time", node_one),
        finding("of the node, 32 commands at a time", node_many),
    ]
}
