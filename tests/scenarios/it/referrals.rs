//! Referrals between nodes: what is said on one side is on the disk of the other, once, in order, whatever happens between.

mod documents;
mod hostile;
mod killed;
mod long;
mod outbox;
mod receipts;
mod redirected;
mod restored;

use budstikke::service::referral::list::Summary;
use budstikke::service::referral::say::What;
use budstikke::service::referral::show::Shown;
use budstikke_protocol::referral::event::ReferralName;
use budstikke_protocol::referral::said::Kind;
use budstikke_protocol::referral::status::Status;
use budstikke_scenarios::cluster::Cluster;
use budstikke_scenarios::inside::Inside;
use budstikke_scenarios::until::{PATIENCE, until};

use crate::program;

/// A federation of so many organisations, whose nodes do not run.
fn made(count: usize) -> Cluster {
    let cluster = Cluster::made(program(), count);
    cluster.join_all();
    cluster
}

/// The node of an organisation, started.
fn start(cluster: &Cluster, at: usize) -> Inside {
    Inside::start(cluster.sites[at].home.clone())
}

/// Two organisations whose nodes run.
fn two() -> (Cluster, Inside, Inside) {
    let cluster = made(2);
    let (gp, hospital) = (start(&cluster, 0), start(&cluster, 1));
    (cluster, gp, hospital)
}

/// Everything that was said in a referral, as it was signed.
fn events(shown: &Shown) -> Vec<String> {
    let both = shown.referrers.iter().chain(&shown.receivers);
    both.map(|event| event.compact().to_owned()).collect()
}

/// Waits until both hold the same, and nothing waits.
fn wait_even(one: &Inside, other: &Inside, name: ReferralName) -> Shown {
    until("both sides to be even", PATIENCE, || {
        let (here, there) = (one.show(name)?, other.show(name)?);
        let is_delivered = |shown: &Shown| shown.summary.delivery.waiting_since.is_none();
        let is_assessed = |shown: &Shown| {
            let state = &shown.summary.state;
            state.chain(shown.summary.here.other()).answered() > 0
        };
        let is_even =
            events(&here) == events(&there) && is_delivered(&here) && is_delivered(&there);
        (is_even && (is_assessed(&here) || is_assessed(&there))).then_some(here)
    })
}

fn is(status: Status) -> impl Fn(&Summary) -> bool {
    move |summary| summary.state.status() == status
}

#[test]
fn a_referral_is_stored_by_the_receiver_and_the_sender_knows() {
    let (_cluster, gp, hospital) = two();
    let name = gp.refer(hospital.organisation(), &[]);
    gp.wait("the word that it is stored", name, |it| it.delivery.stored == 1);
    let shown = wait_even(&gp, &hospital, name);
    assert_eq!(shown.summary.state.status(), Status::Received);
    let kinds: Vec<_> =
        shown.thread.lines().iter().map(|line| line.kept.event.said.kind()).collect();
    assert_eq!(kinds, [Kind::Requested, Kind::Acknowledged, Kind::Acknowledged]);
}

#[test]
fn what_both_sides_say_reaches_the_other() {
    let (_cluster, gp, hospital) = two();
    let mut watch = gp.context().desk.watch();
    let name = gp.refer(hospital.organisation(), &[]);
    hospital.wait("the referral", name, |_| true);
    let text = "Send røntgenbildene.".parse().unwrap();
    hospital.say(name, What::Ask { text }).unwrap();
    gp.wait("the question", name, is(Status::InformationWanted));
    let text = Some("De er tatt i april.".parse().unwrap());
    gp.say(name, What::Supplement { text, documents: Vec::new() }).unwrap();
    hospital.wait("the supplement", name, is(Status::Received));
    let outcome = "2".parse().unwrap();
    hospital.say(name, What::Accept { outcome, seniority: None, text: None }).unwrap();
    gp.wait("the answer", name, is(Status::Accepted));
    hospital.say(name, What::Start { text: None }).unwrap();
    hospital.say(name, What::Complete { text: None, documents: Vec::new() }).unwrap();
    gp.wait("the end", name, is(Status::Completed));
    let failure = gp.say(name, What::Withdraw { reason: "Angret.".parse().unwrap() }).unwrap_err();
    assert!(failure.error.contains("has ended"), "{failure:?}");
    wait_even(&gp, &hospital, name);
    let mut seen = Vec::new();
    while let Ok(news) = watch.try_recv() {
        assert_eq!(news.name, name);
        seen.push(news.kind);
    }
    let said = [Kind::Requested, Kind::MoreInformationWanted, Kind::Supplemented, Kind::Completed];
    assert!(said.iter().all(|kind| seen.contains(kind)), "{seen:?}");
}

#[test]
fn words_that_cross_are_kept_by_both() {
    let (_cluster, gp, mut hospital) = two();
    let name = gp.refer(hospital.organisation(), &[]);
    wait_even(&gp, &hospital, name);
    hospital.stop();
    gp.say(name, What::Withdraw { reason: "Pasienten er frisk.".parse().unwrap() }).unwrap();
    hospital.start_again();
    // Whether the hospital speaks before it has heard of it is a matter of luck; both orders are right.
    let outcome = "2".parse().unwrap();
    drop(hospital.say(name, What::Accept { outcome, seniority: None, text: None }));
    gp.wait("the end", name, is(Status::Withdrawn));
    hospital.wait("the end", name, is(Status::Withdrawn));
    wait_even(&gp, &hospital, name);
}
