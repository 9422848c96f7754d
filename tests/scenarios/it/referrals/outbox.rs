//! What waits: kept, said, tried again, and delivered when the receiver is there.

use budstikke::service::referral::outbox::{OutboxLine, counts, outbox, retry};
use budstikke::service::referral::say::What;
use budstikke_protocol::federation::roster::Status;
use budstikke_protocol::referral::delivery::Lateness;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS};
use budstikke_scenarios::hostile::roster::amend;
use budstikke_scenarios::inside::{Inside, form};
use budstikke_scenarios::until::{PATIENCE, until};

use super::{made, start, two, wait_even};

fn lines(inside: &Inside) -> Vec<OutboxLine> {
    inside.run(async |ctx, _| outbox(&ctx).unwrap())
}

#[test]
fn what_waits_is_delivered_when_the_receiver_appears() {
    let (_cluster, mut gp, mut hospital) = two();
    let to = hospital.organisation();
    hospital.stop();
    let names: Vec<_> = (0..50).map(|_| gp.refer(to, &[])).collect();
    let first = gp.show(names[0]).unwrap();
    assert!(first.summary.delivery.waiting_since.is_some());
    assert_eq!(lines(&gp).len(), 50);
    gp.stop();
    gp.start_again();
    assert_eq!(lines(&gp).len(), 50);
    hospital.start_again();
    for name in &names {
        wait_even(&gp, &hospital, *name);
    }
    assert_eq!(lines(&gp), []);
    assert_eq!(lines(&hospital), []);
}

#[test]
fn the_outbox_says_what_waits_and_why() {
    let (_cluster, gp, mut hospital) = two();
    hospital.stop();
    let name = gp.refer(ORGANISATIONS[1].parse().unwrap(), &[]);
    gp.say(name, What::Message { text: Some("Hei".parse().unwrap()), documents: Vec::new() })
        .unwrap();
    let line = until("a failed attempt", PATIENCE, || {
        lines(&gp).pop().filter(|line| line.attempts > 2 && line.next_attempt.is_some())
    });
    assert_eq!((line.name, line.to, line.events), (name, ORGANISATIONS[1].parse().unwrap(), 2));
    assert_eq!(line.lateness, Lateness::OnTime);
    assert!(line.last_error.unwrap().contains("cannot be reached"));
    assert_eq!(gp.run(async |ctx, _| counts(&ctx).unwrap().waiting), 1);
    assert_eq!(gp.run(async |ctx, caller| retry(&ctx, &caller, None).await.unwrap()), 1);
    hospital.start_again();
    wait_even(&gp, &hospital, name);
}

#[test]
fn who_is_no_member_is_refused_unless_it_is_waited_for() {
    let cluster = made(2);
    let gp = start(&cluster, 0);
    let nobody = ORGANISATIONS[5].parse().unwrap();
    let failure = gp.send(form(nobody, &[])).unwrap_err();
    assert!(failure.error.contains("not a member"), "{failure:?}");
    let mut waiting = form(nobody, &[]);
    waiting.wait = true;
    let sent = gp.send(waiting).unwrap();
    assert!(sent.warning.unwrap().contains("no member of the federation yet"));
    let line = until("a failed attempt", PATIENCE, || {
        lines(&gp).pop().filter(|line| line.last_error.is_some())
    });
    assert_eq!(line.name, sent.name);
    let own = ORGANISATIONS[0].parse().unwrap();
    assert!(gp.send(form(own, &[])).unwrap_err().error.contains("itself"));
}

#[test]
fn who_is_no_member_yet_gets_it_once_it_is_one() {
    let mut cluster = made(2);
    let gp = start(&cluster, 0);
    let mut waiting = form(ORGANISATIONS[2].parse().unwrap(), &[]);
    waiting.wait = true;
    let name = gp.send(waiting).unwrap().name;
    cluster.init(ORGANISATIONS[2]);
    let request = cluster.sites[2].home.join("request.json");
    cluster.change_roster(&["add", request.to_str().unwrap()]);
    cluster.join(&cluster.sites[2]);
    let newcomer = start(&cluster, 2);
    assert_eq!(lines(&gp).len(), 1);
    import(&cluster);
    wait_even(&gp, &newcomer, name);
    assert_eq!(lines(&gp), []);
}

#[test]
fn who_is_suspended_gets_it_once_it_is_active_again() {
    let cluster = made(3);
    cluster.change_roster(&["suspend", ORGANISATIONS[1]]);
    let gp = start(&cluster, 0);
    import(&cluster);
    let sent = gp.send(form(ORGANISATIONS[1].parse().unwrap(), &[])).unwrap();
    assert!(sent.warning.unwrap().contains("suspended"));
    let line = until("a failed attempt", PATIENCE, || {
        lines(&gp).pop().filter(|line| line.last_error.is_some())
    });
    assert!(line.last_error.unwrap().contains("not an active member"));
    // No command makes a member active again but one with a new request.
    amend(&cluster, |roster| {
        roster.members.iter_mut().for_each(|member| member.status = Status::Active);
    });
    let hospital = start(&cluster, 1);
    assert_eq!(lines(&gp).len(), 1);
    import(&cluster);
    wait_even(&gp, &hospital, sent.name);
}

/// Lets the first organisation know of the newest roster.
fn import(cluster: &Cluster) {
    cluster.sites[0].json(&["roster", "import", cluster.roster().to_str().unwrap()]);
}
