//! A search at twenty members on this machine, when nothing is known of any, and when their presence files are mirrored; beside the
//! computing time that it costs at all of them.

use std::fs;
use std::iter::repeat_n;
use std::time::Duration;

use super::asked::{all_computed, answers, find, publish_everywhere};
use crate::federation::federation;
use crate::finding::Finding;
use crate::publisher::runtime;
use crate::rounds::rounds;
use crate::sample::Sample;
use crate::setting::Setting;

/// The members.
const MEMBERS: usize = 20;

/// Long enough for every answer.
const DEADLINE: Duration = Duration::from_secs(30);

/// Searches whose computing time is measured together: the kernel tells it in hundredths of a second.
const TOGETHER: usize = 20;

/// The reference, as the table names it.
const REFERENCE: &str = "computing time at all members";

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let members = setting.least(MEMBERS, 3);
    let mut cluster = federation(setting, members);
    cluster.sites.iter_mut().for_each(budstikke_scenarios::site::Site::start);
    let runtime = runtime();
    runtime.block_on(publish_everywhere(&cluster));
    let search = |cluster: &budstikke_scenarios::cluster::Cluster| {
        let asked = runtime.block_on(find(&cluster.sites[0].home, DEADLINE));
        assert_eq!(answers(&asked.found), members, "{:#}", asked.found);
        asked.ended.as_secs_f64() * 1000.0
    };
    let [cold] = rounds("find, cold", setting.rounds(10), || {
        let asker = &mut cluster.sites[0];
        asker.stop();
        fs::remove_dir_all(asker.home.join("mirrors")).unwrap();
        asker.start();
        [search(&cluster)]
    });
    let before = all_computed(&cluster);
    let together = setting.least(TOGETHER, 2);
    for _ in 0..together {
        search(&cluster);
    }
    let count = f64::from(u32::try_from(together).unwrap());
    let cost = (all_computed(&cluster) - before) * 1000.0 / count;
    let [warm] = rounds("find, warm", setting.rounds(50), || [search(&cluster)]);
    // It was measured over many searches, and stands beside each.
    let [beside_cold, beside_warm] =
        [&cold, &warm].map(|times| repeat_n(cost, times.count()).collect::<Sample>());
    vec![
        Finding::new(format!("a search at {members} members, presence files mirrored"), "ms", warm)
            .beside(REFERENCE, &beside_warm)
            .at_most_times(3.0, 0.0),
        Finding::new("the same when nothing is known of any", "ms", cold)
            .beside(REFERENCE, &beside_cold)
            .at_most_times(3.0, 0.0),
    ]
}
