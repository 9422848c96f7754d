//! A home on a container's volume: one that is not there, and one that two containers have.

use std::fs;

use budstikke_scenarios::cluster::Cluster;
use budstikke_scenarios::namespace::mounted;

use crate::program;

#[test]
fn a_second_node_from_another_container_does_not_start() {
    let mut cluster = Cluster::made(program(), 1);
    cluster.join_all();
    // A container has mounts and processes of its own, and the volume in common.
    let Some(run) = mounted("true") else { return };
    cluster.sites[0].start();
    let refused = run(cluster.sites[0].run_command()).failure();
    assert!(refused.contains("another budstikke is running on "), "{refused}");
    cluster.sites[0].json(&["status"]);
}

#[test]
fn an_empty_folder_is_no_home_and_stays_empty() {
    let dir = tempfile::tempdir().unwrap();
    let refused = program().run(&["run", "--home", dir.path().to_str().unwrap()]).failure();
    assert!(refused.contains("the home folder of a node?"), "{refused}");
    assert!(refused.contains("mount its volume; budstikke init makes a new home"), "{refused}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "an identity was invented");
}
