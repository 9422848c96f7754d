//! Members lie, each in its own way, and each lie is told by its name; nothing that such a member says is taken.

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::holder::{Holder, Lie};
use serde_json::Value;

use super::{documents, said};
use crate::program;

/// The lies, and what a search makes of each.
const LIES: [(Lie, (&str, &str)); 16] = [
    (Lie::None, ("records", "")),
    (Lie::Refuses, ("refused", "not-permitted")),
    (Lie::Busy, ("refused", "rate")),
    (Lie::Stale, ("unknown", "old")),
    (Lie::NoState, ("fault", "statement")),
    (Lie::OtherKey, ("fault", "evaluation")),
    (Lie::BadProof, ("fault", "evaluation")),
    (Lie::BadPresence, ("fault", "presence")),
    (Lie::BadMap, ("fault", "list")),
    (Lie::LeftOut, ("fault", "list")),
    (Lie::Added, ("fault", "list")),
    (Lie::Swapped, ("fault", "list")),
    (Lie::OtherPatient, ("fault", "list")),
    (Lie::OtherRecord, ("fault", "record")),
    (Lie::Inflated, ("fault", "inflated")),
    (Lie::NewEpoch, ("records", "")),
];

/// One node that asks, and as many members that lie.
async fn stage() -> (Cluster, Vec<Holder>) {
    let mut cluster = Cluster::made(program(), LIES.len() + 1);
    cluster.join_all();
    let mut holders = Vec::new();
    for (site, (lie, _)) in cluster.sites[1..].iter().zip(LIES) {
        let holder = Holder::new(Adversary::of(site), lie);
        holder.listen().await;
        holders.push(holder);
    }
    cluster.sites[0].start();
    (cluster, holders)
}

fn organisation(lie: Lie) -> &'static str {
    let at = LIES.iter().position(|(other, _)| *other == lie).unwrap();
    ORGANISATIONS[at + 1]
}

fn find(cluster: &Cluster) -> Value {
    cluster.sites[0].json(&["find", PATIENTS[0], "--deadline", "30s"])
}

#[tokio::test(flavor = "multi_thread")]
async fn every_lie_is_told_by_its_name() {
    let (cluster, holders) = stage().await;
    let found = find(&cluster);
    for (lie, expected) in LIES {
        assert_eq!(said(&found, organisation(lie)), expected, "{lie:?}: {found:#}");
    }
    // The two who told the truth show two records each, and nobody else's are given.
    assert_eq!(documents(&found).len(), 4);
    assert_eq!(found["complete"], false);

    // Whoever has claimed a patient and shown nothing is not told again of whom anybody asks.
    let inflated = organisation(Lie::Inflated);
    let holder = &holders[LIES.iter().position(|(lie, _)| *lie == Lie::Inflated).unwrap()];
    let asked = holder.named();
    let again = find(&cluster);
    assert_eq!(said(&again, inflated), ("unknown", "not-trusted"));
    assert_eq!(holder.named(), asked);
    let status = cluster.sites[0].json(&["status"]);
    assert_eq!(status["searches"]["inflated"][0]["organisation"], inflated);

    // What was said before the epoch changed is said in the next one too.
    assert_eq!(said(&again, organisation(Lie::NewEpoch)), ("records", ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_liar_said_is_evidence() {
    let (cluster, _holders) = stage().await;
    let found = find(&cluster);
    let id = found["find"].as_str().unwrap();
    let path = cluster.path("find.tar");
    let path = path.to_str().unwrap();
    cluster.sites[0].json(&["evidence", "export", id, "-o", path]);
    let verdict = cluster.program.json(&[
        "verify",
        path,
        "--federation",
        &cluster.federation,
        "--patient",
        PATIENTS[0],
    ]);
    assert_eq!(verdict["verified"], true, "{verdict:#}");
    let members = verdict["members"].as_array().unwrap();
    let of = |lie| members.iter().find(|row| row["organisation"] == organisation(lie)).unwrap();
    assert_eq!(of(Lie::None)["records"].as_array().unwrap().len(), 2);
    assert!(of(Lie::Inflated)["as_of"].is_string(), "it asserted that it had records");
    assert!(of(Lie::LeftOut)["as_of"].is_null(), "a list that is none shows nothing");
}
