//! A thread as long as one may be.

use std::time::{Duration, Instant};

use budstikke::clock;
use budstikke::service::referral::say::What;
use budstikke::store::{By, Change, Commit};
use budstikke_keys::jws::sign;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::limits::{CHAIN_MAX, CHAIN_SPARE};
use budstikke_protocol::referral::event::ReferralName;
use budstikke_protocol::referral::said::Said;
use budstikke_protocol::referral::status::Status;
use budstikke_scenarios::inside::Inside;
use budstikke_scenarios::until::until;
use serde_json::json;

use super::{events, two, wait_even};

/// How long half of the thread may take from one node to the other, and a look at all of it: many times what they take.
const DELIVERED_MAX: Duration = Duration::from_mins(1);
const SHOWN_MAX: Duration = Duration::from_secs(10);

/// How many messages one commit says: as a delivery brings them.
const TOGETHER: usize = 250;

/// What is said again and again.
const TEXT: &str = "Blodtrykket er målt til 130/80, feberen er borte.";

fn message() -> What {
    What::Message { text: Some(TEXT.parse().unwrap()), documents: Vec::new() }
}

/// Says as much as there is room for.
fn fill(inside: &Inside, name: ReferralName) {
    let store = &inside.context().store;
    loop {
        let referral = store.referrals().get(name).unwrap().unwrap();
        let (mut state, side) = (referral.state.clone(), referral.here);
        let person = serde_json::from_value(json!({ "hpr": "999000101", "role": "LE" })).unwrap();
        let said = Said::Message { text: Some(TEXT.parse().unwrap()), documents: Vec::new() };
        let mut said_now = Vec::new();
        while said_now.len() < TOGETHER && state.may(side, &said).is_ok() {
            let event = state.next(side, said.clone(), Some(person), clock::now());
            let event = sign(event, &inside.context().sign).unwrap();
            state = state.stepped(&(&event).into(), None).unwrap();
            said_now.push(event);
        }
        if said_now.is_empty() {
            return;
        }
        let record = Record::permitted(Action::Refer, &inside.caller(), clock::now());
        let record = record.of_referral(name, &state.request().patient);
        let said_now = said_now.iter().map(|event| Change::Event(By::Here, event));
        let commit = said_now.fold(Commit::new(record), Commit::with);
        inside.run(async |ctx, _| ctx.store.commit(commit).await.unwrap());
    }
}

/// Waits until one has all that the other has said.
fn wait_all(from: &Inside, to: &Inside, name: ReferralName) {
    let held =
        |inside: &Inside| inside.context().store.referrals().get(name).unwrap().unwrap().held();
    until("the whole thread", DELIVERED_MAX, || (held(to).1 == held(from).0).then_some(()));
}

#[test]
fn a_thread_of_ten_thousand_events_is_whole_on_both_sides() {
    let (_cluster, mut gp, mut hospital) = two();
    let name = gp.refer(hospital.organisation(), &[]);
    wait_even(&gp, &hospital, name);
    hospital.stop();
    fill(&gp, name);
    hospital.start_again();
    gp.context().desk.waits(hospital.organisation());
    wait_all(&gp, &hospital, name);
    gp.stop();
    fill(&hospital, name);
    gp.start_again();
    hospital.context().desk.waits(gp.organisation());
    wait_all(&hospital, &gp, name);
    // Nothing more has room but an end.
    for inside in [&gp, &hospital] {
        let failure = inside.say(name, message()).unwrap_err();
        assert!(failure.error.contains("as many events as it can have"), "{failure:?}");
    }
    gp.say(name, What::Withdraw { reason: "Pasienten er frisk.".parse().unwrap() }).unwrap();
    hospital.wait("the end", name, |it| it.state.status() == Status::Withdrawn);
    let began = Instant::now();
    let [here, there] = [&gp, &hospital].map(|inside| inside.show(name).unwrap());
    let took = began.elapsed();
    let both = events(&here);
    assert!(both == events(&there));
    let most = 2 * usize::try_from(CHAIN_MAX - CHAIN_SPARE).unwrap();
    assert!(both.len() > most && here.thread.lines().len() == both.len(), "{}", both.len());
    assert!(took < SHOWN_MAX, "{took:?}");
}
