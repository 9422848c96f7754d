//! Referrals: what was said is there again, what does not follow is refused, and what waits is known.

use std::fs;

use budstikke_keys::jws::Verified;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::ids::ReferralId;
use budstikke_protocol::referral::event::{Event, Kept, Person, ReferralName};
use budstikke_protocol::referral::said::{Answer, Requested, Said};
use budstikke_protocol::referral::state::{Side, State};
use serde_json::json;

use super::fixture::{Home, PATIENT, asker, caller, here, id, list_permit, signed, time};
use crate::store::{
    About, By, Change, Commit, CommitError, EventPlace, Referral, Store, StoreError,
};

fn name(number: u8) -> ReferralName {
    let referral = ReferralId::from_parts(1_800_000_000_000 + u64::from(number), [number; 10]);
    ReferralName { referrer: here(), referral }
}

fn requested(number: u8) -> Verified<Event> {
    let requested: Requested = serde_json::from_value(json!({
        "patient": { "system": "2.16.578.1.12.4.1.4.1", "value": PATIENT },
        "priority": "30", "seniority": "2026-11-01", "title": "Ortopedisk vurdering",
        "documents": [{ "custodian": here(), "document": id(9), "manifest":
            budstikke_keys::digest::Sha256Digest::of(b"a manifest") }],
    }))
    .unwrap();
    signed(Event {
        referral: name(number).referral,
        referrer: here(),
        receiver: asker(),
        author: here(),
        number: 1,
        previous: None,
        seen: None,
        time: time(0),
        person: Some(person()),
        said: Said::Requested(Box::new(requested)),
    })
}

fn person() -> Person {
    let caller = caller(here());
    Person { hpr: caller.person, role: caller.role }
}

/// What a side says next, and the state behind it.
fn next(state: &State, side: Side, said: Said) -> (Verified<Event>, State) {
    let person = if said.is_acknowledgement() { None } else { Some(person()) };
    let event = signed(state.next(side, said, person, time(1)));
    let state = state.stepped(&Kept::from(&event), None).unwrap();
    (event, state)
}

fn message(text: &str) -> Said {
    Said::Message { text: Some(text.parse().unwrap()), documents: Vec::new() }
}

fn stored(of: u32) -> Said {
    Said::Acknowledged { of, answer: Answer::Stored }
}

async fn take(store: &Store, by: By, event: &Verified<Event>) -> Result<(), StoreError> {
    let record = Record::by_node(Action::Receive, time(2)).with_peer(asker());
    store.commit(Commit::new(record).with(Change::Event(by, event))).await
}

async fn mark(store: &Store, change: Change<'_>) {
    let record = Record::by_node(Action::Deliver, time(3)).with_peer(asker());
    store.commit(Commit::new(record).with(change)).await.unwrap();
}

fn get(store: &Store, number: u8) -> Referral {
    store.referrals().get(name(number)).unwrap().unwrap()
}

fn waiting(store: &Store) -> Vec<ReferralName> {
    let all = store.referrals().outgoing(asker(), Timestamp::UNIX_EPOCH, 10).unwrap();
    all.into_iter().map(|outgoing| outgoing.name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_there_when_the_index_is_built_anew() {
    let home = Home::new();
    let (store, _) = home.open();
    let first = requested(1);
    take(&store, By::Here, &first).await.unwrap();
    let state = State::opened(&Kept::from(&first)).unwrap();
    let (second, state) = next(&state, Side::Receiver, stored(1));
    let (third, state) = next(&state, Side::Receiver, message("Hei"));
    take(&store, By::There, &second).await.unwrap();
    take(&store, By::There, &third).await.unwrap();
    mark(&store, Change::Delivered(name(1), 1)).await;
    let (fourth, state) = next(&state, Side::Referrer, stored(2));
    take(&store, By::Here, &fourth).await.unwrap();
    let before = get(&store, 1);
    assert_eq!((&before.state, before.held(), before.delivered), (&state, (2, 2), 1));
    store.close().await.unwrap();
    fs::remove_dir_all(home.path("db")).unwrap();
    let (store, _) = home.open();
    let again = get(&store, 1);
    assert_eq!((&again.state, again.delivered, again.waiting), (&state, 1, before.waiting));
    assert_eq!(waiting(&store), [name(1)]);
    let place = EventPlace { name: name(1), side: Side::Receiver, number: 2 };
    let event = store.referrals().event(place).unwrap().unwrap();
    assert_eq!(event.compact(), third.compact());
    let permit = list_permit(here());
    assert_eq!(store.referrals().page(&permit, None, 10).unwrap().len(), 1);
    assert_eq!(store.referrals().of_patient(&permit, PATIENT).unwrap().len(), 1);
    assert_eq!(store.referrals().attaching(here(), id(9)).unwrap().len(), 1);
    assert_eq!(store.referrals().attaching(asker(), id(9)).unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_follow_is_refused_and_leaves_nothing() {
    let home = Home::new();
    let (store, _) = home.open();
    let first = requested(1);
    let state = State::opened(&Kept::from(&first)).unwrap();
    let (one, after_one) = next(&state, Side::Referrer, message("en"));
    let (other, _) = next(&state, Side::Referrer, message("en annen"));
    let (two, _) = next(&after_one, Side::Referrer, message("to"));
    let is_refused = async |event: &Verified<Event>| {
        let taken = take(&store, By::Here, event).await;
        matches!(taken, Err(StoreError::Commit(CommitError::Moved)))
    };
    assert!(is_refused(&one).await);
    take(&store, By::Here, &first).await.unwrap();
    assert!(is_refused(&first).await);
    assert!(is_refused(&two).await);
    // Two that were said at once: one of them is first.
    take(&store, By::Here, &one).await.unwrap();
    assert!(is_refused(&other).await);
    take(&store, By::Here, &two).await.unwrap();
    assert_eq!(get(&store, 1).held(), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_oldest_first_until_it_is_delivered() {
    let home = Home::new();
    let (store, _) = home.open();
    for number in [2, 1, 3] {
        take(&store, By::Here, &requested(number)).await.unwrap();
    }
    assert_eq!(waiting(&store), [name(1), name(2), name(3)]);
    assert_eq!(store.referrals().receivers().unwrap(), [asker()]);
    mark(&store, Change::Delivered(name(2), 1)).await;
    assert_eq!(waiting(&store), [name(1), name(3)]);
    // Tried once more, it is the newest.
    mark(&store, Change::Retried(name(1))).await;
    assert_eq!(waiting(&store), [name(3), name(1)]);
    let since = get(&store, 1).waiting.unwrap();
    assert_eq!((since.since, since.tried), (time(2), time(3)));
    // Its home was put back: it has nothing any more.
    mark(&store, Change::Delivered(name(2), 0)).await;
    assert_eq!(waiting(&store).len(), 3);
    for number in [1, 2, 3] {
        mark(&store, Change::Delivered(name(number), 1)).await;
    }
    assert_eq!(store.referrals().receivers().unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_here_is_in_the_log_and_nothing_else() {
    let home = Home::new();
    let (store, _) = home.open();
    let first = requested(1);
    take(&store, By::Here, &first).await.unwrap();
    let state = State::opened(&Kept::from(&first)).unwrap();
    let (second, _) = next(&state, Side::Receiver, stored(1));
    take(&store, By::There, &second).await.unwrap();
    let record = |side, number| {
        store.referrals().record(EventPlace { name: name(1), side, number }).unwrap()
    };
    let own = record(Side::Referrer, 1).unwrap();
    assert_eq!((own.index, own.about, own.statement), (0, About::Event, first.digest()));
    assert_eq!(own.recommitted(), own.commitment);
    assert!(record(Side::Receiver, 1).is_none());
    assert_eq!(store.log().committed().unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_attach_is_to_be_looked_at_until_it_is_answered() {
    let home = Home::new();
    let (store, _) = home.open();
    let first = requested(1);
    // As the receiver has it.
    take(&store, By::There, &first).await.unwrap();
    assert_eq!(store.referrals().unassessed(None, 10).unwrap(), [(name(1), 1)]);
    let state = State::opened(&Kept::from(&first)).unwrap();
    let (second, state) = next(&state, Side::Receiver, stored(1));
    take(&store, By::Here, &second).await.unwrap();
    assert_eq!(store.referrals().unassessed(None, 10).unwrap().len(), 1);
    let accepted = Said::Acknowledged { of: 1, answer: Answer::Accepted };
    let (third, _) = next(&state, Side::Receiver, accepted);
    take(&store, By::Here, &third).await.unwrap();
    assert_eq!(store.referrals().unassessed(None, 10).unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbox_that_drains_shows_what_is_left_wherever_its_rows_are() {
    let home = Home::new();
    let (store, _) = home.open();
    for number in 1..=6 {
        take(&store, By::Here, &requested(number)).await.unwrap();
    }
    // From then on the rows of these stand in the database, and that they go waits in memory.
    store.close().await.unwrap();
    let (store, _) = home.open();
    for number in 7..=8 {
        take(&store, By::Here, &requested(number)).await.unwrap();
    }
    for (delivered, left) in [
        (1, vec![2, 3, 4, 5, 6, 7, 8]),
        (2, vec![3, 4, 5, 6, 7, 8]),
        (4, vec![3, 5, 6, 7, 8]),
        (7, vec![3, 5, 6, 8]),
        (6, vec![3, 5, 8]),
        (8, vec![3, 5]),
        (3, vec![5]),
        (5, vec![]),
    ] {
        mark(&store, Change::Delivered(name(delivered), 1)).await;
        assert_eq!(waiting(&store), left.into_iter().map(name).collect::<Vec<_>>());
    }
    assert_eq!(store.referrals().receivers().unwrap(), []);
}
