//! Hellos and rosters that nobody signed change nothing.

use std::time::Duration;

use budstikke_keys::jws::SignedByMany;
use budstikke_keys::secret::SecretKey;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::limits::ROSTER_BYTES_MAX;
use budstikke_protocol::wire::codec::{decode, encode};
use budstikke_protocol::wire::hello::{self, Hello, RosterHead};
use budstikke_protocol::wire::roster::{self, RosterAnswer};
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::link::Link;
use budstikke_scenarios::hostile::question::now;
use budstikke_scenarios::hostile::roster::{following, newest, signed_by, steward};
use budstikke_scenarios::until::until;

use super::Stage;

/// Says hello over a new connection with a promise of newer rosters, and answers the question for one with `answer`.
async fn offer(stage: &Stage, time: i64, answer: Vec<u8>) -> Link {
    stage.custodian.answers(roster::PROTOCOL, vec![answer]);
    let link =
        stage.adversary.dial_serving(stage.municipality(), stage.custodian.serve()).await.unwrap();
    let hello = Hello {
        roster: RosterHead { version: u64::MAX, digest: [0xff; 32] },
        time,
        heads: Vec::new(),
    };
    let answer = link.ask(hello::PROTOCOL, &encode(&hello).unwrap()).await.unwrap();
    let theirs: Hello = decode(&answer).unwrap();
    assert_eq!(theirs.roster.version, newest(&stage.cluster).statement().version);
    until("the node to ask for the roster", Duration::from_secs(30), || {
        (stage.custodian.asked(roster::PROTOCOL) > 0).then_some(())
    });
    link
}

/// Offers what is refused, and waits until the node has said so.
async fn check_refused(stage: &Stage, what: &str, answer: Vec<u8>) {
    let refusals = || {
        let log = stage.municipality().log();
        log.matches("a peer's rosters were refused").count() + log.matches("no roster").count()
    };
    let before = refusals();
    let _link = offer(stage, now().unix_seconds(), answer).await;
    until(what, Duration::from_secs(30), || (refusals() > before).then_some(()));
    check_unmoved(stage, what);
}

/// The node still has the roster of the stewards, and works.
fn check_unmoved(stage: &Stage, what: &str) {
    let status = stage.municipality().json(&["status"]);
    assert_eq!(
        status["federation"]["roster"],
        newest(&stage.cluster).statement().version,
        "{what}"
    );
    assert_eq!(status["federation"]["standing"], "current", "{what}");
    assert!(status["federation"]["fork"].is_null(), "{what}");
    stage.check_kept_only(&[]);
}

fn answer(roster: &SignedByMany<Roster>) -> Vec<u8> {
    encode(&RosterAnswer::Roster(roster.to_json())).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roster_that_does_not_follow_is_refused_and_the_node_keeps_its_own() {
    let stage = Stage::new().await;
    let stewards: Vec<SecretKey> = (1..=3).map(|number| steward(&stage.cluster, number)).collect();
    let stranger = Adversary::stranger(&stage.municipality().organisation);
    let next = || following(&stage.cluster, |_| {});
    let changed = |change: fn(&mut Roster)| signed_by(following(&stage.cluster, change), &stewards);
    let mut own_stewards = next();
    for steward in &mut own_stewards.stewards {
        steward.key = stranger.keys.sign.public();
    }
    own_stewards.stewards.truncate(1);
    own_stewards.threshold = 1;
    let mut rival = newest(&stage.cluster).statement().clone();
    rival.members.clear();
    let rosters = [
        ("unsigned", signed_by(next(), [])),
        ("signed by one", signed_by(next(), &stewards[..1])),
        ("signed by strangers", signed_by(next(), [&stranger.keys.sign, &stranger.keys.node])),
        ("signed by a member", signed_by(next(), [&stage.adversary.keys.sign, &stewards[0]])),
        ("with stewards of its own", signed_by(own_stewards, [&stranger.keys.sign])),
        ("that leaves versions out", changed(|roster| roster.version = u64::MAX)),
        ("that forgets a member", changed(|roster| roster.members.truncate(1))),
        (
            "of another environment",
            changed(|roster| roster.environment = "production".parse().unwrap()),
        ),
        ("of the same version, unsigned", signed_by(rival, [&stranger.keys.sign])),
    ];
    for (what, roster) in rosters {
        check_refused(&stage, what, answer(&roster)).await;
    }
    // The one that it has already, and then one that does follow: it is the rosters that were wrong, not the way.
    let _link = offer(&stage, now().unix_seconds(), answer(&newest(&stage.cluster))).await;
    check_unmoved(&stage, "the same");
    let right = signed_by(next(), &stewards[..2]);
    let _link = offer(&stage, now().unix_seconds(), answer(&right)).await;
    until("the right roster to be taken", Duration::from_secs(30), || {
        let status = stage.municipality().json(&["status"]);
        (status["federation"]["roster"] == right.statement().version).then_some(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_roster_changes_nothing() {
    let stage = Stage::new().await;
    let text = |text: &str| encode(&RosterAnswer::Roster(text.to_owned())).unwrap();
    let whole = newest(&stage.cluster).to_json();
    for (what, bytes) in [
        ("nothing", Vec::new()),
        ("garbage", vec![0xff; 100]),
        ("deep", vec![0x81; 1_000_000]),
        ("too large", vec![0; ROSTER_BYTES_MAX + 1000]),
        ("no JSON", text("{")),
        ("deep JSON", text(&"[".repeat(1_000_000))),
        ("cut short", text(&whole[..whole.len() / 2])),
        ("two", text(&format!("{whole}{whole}"))),
    ] {
        check_refused(&stage, what, bytes).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absurd_clock_is_told_and_nothing_else() {
    let stage = Stage::new().await;
    for time in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX] {
        let _link = offer(&stage, time, encode(&RosterAnswer::Unknown).unwrap()).await;
        let off = until("the clock to be noted", Duration::from_secs(30), || {
            let status = stage.municipality().json(&["status"]);
            status["clock_drift"][0]["seconds"].as_i64()
        });
        assert!(off.unsigned_abs() > 1_000_000_000);
        stage.municipality().run(&["status"]).ok();
        stage.municipality().run(&["peer", "list"]).ok();
        check_unmoved(&stage, "an absurd clock");
    }
}
