//! A log whose heads nobody can reconcile is accused. It has a day to prove that one continues the other; then it counts as forked, and
//! everything that comes from its node says so.

use std::convert::Infallible;
use std::fs;

use budstikke_protocol::log::tree::{
    Frontier, Nodes, TreeHash, TreeHead, leaf_hash, prove_consistency,
};
use budstikke_protocol::wire::index::IndexAnswer;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::log::{cosign, hello_with, proving, showing};
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};
use serde_json::Value;

use crate::log_forks::{known, wait_for_size};
use crate::program;

/// A tree in memory.
struct Tree(Vec<TreeHash>);

impl Tree {
    fn of(size: u8) -> Self {
        Self((0..size).map(|leaf| leaf_hash(&[leaf])).collect())
    }

    fn head(&self) -> TreeHead {
        edge(&self.0).head()
    }
}

impl Nodes for Tree {
    type Error = Infallible;

    fn node(&self, level: u8, index: u64) -> Result<TreeHash, Infallible> {
        let (first, count) = (usize::try_from(index << level).unwrap(), 1 << level);
        Ok(edge(&self.0[first..first + count]).root())
    }
}

fn edge(leaves: &[TreeHash]) -> Frontier {
    let mut edge = Frontier::default();
    for leaf in leaves {
        edge.append(*leaf).unwrap();
    }
    edge
}

fn wait_for(site: &Site, state: &str) {
    until(state, PATIENCE, || {
        known(site)["log"].as_str().unwrap().starts_with(state).then_some(())
    });
}

/// Every command about documents of the accused, and what it says of its log.
fn check_warnings(site: &Site, [own, copy]: [&str; 2], state: &str) {
    let from = ["--from", ORGANISATIONS[0]];
    let file = site.home.with_extension("file");
    let output = ["-o", file.to_str().unwrap()];
    let begins = format!("the log of {} is {state}: no answer since", ORGANISATIONS[0]);
    let is_told =
        |value: &Value| value["warning"].as_str().is_some_and(|told| told.starts_with(&begins));
    for args in [
        [&["document", "list"], &from[..]].concat(),
        [&["document", "get", copy], &from[..], &output[..]].concat(),
        [&["document", "show", copy], &from[..]].concat(),
        [&["evidence", "export", copy], &from[..], &output[..]].concat(),
        vec!["peer", "show", ORGANISATIONS[0]],
    ] {
        let value = site.json(&args);
        assert!(is_told(&value), "{args:?}: {value}");
        drop(fs::remove_file(&file));
        let said = site.run(&args).stderr;
        let is_peer = args[0] == "peer";
        assert!(is_peer || said.contains(&format!("WARNING: {begins}")), "{args:?}: {said}");
        drop(fs::remove_file(&file));
    }
    let rows = |value: &Value| value.as_array().unwrap().clone();
    let documents = rows(&site.json(&["document", "list"])["documents"]);
    let row = |id| documents.iter().find(|row| row["document"] == id).unwrap();
    assert!(is_told(row(copy)), "{documents:?}");
    assert_eq!(row(own)["warning"], Value::Null);
    assert!(rows(&site.json(&["peer", "list"])).iter().any(is_told));
    let peers = rows(&site.json(&["index", "peers"]));
    assert!(peers.iter().any(|row| row["log"].as_str().unwrap().starts_with(state)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_does_not_answer_an_accusation_for_a_day_counts_as_forked() {
    let mut cluster = Cluster::start(program(), 2);
    let file = cluster.file("document.txt", b"an invented discharge summary");
    let [accused, other] = cluster.sites.as_slice() else { panic!() };
    let copy = accused.publish(&file, PATIENTS[0], &["--share", "federation"]);
    let own = other.publish(&file, PATIENTS[0], &[]);
    wait_for_size(other, 2);
    let from = ["--from", ORGANISATIONS[0]];
    let list = other.json(&[&["document", "list"], &from[..]].concat());
    assert_eq!(list["warning"], Value::Null, "{list}");
    cluster.sites[0].stop();
    let adversary = Adversary::of(&cluster.sites[0]);
    let head = adversary.head(7, 1);
    let link = adversary.dial_serving(&cluster.sites[1], showing(&head)).await.unwrap();
    hello_with(&link, &head).await;
    wait_for(&cluster.sites[1], "ACCUSED");
    drop(link);
    // The time passes while nobody runs: 23 hours, and two more.
    for (offset, state) in [("+23h", "ACCUSED"), ("+25h", "FORKED")] {
        if cluster.sites[1].is_started() {
            cluster.sites[1].stop();
        }
        for site in &mut cluster.sites {
            if site.is_started() {
                site.stop();
            }
            site.set_clock(offset);
            site.start();
        }
        wait_for(&cluster.sites[1], state);
        cluster.sites[1].wait_for_peer(ORGANISATIONS[0]);
        check_warnings(&cluster.sites[1], [&own, &copy], state);
    }
    // Nothing of it is cosigned any more.
    cluster.sites[0].stop();
    let link = adversary.dial_serving(&cluster.sites[1], showing(&head)).await.unwrap();
    let refused = IndexAnswer::Declined { status: 403, size: None };
    assert_eq!(cosign(&link, 0, vec![], &head).await, refused);
    // What was said against it can be shown to others.
    let against = cluster.path("against");
    let write = ["index", "peers", "--against", ORGANISATIONS[0], "-o", against.to_str().unwrap()];
    cluster.sites[1].run(&write).ok();
    let erased =
        cluster.sites[1].json(&["document", "erase", &copy, "--from", ORGANISATIONS[0], "--yes"]);
    assert!(erased["warning"].as_str().unwrap().contains("FORKED"), "{erased}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_proves_its_heads_in_time_is_cleared() {
    let mut cluster = Cluster::made(program(), 2);
    cluster.join_all();
    cluster.sites[1].start();
    let adversary = Adversary::of(&cluster.sites[0]);
    let [first, second] = [Tree::of(5), Tree::of(7)].map(|tree| adversary.head_of(tree.head()));
    let link = adversary.dial_serving(&cluster.sites[1], showing(&first)).await.unwrap();
    hello_with(&link, &first).await;
    wait_for_size(&cluster.sites[1], 5);
    drop(link);
    let link = adversary.dial_serving(&cluster.sites[1], showing(&second)).await.unwrap();
    hello_with(&link, &second).await;
    wait_for(&cluster.sites[1], "ACCUSED");
    drop(link);
    cluster.sites[1].stop();
    let proof = prove_consistency(&Tree::of(7), 5, 7).unwrap();
    adversary.listen(proving(&second, &proof)).await;
    cluster.sites[1].set_clock("+23h");
    cluster.sites[1].start();
    wait_for(&cluster.sites[1], "good");
    let list = cluster.sites[1].json(&["peer", "show", ORGANISATIONS[0]]);
    assert_eq!(list["warning"], Value::Null);
}
