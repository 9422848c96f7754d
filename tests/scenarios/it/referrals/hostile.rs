//! A member that delivers what it must not: the fault is told, nothing of it is kept, and the rest goes on.

use std::io;
use std::slice::from_ref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use budstikke::service::referral::outbox::retry;
use budstikke_keys::jws::sign;
use budstikke_keys::secret::SecretKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::federation::roster::{KeyUse, RetiredKey};
use budstikke_protocol::ids::{OrganisationNumber, ReferralId};
use budstikke_protocol::referral::event::{Event, Kept, Person, ReferralName};
use budstikke_protocol::referral::said::{Requested, Said};
use budstikke_protocol::referral::state::{Side, State};
use budstikke_protocol::wire::codec::{decode, encode};
use budstikke_protocol::wire::referral::{
    Held, PROTOCOL, Parcel, ReferralAnswer, ReferralDelivery, Taken,
};
use budstikke_protocol::wire::refusal::Refusal;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::link::{Link, Serve};
use budstikke_scenarios::hostile::roster::amend;
use budstikke_scenarios::hostile::streams::read_all;
use budstikke_scenarios::inside::Inside;
use budstikke_scenarios::until::{PATIENCE, until};
use futures::{AsyncWriteExt as _, FutureExt as _};
use serde_json::json;
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use super::{made, start, wait_even};

/// A hospital, and a member that has the keys of a GP office.
struct Stage {
    cluster: Cluster,
    hospital: Inside,
    adversary: Adversary,
    runtime: Runtime,
}

impl Stage {
    fn new() -> Self {
        let cluster = made(3);
        let hospital = start(&cluster, 0);
        let adversary = Adversary::of(&cluster.sites[1]);
        Self { cluster, hospital, adversary, runtime: Runtime::new().unwrap() }
    }

    /// Delivers events, and gives what came of them.
    fn deliver(&self, name: ReferralId, events: &[String]) -> Taken {
        let parcel = Parcel {
            referrer: self.adversary.organisation,
            referral: name,
            held: Held { own: 9, theirs: 0 },
            events: events.to_vec(),
        };
        let ReferralAnswer::Taken(mut taken) = self.ask(vec![parcel]) else { panic!("refused") };
        taken.pop().unwrap()
    }

    fn ask(&self, parcels: Vec<Parcel>) -> ReferralAnswer {
        decode(&self.try_ask(parcels).unwrap()).unwrap()
    }

    /// The bytes of the answer, if there is one.
    fn try_ask(&self, parcels: Vec<Parcel>) -> io::Result<Vec<u8>> {
        let bytes = encode(&ReferralDelivery { parcels }).unwrap();
        self.runtime.block_on(async {
            let link: Link = self.adversary.dial(&self.cluster.sites[0]).await?;
            link.ask(PROTOCOL, &bytes).await
        })
    }

    /// An honest request, signed, with the state that it opens.
    fn request(&self, id: ReferralId) -> (String, State) {
        let event = request(id, self.adversary.organisation, self.hospital.organisation());
        self.signed(event, None)
    }

    /// Signs an event, and gives the state behind it as far as there is one.
    fn signed(&self, event: Event, state: Option<&State>) -> (String, State) {
        let signed = sign(event, &self.adversary.keys.sign).unwrap();
        let kept = Kept::from(&signed);
        let state = match state {
            None => State::opened(&kept).unwrap(),
            Some(state) => state.stepped(&kept, None).unwrap(),
        };
        (signed.compact().to_owned(), state)
    }
}

/// Signs whatever it is.
fn signed_with(key: &SecretKey, event: Event) -> String {
    sign(event, key).unwrap().compact().to_owned()
}

fn id(number: u8) -> ReferralId {
    ReferralId::from_parts(1_795_000_000_000, [number; 10])
}

fn now() -> Timestamp {
    budstikke::clock::now()
}

fn person() -> Option<Person> {
    serde_json::from_value(json!({ "hpr": "999000101", "role": "LE" })).ok()
}

fn request(id: ReferralId, from: OrganisationNumber, to: OrganisationNumber) -> Event {
    let requested: Requested = serde_json::from_value(json!({
        "patient": { "system": "2.16.578.1.12.4.1.4.1", "value": PATIENTS[0] },
        "priority": "30", "seniority": "2026-11-01", "title": "Ortopedisk vurdering",
    }))
    .unwrap();
    Event {
        referral: id,
        referrer: from,
        receiver: to,
        author: from,
        number: 1,
        previous: None,
        seen: None,
        time: now(),
        person: person(),
        said: Said::Requested(Box::new(requested)),
    }
}

fn message(text: &str) -> Said {
    Said::Message { text: Some(text.parse().unwrap()), documents: Vec::new() }
}

fn next(state: &State, said: Said) -> Event {
    state.next(Side::Referrer, said, person(), now())
}

#[test]
fn events_that_cannot_follow_are_named_and_not_kept() {
    let stage = Stage::new();
    let (first, opened) = stage.request(id(1));
    let (second, after_second) = stage.signed(next(&opened, message("andre")), Some(&opened));
    let (third, _) = stage.signed(next(&after_second, message("tredje")), Some(&after_second));
    // Out of order: nothing is there yet, and then there is a gap.
    assert_eq!(stage.deliver(id(1), from_ref(&second)).fault.unwrap(), "not-requested");
    let taken = stage.deliver(id(1), from_ref(&first));
    assert_eq!(
        (taken.held, taken.fault, taken.events.len()),
        (Held { own: 2, theirs: 1 }, None, 2)
    );
    assert_eq!(stage.deliver(id(1), from_ref(&third)).fault.unwrap(), "gap");
    // Twice: it is here already, and is answered as before.
    let again = stage.deliver(id(1), &[first.clone(), second.clone(), first, second.clone()]);
    assert_eq!((again.held.theirs, again.fault), (2, None));
    // Another with a number that is taken.
    let (other, _) = stage.signed(next(&opened, message("en annen")), Some(&opened));
    assert_eq!(stage.deliver(id(1), &[other]).fault.unwrap(), "fork");
    // One that does not follow from the one before it.
    let mut torn = next(&after_second, message("tredje"));
    torn.previous = torn.previous.map(|_| {
        Kept::from(&sign(next(&opened, message("x")), &stage.adversary.keys.sign).unwrap()).digest
    });
    let torn = signed_with(&stage.adversary.keys.sign, torn);
    assert_eq!(stage.deliver(id(1), &[torn]).fault.unwrap(), "wrong-previous");
    // The right one follows all the same.
    let taken = stage.deliver(id(1), &[third]);
    assert_eq!((taken.held.theirs, taken.fault), (3, None));
}

#[test]
fn events_of_others_and_by_others_are_refused() {
    let stage = Stage::new();
    let (first, opened) = stage.request(id(2));
    // Signed with another key of the same member.
    let event = request(id(2), stage.adversary.organisation, stage.hospital.organisation());
    let forged = signed_with(&stage.adversary.keys.node, event);
    assert_eq!(stage.deliver(id(2), &[forged]).fault.unwrap(), "signature");
    // A referral of two others.
    let third: OrganisationNumber = ORGANISATIONS[2].parse().unwrap();
    let event = request(id(2), stage.adversary.organisation, third);
    let others = signed_with(&stage.adversary.keys.sign, event);
    assert_eq!(stage.deliver(id(2), &[others]).fault.unwrap(), "other-referral");
    // In the name of the hospital itself.
    let mut event = request(id(2), stage.hospital.organisation(), stage.adversary.organisation);
    event.referrer = stage.hospital.organisation();
    let own = signed_with(&stage.adversary.keys.sign, event);
    assert_eq!(stage.deliver(id(2), &[own]).fault.unwrap(), "other-referral");
    assert_eq!(stage.deliver(id(2), &["ikke en hendelse".to_owned()]).fault.unwrap(), "malformed");
    assert_eq!(stage.deliver(id(2), &[first]).fault, None);
    // What is for the receiver to say.
    let accepted = Said::Accepted { outcome: "2".parse().unwrap(), seniority: None, text: None };
    let event = signed_with(&stage.adversary.keys.sign, next(&opened, accepted));
    assert_eq!(stage.deliver(id(2), &[event]).fault.unwrap(), "wrong-party");
    // Dated an hour ahead.
    let mut ahead = next(&opened, message("i morgen"));
    ahead.time = now().plus(std::time::Duration::from_hours(1));
    let ahead = signed_with(&stage.adversary.keys.sign, ahead);
    assert_eq!(stage.deliver(id(2), &[ahead]).fault.unwrap(), "not-yet");
    // After the end.
    let withdrawn = Said::Withdrawn { reason: "Angret.".parse().unwrap() };
    let (end, ended) = stage.signed(next(&opened, withdrawn), Some(&opened));
    assert_eq!(stage.deliver(id(2), &[end]).fault, None);
    let supplement =
        Said::Supplemented { text: Some("mer".parse().unwrap()), documents: Vec::new() };
    let late = signed_with(&stage.adversary.keys.sign, next(&ended, supplement));
    let fault = stage.deliver(id(2), &[late]).fault.unwrap();
    assert!(["ended", "withdrawn"].contains(&fault.as_str()), "{fault}");
}

/// Replaces the signing key of the adversary in the roster, and lets the hospital know; the old key was lost when it is to be
/// distrusted.
fn replace_key(stage: &Stage, new: &SecretKey, is_lost: bool) {
    amend(&stage.cluster, |roster| {
        let issued = roster.issued;
        let mut members = roster.members.iter_mut();
        let member =
            members.find(|member| member.organisation == stage.adversary.organisation).unwrap();
        member.retired_keys.retain(|retired| retired.key_use != KeyUse::Sign);
        member.retired_keys.push(RetiredKey {
            key_use: KeyUse::Sign,
            key: stage.adversary.keys.sign.public(),
            retired: issued,
            distrusted_from: is_lost.then_some(issued),
        });
        member.keys.sign = new.public();
    });
    import(stage);
}

fn import(stage: &Stage) {
    let roster = stage.cluster.roster();
    stage.cluster.sites[0].json(&["roster", "import", roster.to_str().unwrap()]);
}

#[test]
fn what_a_key_has_signed_that_is_not_trusted_is_refused_and_leaves_nothing() {
    let stage = Stage::new();
    let new = SecretKey::from_seed(Zeroizing::new([7; 32]));
    let kept = |number| {
        let name = ReferralName { referrer: stage.adversary.organisation, referral: id(number) };
        let found = stage.hospital.context().store.referrals().get(name).unwrap();
        found.map(|referral| referral.held())
    };
    let (first, opened) = stage.request(id(1));
    let second = signed_with(&stage.adversary.keys.sign, next(&opened, message("andre")));
    let (other, _) = stage.request(id(2));
    // Retired in good order: what it has signed may have been on its way.
    replace_key(&stage, &new, false);
    assert_eq!(stage.deliver(id(1), from_ref(&first)).fault, None);
    let before = kept(1);
    assert_eq!(before, Some((2, 1)), "the request is stored and accepted");
    // Lost to somebody else: nothing more, neither in a referral that is there nor as a new one.
    replace_key(&stage, &new, true);
    let taken = stage.deliver(id(1), &[first, second]);
    assert_eq!((taken.fault.as_deref(), taken.held.theirs), (Some("signature"), 1));
    let taken = stage.deliver(id(2), &[other]);
    assert_eq!((taken.fault.as_deref(), taken.held), (Some("signature"), Held::default()));
    assert_eq!((kept(1), kept(2)), (before, None));
    // The new key is as good as the old one was.
    let third = signed_with(&new, next(&opened, message("tredje")));
    assert_eq!(stage.deliver(id(1), &[third]).fault, None);
    assert_eq!(kept(1).map(|(_, theirs)| theirs), Some(2));
    // Whoever was put out is not heard at all, whatever it has signed.
    stage.cluster.change_roster(&["revoke", ORGANISATIONS[1]]);
    import(&stage);
    let event = request(id(3), stage.adversary.organisation, stage.hospital.organisation());
    let parcel = Parcel {
        referrer: stage.adversary.organisation,
        referral: id(3),
        held: Held { own: 1, theirs: 0 },
        events: vec![signed_with(&new, event)],
    };
    assert!(stage.try_ask(vec![parcel]).is_err());
    assert_eq!(kept(3), None);
}

#[test]
fn a_delivery_of_too_many_threads_is_cut() {
    let stage = Stage::new();
    let parcel = |number| Parcel {
        referrer: stage.adversary.organisation,
        referral: id(number),
        held: Held { own: 1, theirs: 0 },
        events: vec![stage.request(id(number)).0],
    };
    let ReferralAnswer::Taken(taken) = stage.ask((0..100).map(parcel).collect()) else {
        panic!("refused")
    };
    assert_eq!(taken.len(), 32);
    assert!(taken.iter().all(|taken| taken.held == Held { own: 2, theirs: 1 }));
}

/// Serves deliveries with whatever `answer` makes of them, and counts them.
fn lies(count: Arc<AtomicUsize>, answer: fn(usize) -> ReferralAnswer) -> Serve {
    Arc::new(move |protocol, mut stream| {
        let count = Arc::clone(&count);
        async move {
            let question = read_all(&mut stream).await;
            if protocol != PROTOCOL {
                return Ok(());
            }
            count.fetch_add(1, Ordering::Relaxed);
            let delivery: ReferralDelivery = decode(&question).unwrap();
            let bytes = encode(&answer(delivery.parcels.len())).unwrap();
            stream.write_all(&bytes).await?;
            stream.close().await
        }
        .boxed()
    })
}

fn taken(count: usize, held: Held) -> ReferralAnswer {
    let taken = Taken { held, events: vec!["ikke en hendelse".to_owned()], fault: None };
    ReferralAnswer::Taken(vec![taken; count])
}

#[test]
fn a_receiver_that_lies_is_left_alone_for_a_while_and_nothing_is_lost() {
    let answers: [fn(usize) -> ReferralAnswer; 4] = [
        // It has nothing, however often it is given something.
        |count| taken(count, Held { own: 0, theirs: 0 }),
        // It has more than was ever said.
        |count| taken(count, Held { own: 0, theirs: 9 }),
        // It answers for other referrals than were delivered.
        |count| taken(count + 1, Held { own: 0, theirs: 1 }),
        |_| ReferralAnswer::Refused(Refusal::Technical),
    ];
    let cluster = made(2);
    let gp = start(&cluster, 0);
    let to: OrganisationNumber = ORGANISATIONS[1].parse().unwrap();
    let mut names = Vec::new();
    for answer in answers {
        let count = Arc::new(AtomicUsize::new(0));
        let runtime = Runtime::new().unwrap();
        let adversary = Adversary::of(&cluster.sites[1]);
        runtime.block_on(adversary.listen(lies(Arc::clone(&count), answer)));
        names.push(gp.refer(to, &[]));
        // It waits by now for longer each time.
        gp.run(async |ctx, caller| retry(&ctx, &caller, None).await.unwrap());
        // One that claims to have everything has nothing waiting for it, and is asked all the same.
        let trouble = until("some failed attempts", PATIENCE, || {
            let trouble = gp.context().desk.trouble(to);
            trouble.filter(|it| count.load(Ordering::Relaxed) > 3 && it.attempts > 2)
        });
        assert!(!trouble.error.is_empty());
        // One attempt for each failure, and not one after the other without a pause.
        let (asked, attempts) = (count.load(Ordering::Relaxed), trouble.attempts);
        assert!(asked < 200, "{asked} deliveries for {attempts} attempts");
    }
    let hospital = start(&cluster, 1);
    for name in names {
        wait_even(&gp, &hospital, name);
    }
}
