//! Referrals between nodes: what is said on one side is on the disk of the other, once, in order, whatever happens between.

use budstikke::service::referral::say::What;
use budstikke_protocol::referral::event::ReferralName;
use budstikke_protocol::referral::status::Status;
use budstikke_scenarios::cluster::Cluster;
use budstikke_scenarios::inside::Inside;

use crate::program;

/// Two organisations whose nodes run.
fn two() -> (Cluster, Inside, Inside) {
    let cluster = Cluster::made(program(), 2);
    cluster.join_all();
    let start = |at: usize| Inside::start(cluster.sites[at].home.clone());
    let (gp, hospital) = (start(0), start(1));
    (cluster, gp, hospital)
}

/// Both hold the same events.
fn assert_same(one: &Inside, other: &Inside, name: ReferralName) {
    let (here, there) = (one.show(name).unwrap(), other.show(name).unwrap());
    let events = |shown: &budstikke::service::referral::show::Shown| {
        let both = shown.referrers.iter().chain(&shown.receivers);
        both.map(|event| event.compact().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(events(&here), events(&there));
    assert_eq!(here.summary.state, there.summary.state);
}

#[test]
fn a_referral_is_stored_by_the_receiver_and_the_sender_knows() {
    let (_cluster, gp, hospital) = two();
    let name = gp.refer(hospital.organisation(), &[]);
    let shown = gp.wait("the word that it is stored", name, |it| it.delivery.stored == 1);
    assert_eq!(shown.summary.state.status(), Status::Received);
    assert!(shown.summary.delivery.waiting_since.is_none());
    // The receiver learns that its acknowledgement has arrived.
    hospital.wait("an empty outbox", name, |it| it.delivery.waiting_since.is_none());
    assert_same(&gp, &hospital, name);
}

#[test]
fn what_both_sides_say_reaches_the_other() {
    let (_cluster, gp, hospital) = two();
    let name = gp.refer(hospital.organisation(), &[]);
    hospital.wait("the referral", name, |_| true);
    let text = "Send røntgenbildene.".parse().unwrap();
    hospital.say(name, What::Ask { text }).unwrap();
    gp.wait("the question", name, |it| it.state.status() == Status::InformationWanted);
    let text = Some("De er tatt i april.".parse().unwrap());
    gp.say(name, What::Supplement { text, documents: Vec::new() }).unwrap();
    let supplied =
        |it: &budstikke::service::referral::list::Summary| it.state.status() == Status::Received;
    hospital.wait("the supplement", name, supplied);
    let outcome = "2".parse().unwrap();
    hospital.say(name, What::Accept { outcome, seniority: None, text: None }).unwrap();
    gp.wait("the answer", name, |it| it.state.status() == Status::Accepted);
    for inside in [&gp, &hospital] {
        inside.wait("an empty outbox", name, |it| it.delivery.waiting_since.is_none());
    }
    assert_same(&gp, &hospital, name);
}

#[test]
fn what_waits_is_delivered_when_the_receiver_appears() {
    let (_cluster, mut gp, mut hospital) = two();
    let to = hospital.organisation();
    hospital.stop();
    let names: Vec<_> = (0..50).map(|_| gp.refer(to, &[])).collect();
    let waiting = gp.show(names[0]).unwrap().summary.delivery;
    assert!(waiting.waiting_since.is_some());
    gp.stop();
    gp.start_again();
    hospital.start_again();
    for name in &names {
        gp.wait("the word that it is stored", *name, |it| it.delivery.stored == 1);
        assert_same(&gp, &hospital, *name);
    }
}
