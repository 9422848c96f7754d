//! A roster that brings a new witness in: it begins with the last checkpoint that those before it have cosigned, and with nothing else.

use std::time::Duration;

use budstikke_keys::note::{Note, NoteSignature};
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::wire::index::IndexAnswer;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS};
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::log::{cosign, cosign_note, showing};
use budstikke_scenarios::until::{PATIENCE, until};

use crate::program;
use crate::witnesses::{cosigned, publish, status};

/// Lets the fourth organisation become a member, by the second version of the roster.
fn let_in_the_fourth(cluster: &mut Cluster) {
    cluster.init(ORGANISATIONS[3]);
    let request = cluster.sites[3].home.join("request.json");
    cluster.change_roster(&["add", request.to_str().unwrap()]);
    cluster.join(&cluster.sites[3]);
}

#[test]
fn a_new_witness_begins_with_what_those_before_it_have_cosigned() {
    let mut cluster = Cluster::start(program(), 3);
    publish(&cluster, &cluster.sites[0], "one");
    let before = cluster.sites[0].wait_for_witnesses();
    let_in_the_fourth(&mut cluster);
    cluster.sites[0].json(&["roster", "import", cluster.roster().to_str().unwrap()]);
    for site in &cluster.sites[..3] {
        site.wait_for_roster(2);
    }
    publish(&cluster, &cluster.sites[0], "two");
    // All three must cosign now, and the third has not come yet.
    let meanwhile = until("two witnesses", PATIENCE, || {
        let status = status(&cluster.sites[0]);
        let by = |witness| cosigned(&status, witness).as_u64();
        (ORGANISATIONS[1..3].iter().all(|witness| by(witness) > before["size"].as_u64()))
            .then_some(status)
    });
    assert_eq!(
        (&meanwhile["witnesses"]["quorum"], &meanwhile["witnessed"]),
        (&3.into(), &"no".into())
    );
    assert_eq!(meanwhile["witnesses"]["size"], before["size"]);
    let mut command = cluster.sites[3].run_command();
    command.env("BUDSTIKKE_LOG", "budstikke=debug");
    cluster.sites[3].start_within(command, Duration::from_mins(1)).unwrap();
    let after = cluster.sites[0].wait_for_witnesses();
    assert_eq!(cosigned(&after, ORGANISATIONS[3]), after["size"]);
    // Not the newest at once: first the one that was handed over.
    let log = cluster.sites[3].log();
    let origin = format!("origin=test.budstikke/{}", ORGANISATIONS[0]);
    let mut lines =
        log.lines().filter(|line| line.contains("checkpoint cosigned") && line.contains(&origin));
    let first = lines.next().unwrap();
    assert!(first.ends_with(&format!("size={}", before["size"])), "{first}");
}

/// The note of a checkpoint with further lines, whatever they say.
fn with_lines(checkpoint: &SignedCheckpoint, lines: &[NoteSignature]) -> Note {
    let lines = lines.iter().map(ToString::to_string);
    let lines = std::iter::once(checkpoint.note().to_string().trim_end().to_owned()).chain(lines);
    Note::parse(format!("{}\n", lines.collect::<Vec<_>>().join("\n")).as_bytes()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_witness_does_not_begin_with_a_forged_or_an_unwitnessed_checkpoint() {
    let mut cluster = Cluster::made(program(), 3);
    cluster.join_all();
    let_in_the_fourth(&mut cluster);
    cluster.sites[3].start();
    let log = Adversary::of(&cluster.sites[0]);
    let before = [1, 2].map(|at| Adversary::of(&cluster.sites[at]));
    let link = log.dial_serving(&cluster.sites[3], showing(&log.head(5, 1))).await.unwrap();
    let (good, other) = (log.head(5, 1), log.head(5, 2));
    let [first, second] = before.each_ref().map(|witness| witness.cosignature(&good));
    let [.., of_other] = before.each_ref().map(|witness| witness.cosignature(&other));
    let mut stranger = Adversary::stranger(ORGANISATIONS[2]);
    let by_a_stranger = stranger.cosignature(&good);
    let unknown = IndexAnswer::Declined { status: 404, size: None };
    for (lines, what) in [
        (vec![], "nobody has cosigned it"),
        (vec![first.clone()], "one of two has"),
        (vec![first.clone(), first.clone()], "one of two has, twice"),
        (vec![first.clone(), by_a_stranger], "a stranger has, in the name of the other"),
        (vec![first.clone(), of_other], "the other has cosigned another history"),
        (vec![first.clone(), log.cosignature(&good)], "the log has itself"),
    ] {
        assert_eq!(cosign_note(&link, 0, &with_lines(&good, &lines)).await, unknown, "{what}");
    }
    // Cosigned by both, and signed by another key than that of the log.
    stranger.organisation = log.organisation;
    let forged = stranger.head(5, 1);
    let lines = before.each_ref().map(|witness| witness.cosignature(&forged));
    let refused = IndexAnswer::Declined { status: 403, size: None };
    assert_eq!(cosign_note(&link, 0, &with_lines(&forged, &lines)).await, refused);

    let handed = with_lines(&good, &[first, second]);
    let answer = cosign_note(&link, 0, &handed).await;
    assert!(matches!(answer, IndexAnswer::Cosigned(_)), "{answer:?}");
    // From there on it is a witness like any: another history is one, even when those before it have cosigned that too.
    let lines = before.each_ref().map(|witness| witness.cosignature(&other));
    let conflict = IndexAnswer::Declined { status: 409, size: Some(5) };
    assert_eq!(cosign_note(&link, 0, &with_lines(&other, &lines)).await, conflict);
    let answer = cosign(&link, 5, vec![], &other).await;
    assert_eq!(answer, IndexAnswer::Declined { status: 422, size: None });
}
