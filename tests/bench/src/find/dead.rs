//! A search at twenty members of whom two are dead: the living answer as fast, and the dead are named at the deadline.

use std::time::Duration;

use super::asked::{answers, find, publish_everywhere};
use crate::federation::federation;
use crate::finding::Finding;
use crate::publisher::runtime;
use crate::rounds::rounds;
use crate::setting::Setting;

/// The members, and how many of them are dead.
const MEMBERS: usize = 20;
const DEAD: usize = 2;

/// How long somebody waits.
const DEADLINE: Duration = Duration::from_secs(2);

/// Measures. A dead node whose machine refuses connections is known to be dead at once; so these hold theirs, and say nothing.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let members = setting.least(MEMBERS, 4);
    let mut cluster = federation(setting, members);
    cluster.sites.iter_mut().for_each(budstikke_scenarios::site::Site::start);
    let runtime = runtime();
    runtime.block_on(publish_everywhere(&cluster));
    let home = cluster.sites[0].home.clone();
    let all = || runtime.block_on(find(&home, DEADLINE));
    let [alive] = rounds("find, all alive", setting.rounds(20), || {
        let asked = all();
        assert_eq!(answers(&asked.found), members, "{:#}", asked.found);
        [asked.answered.as_secs_f64() * 1000.0]
    });
    let stopped: Vec<String> =
        cluster.sites[members - DEAD..].iter().map(|site| site.process().to_string()).collect();
    signal("-STOP", &stopped);
    let [living, over] = rounds("find, two dead", setting.rounds(20), || {
        let asked = all();
        assert_eq!(answers(&asked.found), members - DEAD, "{:#}", asked.found);
        [asked.answered, asked.ended.saturating_sub(DEADLINE)]
            .map(|time| time.as_secs_f64() * 1000.0)
    });
    signal("-CONT", &stopped);
    vec![
        Finding::new(format!("answers of the living, {DEAD} of {members} dead"), "ms", living)
            .beside("all alive", &alive)
            .at_most_times(1.5, 5.0),
        Finding::new("the dead are named so long after the deadline", "ms", over).at_most(100.0),
    ]
}

fn signal(signal: &str, processes: &[String]) {
    let sent = std::process::Command::new("kill").arg(signal).args(processes).status().unwrap();
    assert!(sent.success());
}
