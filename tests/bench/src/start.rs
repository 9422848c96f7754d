//! The start of a node with a million documents that was stopped in order, beside one that has none.

use std::time::Instant;

use budstikke_scenarios::cluster::Cluster;

use crate::finding::Finding;
use crate::homes::LargeHome;
use crate::rounds::rounds;
use crate::setting::Setting;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let mut cluster = Cluster::made(setting.program.clone(), 1);
    cluster.join_all();
    let empty = &mut cluster.sites[0];
    let mut large = LargeHome::of(setting);
    let [none, cold, warm, resident] = rounds("start", setting.rounds(5), || {
        let began = Instant::now();
        empty.start();
        let none = began.elapsed();
        empty.stop();
        large.forget();
        let ((cold, _), (warm, most)) = (large.time_start(), large.time_start());
        [none.as_secs_f64(), cold, warm, most]
    });
    let documents = large.count;
    let finding =
        |what, values| Finding::new(what, "s", values).beside("no document", &none).at_most(3.0);
    vec![
        finding(format!("ready with {documents} documents"), warm),
        finding("the same, nothing of them in the kernel's memory".to_owned(), cold),
        Finding::new("most resident memory until then", "MiB", resident).at_most(250.0),
    ]
}
