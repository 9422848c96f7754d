//! Logs that show two histories are caught: by a witness, and by members that talk with each other and no witness between them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use budstikke_keys::note::NoteSignature;
use budstikke_protocol::limits::{HEAD_AGE_MAX, HEAD_AHEAD_MAX};
use budstikke_protocol::wire::index::IndexAnswer;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::custodian::Custodian;
use budstikke_scenarios::hostile::log::{cosign, hello_at, hello_with, showing, try_cosign};
use budstikke_scenarios::hostile::question::now;
use budstikke_scenarios::site::Site;
use budstikke_scenarios::steps::{Steps, Walk};
use budstikke_scenarios::until::{PATIENCE, until};
use serde_json::Value;
use tokio::task::block_in_place;

use crate::program;

/// Three members; the first is the adversary, the nodes of the other two run.
fn two_nodes_and_a_liar() -> (Cluster, Adversary) {
    let mut cluster = Cluster::made(program(), 3);
    cluster.join_all();
    let adversary = Adversary::of(&cluster.sites[0]);
    for site in &mut cluster.sites[1..] {
        site.start();
    }
    (cluster, adversary)
}

/// What a site knows of the log of the adversary.
pub(crate) fn known(site: &Site) -> Value {
    let peers = site.json(&["index", "peers"]);
    let mut rows = peers.as_array().unwrap().iter();
    rows.find(|row| row["organisation"] == ORGANISATIONS[0]).unwrap().clone()
}

pub(crate) fn wait_for_size(site: &Site, wanted: u64) {
    until("a head to be known", PATIENCE, || (known(site)["size"] == wanted).then_some(()));
}

pub(crate) fn wait_for_fork(site: &Site) {
    until("the fork to be known", Duration::from_secs(90), || {
        known(site)["log"].as_str().unwrap().starts_with("FORKED: proven").then_some(())
    });
}

/// The proof verifies without a home folder; changed in one place it does not.
pub(crate) fn check_proof(cluster: &Cluster, site: &Site) {
    let file = cluster.path(&format!("fork-{}", site.organisation));
    let path = file.to_str().unwrap();
    site.run(&["index", "peers", "--against", ORGANISATIONS[0], "-o", path]).ok();
    let roster = cluster.roster();
    let verify = |path: &Path| {
        cluster.program.run(&[
            "verify",
            path.to_str().unwrap(),
            "--federation",
            &cluster.federation,
            "--roster",
            roster.to_str().unwrap(),
        ])
    };
    let verified = String::from_utf8(verify(&file).ok()).unwrap();
    assert!(verified.contains("HAS FORKED"), "{verified}");
    let text = fs::read_to_string(&file).unwrap();
    let changed = cluster.file("changed", text.replacen("\n5\n", "\n6\n", 1).as_bytes());
    let refused = verify(&changed);
    assert!(!refused.is_success, "{}", String::from_utf8_lossy(&refused.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_heads_for_two_peers_are_caught_by_gossip_alone() {
    let (mut cluster, adversary) = two_nodes_and_a_liar();
    let (one, other) = (adversary.head(5, 1), adversary.head(5, 2));
    let first = adversary.dial_serving(&cluster.sites[1], showing(&one)).await.unwrap();
    let second = adversary.dial_serving(&cluster.sites[2], showing(&other)).await.unwrap();
    hello_with(&first, &one).await;
    hello_with(&second, &other).await;
    for site in &cluster.sites[1..] {
        wait_for_size(site, 5);
        assert_eq!(known(site)["log"], "good");
    }
    // They say hello to each other again when they connect.
    cluster.sites[2].stop();
    cluster.sites[2].start();
    for site in &cluster.sites[1..] {
        wait_for_fork(site);
    }
    check_proof(&cluster, &cluster.sites[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_heads_for_one_witness_are_caught_by_it_and_told_on() {
    let (mut cluster, adversary) = two_nodes_and_a_liar();
    let (one, other) = (adversary.head(5, 1), adversary.head(5, 2));
    let link = adversary.dial_serving(&cluster.sites[1], showing(&one)).await.unwrap();
    let IndexAnswer::Cosigned(signature) = cosign(&link, 0, vec![], &one).await else { panic!() };
    assert!(signature.parse::<NoteSignature>().is_ok());
    // The same again is fresh; the other is a fork.
    assert!(matches!(cosign(&link, 5, vec![], &one).await, IndexAnswer::Cosigned(_)));
    let size = |status, size| IndexAnswer::Declined { status, size };
    assert_eq!(cosign(&link, 0, vec![], &other).await, size(409, Some(5)));
    assert_eq!(cosign(&link, 6, vec![], &other).await, size(400, None));
    assert_eq!(cosign(&link, 5, vec![], &adversary.head(7, 3)).await, size(422, None));
    assert_eq!(cosign(&link, 5, vec![], &other).await, size(422, None));
    wait_for_fork(&cluster.sites[1]);
    assert_eq!(cosign(&link, 5, vec![], &one).await, size(403, None));
    wait_for_fork(&cluster.sites[2]);
    check_proof(&cluster, &cluster.sites[2]);
    // What is known of it stays known.
    cluster.sites[1].kill();
    cluster.sites[1].start();
    wait_for_fork(&cluster.sites[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_the_log_does_not_prove_is_an_accusation() {
    let (cluster, adversary) = two_nodes_and_a_liar();
    let link = adversary.dial_serving(&cluster.sites[1], showing(&adversary.head(5, 1))).await;
    hello_with(link.as_ref().unwrap(), &adversary.head(5, 1)).await;
    wait_for_size(&cluster.sites[1], 5);
    drop(link);
    let link = adversary.dial_serving(&cluster.sites[1], showing(&adversary.head(7, 2))).await;
    hello_with(link.as_ref().unwrap(), &adversary.head(7, 2)).await;
    until("the accusation", PATIENCE, || {
        known(&cluster.sites[1])["log"].as_str().unwrap().starts_with("ACCUSED").then_some(())
    });
    assert_eq!(known(&cluster.sites[1])["size"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_the_log_has_not_signed_is_no_news() {
    let (cluster, adversary) = two_nodes_and_a_liar();
    let stranger = Adversary::stranger(ORGANISATIONS[0]);
    let link = adversary.dial_serving(&cluster.sites[1], showing(&stranger.head(5, 1))).await;
    hello_with(link.as_ref().unwrap(), &adversary.head(5, 1)).await;
    let good = adversary.dial_serving(&cluster.sites[2], showing(&adversary.head(4, 1))).await;
    hello_with(good.as_ref().unwrap(), &adversary.head(4, 1)).await;
    wait_for_size(&cluster.sites[2], 4);
    assert_eq!(known(&cluster.sites[1])["log"], "nothing known");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_old_or_of_a_time_to_come_is_no_news() {
    let (cluster, adversary) = two_nodes_and_a_liar();
    let (told, site) = (adversary.head(5, 1), &cluster.sites[1]);
    let hour = Duration::from_hours(1);
    let link = adversary.dial_serving(site, showing(&told)).await.unwrap();
    for time in [now().plus(HEAD_AHEAD_MAX + hour), now().minus(HEAD_AGE_MAX + hour)] {
        hello_at(&link, &told, time).await;
    }
    // What is told last is heard last.
    let smaller = adversary.head(4, 1);
    let good = adversary.dial_serving(site, showing(&smaller)).await.unwrap();
    hello_with(&good, &smaller).await;
    wait_for_size(site, 4);
    assert_eq!(known(site)["log"], "good");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_is_killed_behind_any_step_has_not_forgotten_what_it_cosigned() {
    let (mut cluster, adversary) = two_nodes_and_a_liar();
    let (one, other) = (adversary.head(5, 1), adversary.head(5, 2));
    let kept = cluster.path("kept");
    for site in &mut cluster.sites[1..] {
        site.stop();
    }
    cluster.sites[1].keep_copy(&kept);
    let mut is_kept = false;
    for count in 1.. {
        let site = &mut cluster.sites[1];
        site.put_back(&kept);
        site.start();
        let link = adversary.dial_serving(site, showing(&one)).await.unwrap();
        let mut steps = Steps::of(site, &site.home.with_extension(format!("steps-{count}")));
        let asked = one.clone();
        let answer = tokio::spawn(async move { try_cosign(&link, 0, &asked).await });
        let walk = block_in_place(|| steps.walk(count, || answer.is_finished()));
        let is_cosigned = matches!(answer.await.unwrap(), Some(IndexAnswer::Cosigned(_)));
        if walk == Walk::Killed {
            site.kill();
            site.start();
        }
        // Were it forgotten, the other would be cosigned from nothing.
        let link = adversary.dial_serving(site, showing(&one)).await.unwrap();
        let answer = cosign(&link, 0, vec![], &other).await;
        let is_remembered = answer == IndexAnswer::Declined { status: 409, size: Some(5) };
        assert!(is_remembered || (!is_cosigned && !is_kept), "behind {count} steps: {answer:?}");
        assert!(is_remembered || matches!(answer, IndexAnswer::Cosigned(_)), "{answer:?}");
        is_kept = is_remembered;
        site.kill();
        if walk == Walk::Whole {
            assert!(is_cosigned);
            steps.expect("fdatasync /journal/", 1);
            return;
        }
    }
}

#[test]
fn a_peer_that_never_answers_keeps_nobody_from_being_witnessed() {
    let mut cluster = Cluster::made(program(), 5);
    cluster.join_all();
    let adversary = Adversary::of(&cluster.sites[4]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(adversary.listen(Custodian::default().serve()));
    for site in &mut cluster.sites[..4] {
        site.start();
    }
    let file = cluster.file("document.txt", b"one");
    let hospital = &cluster.sites[0];
    hospital.publish(&file, PATIENTS[0], &[]);
    until("a witnessed checkpoint", PATIENCE, || {
        let status = hospital.json(&["index", "status"]);
        status["witnessed"].as_str()?.starts_with("since ").then_some(())
    });
}
