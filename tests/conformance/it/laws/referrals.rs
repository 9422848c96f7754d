//! Referrals: whatever is said, lost or late, both sides come to one thread.

use budstikke_conformance::cast::{self, GP, HOSPITAL, MUNICIPALITY, NOW};
use budstikke_conformance::sample;
use budstikke_conformance::sample::Change as _;
use budstikke_conformance::thread::{Play, acknowledged, example, key, refused, said};
use budstikke_keys::jws::{Verified, sign};
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::EventDigest;
use budstikke_protocol::limits::{CHAIN_MAX, CHAIN_SPARE, REOPENED_MAX};
use budstikke_protocol::referral::event::{Event, Kept, Seen};
use budstikke_protocol::referral::fault::Fault;
use budstikke_protocol::referral::said::{Answer, Kind, Said};
use budstikke_protocol::referral::state::{Side, State};
use budstikke_protocol::referral::status::Status;
use budstikke_protocol::referral::step::{Facts, Place};
use budstikke_protocol::referral::thread::Thread;
use proptest::prelude::*;
use serde_json::json;

/// What one site holds while events are on their way.
struct Site {
    play: Play,
    /// The other side's events that have not come yet.
    coming: Vec<Verified<Event>>,
}

/// One move of a random game: who acts, what is said, and how many of the events on the way arrive before.
type Move = (bool, usize, usize);

fn moves() -> impl Strategy<Value = Vec<Move>> {
    prop::collection::vec((any::<bool>(), 0_usize..24, 0_usize..4), 1..40)
}

/// One of the things that can be said.
fn anything(at: usize, state: &State, side: Side) -> Said {
    let kind = Kind::ALL[at % Kind::ALL.len()];
    match (kind, at / Kind::ALL.len()) {
        (Kind::Acknowledged, 0) => acknowledged(state.chain(side.other()).number(), Answer::Stored),
        (Kind::Acknowledged, _) => acknowledged(1, refused()),
        _ => example(kind.name()),
    }
}

/// Plays a game: two sites that act at once, each on what has arrived there.
fn game(moves: &[Move]) -> [Play; 2] {
    let mut sites =
        [Side::Referrer, Side::Receiver].map(|_| Site { play: Play::new(), coming: Vec::new() });
    for (is_receivers, what, arriving) in moves {
        let (at, side) = if *is_receivers { (1, Side::Receiver) } else { (0, Side::Referrer) };
        arrive(&mut sites[at], *arriving);
        let said = anything(*what, &sites[at].play.state, side);
        if sites[at].play.state.may(side, &said).is_ok() {
            let event = sites[at].play.next(side, said);
            sites[at].play = sites[at].play.clone().with(event.clone()).unwrap();
            sites[1 - at].coming.push(event);
        }
    }
    sites.map(|mut site| {
        arrive(&mut site, usize::MAX);
        site.play
    })
}

fn arrive(site: &mut Site, most: usize) {
    let coming = most.min(site.coming.len());
    for event in site.coming.drain(..coming) {
        // Whoever could say it is believed by the other side, whatever that has said meanwhile.
        site.play = site.play.clone().with(event).unwrap();
    }
}

fn kept(events: &[Verified<Event>]) -> Vec<Kept> {
    events.iter().map(Kept::from).collect()
}

proptest! {
    #[test]
    fn both_sides_come_to_one_state(moves in moves()) {
        let [one, other] = game(&moves);
        prop_assert_eq!(&one.state, &other.state);
        let thread = Thread::merge(kept(&one.referrer), kept(&one.receiver)).unwrap();
        prop_assert_eq!(thread.state(), &one.state);
        prop_assert_eq!(thread.lines().len(), one.referrer.len() + one.receiver.len());
    }

    #[test]
    fn nothing_decided_moves_back_unless_it_is_reopened(moves in moves()) {
        let [play, _] = game(&moves);
        let thread = Thread::merge(kept(&play.referrer), kept(&play.receiver)).unwrap();
        let mut states = Vec::new();
        for end in 1..=thread.lines().len() {
            let of = |side| {
                let lines = thread.lines().iter().take(end).filter(move |line| line.side == side);
                lines.map(|line| line.kept.clone()).collect::<Vec<_>>()
            };
            let state = Thread::merge(of(Side::Referrer), of(Side::Receiver)).unwrap();
            states.push(state.state().clone());
        }
        for pair in states.windows(2) {
            if pair[0].reopened() == pair[1].reopened() {
                prop_assert!(pair[0].rank() <= pair[1].rank());
            }
        }
    }

    #[test]
    fn a_state_reads_back_from_json_and_cbor(moves in moves()) {
        let [play, _] = game(&moves);
        let json = serde_json::to_vec(&play.state).unwrap();
        prop_assert_eq!(&serde_json::from_slice::<State>(&json).unwrap(), &play.state);
        let mut cbor = Vec::new();
        ciborium::into_writer(&play.state, &mut cbor).unwrap();
        prop_assert_eq!(&ciborium::from_reader::<State, _>(&*cbor).unwrap(), &play.state);
    }
}

#[test]
fn a_state_stays_small() {
    let patient = json!({ "system": format!("2.{}", "9".repeat(126)), "value": "\\".repeat(64), "assigner": GP });
    let event =
        sample::event().with("/said/patient", patient).with("/said/title", "\"".repeat(128));
    let event = sign(serde_json::from_value(event).unwrap(), &key(Side::Referrer)).unwrap();
    let state = State::open(&event, cast::time(NOW)).unwrap();
    let mut play = Play { state, referrer: vec![event], receiver: Vec::new() };
    for _ in 0..=REOPENED_MAX {
        for kind in ["accepted", "scheduled", "more-information-wanted", "started", "completed"] {
            play = play.then(Side::Receiver, example(kind));
        }
        if play.state.reopened() < REOPENED_MAX {
            play = play.then(Side::Receiver, example("reopened"));
        }
    }
    let again = play.state.may(Side::Receiver, &example("reopened"));
    assert_eq!(again, Err(Fault::ReopenedTooOften));
    let size = serde_json::to_vec(&play.state).unwrap().len();
    assert!(size <= 2048, "{size}");
}

#[test]
fn a_thread_of_ten_thousand_events_is_full_and_can_still_be_ended() {
    let mut play = Play::at("accepted");
    let message = || example("message");
    for side in [Side::Referrer, Side::Receiver] {
        while play.state.chain(side).number() < CHAIN_MAX - CHAIN_SPARE {
            let event = play.next(side, message());
            let facts = Facts { seen: None, now: cast::time(NOW) };
            play.state = play.state.step(&event, &facts).unwrap();
            match side {
                Side::Referrer => play.referrer.push(event),
                Side::Receiver => play.receiver.push(event),
            }
        }
        assert_eq!(play.state.may(side, &message()), Err(Fault::Full));
    }
    let thread = Thread::merge(kept(&play.referrer), kept(&play.receiver)).unwrap();
    assert_eq!(thread.state(), &play.state);
    let ended = play.then(Side::Receiver, example("completed"));
    assert_eq!(ended.state.status(), Status::Completed);
}

#[test]
fn what_comes_twice_is_held_and_another_with_its_number_is_a_fork() {
    let play = Play::at("accepted");
    let place = |event: &Verified<Event>, held: Option<usize>| {
        let digest = EventDigest::new(event.digest());
        let held = held.map(|at| EventDigest::new(play.receiver[at].digest()));
        let seen = Seen { number: event.statement().number, event: digest };
        play.state.place(Side::Receiver, seen, held)
    };
    assert_eq!(place(&play.receiver[1], Some(1)), Ok(Place::Held));
    let other = Play::at("received").next(Side::Receiver, example("message"));
    assert_eq!(place(&other, Some(1)), Err(Fault::Fork));
    assert_eq!(place(&play.next(Side::Receiver, example("message")), None), Ok(Place::Next));
    let later = play.clone().then(Side::Receiver, example("message"));
    assert_eq!(place(&later.next(Side::Receiver, example("message")), None), Err(Fault::Gap));
}

#[test]
fn a_referral_begins_with_its_request_and_not_in_the_future() {
    let request = Play::new().referrer.remove(0);
    let late = request.statement().time.minus(std::time::Duration::from_secs(301));
    assert_eq!(State::open(&request, late), Err(Fault::NotYet));
    let message = Play::new().next(Side::Referrer, example("message"));
    assert_eq!(State::open(&message, cast::time(NOW)), Err(Fault::NotRequested));
    let as_receiver = sample::event().with("/author", HOSPITAL);
    let event = sign(serde_json::from_value(as_receiver).unwrap(), &key(Side::Receiver)).unwrap();
    assert_eq!(State::open(&event, cast::time(NOW)), Err(Fault::NotRequested));
}

#[test]
fn nobody_redirects_to_a_party() {
    for party in [GP, HOSPITAL] {
        let said = said(sample::said("redirected").with("/to", party));
        assert_eq!(Play::at("received").state.may(Side::Receiver, &said), Err(Fault::NotAThird));
    }
}

fn at(text: &str) -> Timestamp {
    cast::time(text)
}

#[test]
fn documents_are_open_to_the_other_side_for_thirty_days_after_the_end() {
    let [gp, hospital, municipality] = [GP, HOSPITAL, MUNICIPALITY].map(cast::organisation);
    let (last, after) = (at("2026-12-22T12:04:04Z"), at("2026-12-22T12:04:05Z"));
    let open = Play::at("started").state;
    let ended = Play::at("completed").state;
    for (custodian, asker) in [(gp, hospital), (hospital, gp)] {
        assert!(open.opens(custodian, asker, at("2036-01-01T00:00:00Z")));
        assert!(ended.opens(custodian, asker, last) && !ended.opens(custodian, asker, after));
        assert!(!open.opens(custodian, municipality, last));
        assert!(!open.opens(municipality, asker, last) && !open.opens(custodian, custodian, last));
    }
    let redirected = Play::at("redirected").state;
    assert!(
        redirected.opens(gp, municipality, last) && redirected.opens(hospital, municipality, last)
    );
    assert!(!redirected.opens(gp, municipality, after));
    let reopened = Play::at("completed").then(Side::Receiver, example("reopened")).state;
    assert!(reopened.opens(gp, hospital, after));
}

#[test]
fn an_event_offers_only_documents_of_its_author() {
    let play = Play::at("received");
    let event = play.next(Side::Receiver, example("message"));
    // The example attaches two documents of the GP's office.
    assert_eq!(event.statement().offered().count(), 0);
    let event = play.next(Side::Referrer, example("message"));
    assert_eq!(event.statement().offered().count(), 2);
}

#[test]
fn a_referral_is_overdue_when_nobody_has_assessed_it_in_time() {
    // Received on Sunday, the 22nd of November: ten working days end on the 4th of December, in Norway at 23:00 UTC.
    let (last, late) = (at("2026-12-04T22:59:59Z"), at("2026-12-04T23:00:00Z"));
    for status in ["received", "information-wanted"] {
        let state = Play::at(status).state;
        assert!(!state.is_overdue(last) && state.is_overdue(late), "{status}");
    }
    for status in
        ["sent", "accepted", "withdrawn", "rejected", "refused", "completed", "redirected"]
    {
        assert!(!Play::at(status).state.is_overdue(late), "{status}");
    }
    let play = Play::at("rejected");
    let again = play.next_at(Side::Receiver, example("reopened"), at("2026-11-22T12:09:05Z"));
    let state = play.with(again).unwrap().state;
    assert!(!state.is_overdue(last) && state.is_overdue(late));
}

#[test]
fn a_node_owes_an_acknowledgement_of_what_people_said_and_of_nothing_else() {
    let play = Play::new();
    assert_eq!(play.state.owes(Side::Receiver), Some(1));
    assert_eq!(play.state.owes(Side::Referrer), None);
    let play = play.then(Side::Receiver, acknowledged(1, Answer::Stored));
    assert_eq!((play.state.owes(Side::Referrer), play.state.owes(Side::Receiver)), (None, None));
    let play = play.then(Side::Receiver, example("accepted"));
    assert_eq!(play.state.owes(Side::Referrer), Some(2));
}

#[test]
fn an_overtaken_withdrawal_is_told() {
    let withdrawn = || (Side::Referrer, example("withdrawn"));
    let started = Play::at("scheduled").crossing(withdrawn(), (Side::Receiver, example("started")));
    assert!(started.unwrap().state.is_withdrawal_overtaken());
    let accepted =
        Play::at("received").crossing(withdrawn(), (Side::Receiver, example("accepted")));
    assert!(!accepted.unwrap().state.is_withdrawal_overtaken());
}
