//! Evidence of a referral: each event by its signature, its key, its receipt and its time, and all of them as one thread.

use budstikke_conformance::cast::{self, GP, HOSPITAL, MUNICIPALITY, NOW};
use budstikke_conformance::formats::evidence::File;
use budstikke_conformance::formats::log::sample::COSIGNED;
use budstikke_conformance::sample::{Change as _, member, roster};
use budstikke_conformance::thread::{Play, example, key};
use budstikke_keys::jws::sign;
use budstikke_protocol::document::judge::{Expected, Failure};
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::log::history::History;
use budstikke_protocol::referral::judge::{Evidence, Judgement, Signature, judge};
use budstikke_protocol::referral::state::Side;
use serde_json::Value;

/// The compact forms of both chains, and the receipts of the hospital's, which is the receiver.
#[derive(Clone)]
struct Case {
    rosters: Vec<Value>,
    referrer: Vec<String>,
    receiver: Vec<(String, Option<String>)>,
}

impl Case {
    fn good() -> Self {
        let play = Play::at("completed");
        let compact = |side| play.chain(side).iter().map(|event| event.compact().to_owned());
        Self {
            rosters: vec![roster().with("/members/-", member(GP, "gp", "Prøvebyen legekontor"))],
            referrer: compact(Side::Referrer).collect(),
            receiver: compact(Side::Receiver).map(|event| (event, None)).collect(),
        }
    }

    /// With receipts that both witnesses cosigned at this time.
    fn witnessed(mut self, time: u64) -> Self {
        let gp = (GP.to_owned(), "gp witness".to_owned(), time);
        let mut file = File::witnessed(time);
        file.cosigned.push(gp);
        for (event, receipt) in &mut self.receiver {
            *receipt = Some(file.receipt(event));
        }
        self
    }

    /// With a further roster that revokes the hospital.
    fn revoked(mut self, issued: &str) -> Self {
        let next = self.rosters[0].clone().with("/version", 2).with("/issued", issued);
        self.rosters.push(next.with("/members/0/status", "revoked"));
        self
    }

    fn judged(&self, expected: &Expected<'_>) -> Judgement {
        let rosters = self.rosters.iter().map(|roster| serde_json::from_value(roster.clone()));
        let rosters: Vec<Roster> = rosters.map(Result::unwrap).collect();
        let (newest, earlier) = rosters.split_last().unwrap();
        let referrer: Vec<_> =
            self.referrer.iter().map(|event| Signature { event, receipt: None }).collect();
        let receiver: Vec<_> = self
            .receiver
            .iter()
            .map(|(event, receipt)| Signature {
                event,
                receipt: receipt.as_deref().map(str::as_bytes),
            })
            .collect();
        let history = History::new(earlier, newest);
        let evidence = Evidence { referrer: &referrer, receiver: &receiver, history };
        judge(&evidence, expected, cast::time(NOW))
    }

    /// The failures, each once, in the order in which they were found.
    fn failures(&self) -> Vec<Failure> {
        let mut failures: Vec<_> = self.judged(&Expected::default()).failures().collect();
        failures.dedup();
        failures
    }
}

#[test]
fn a_good_thread_says_how_the_referral_stands() {
    let judgement = Case::good().judged(&Expected::default());
    assert!(judgement.is_good());
    assert_eq!(judgement.thread.unwrap().state().status().name(), "completed");
    assert!(judgement.events.iter().all(|event| event.witnessed.is_none()));
    let witnessed = Case::good().witnessed(COSIGNED + 60).judged(&Expected::default());
    assert!(witnessed.is_good());
    let since = cast::time("2026-11-22T12:05:05Z");
    for event in witnessed.events {
        assert_eq!(event.witnessed, (event.side == Side::Receiver).then_some(since));
    }
}

#[test]
fn every_changed_character_of_an_event_is_found() {
    let good = Case::good();
    let event = good.receiver[1].0.clone();
    for at in (0..event.len()).step_by(7) {
        let mut changed = event.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let mut case = good.clone();
        case.receiver[1].0 = String::from_utf8(changed).unwrap();
        let failures = case.failures();
        let expected = [Failure::EventRefused, Failure::SignatureChanged, Failure::UnknownKey];
        assert!(failures.iter().any(|failure| expected.contains(failure)), "{at}: {failures:?}");
    }
}

#[test]
fn an_event_that_is_missing_or_out_of_place_breaks_the_thread() {
    let change = |change: fn(&mut Case)| {
        let mut case = Case::good();
        change(&mut case);
        case.failures()
    };
    let broken = vec![Failure::ThreadBroken];
    assert_eq!(change(|case| drop(case.receiver.remove(1))), broken);
    assert_eq!(change(|case| case.receiver.swap(1, 2)), broken);
    assert_eq!(change(|case| case.referrer.clear()), broken);
    assert_eq!(change(|case| case.receiver.push(case.receiver[0].clone())), broken);
    // What is left out at the end of a chain nobody can miss, unless the other side has seen it.
    assert_eq!(change(|case| drop(case.receiver.pop())), []);
}

#[test]
fn an_event_of_another_key_is_nobodys_word() {
    let play = Play::at("completed");
    let forged = |signer| {
        let next = play.next(Side::Receiver, example("message"));
        let event = sign(next.statement().clone(), &cast::key(signer)).unwrap();
        let mut case = Case::good();
        case.receiver.push((event.compact().to_owned(), None));
        case.failures()
    };
    assert_eq!(forged("gp sign"), [Failure::SignerNotCustodian]);
    assert_eq!(forged("a stranger"), [Failure::UnknownKey]);
    assert_eq!(forged("hospital sign"), []);
    assert_eq!(key(Side::Receiver).public(), cast::public("hospital sign"));
}

#[test]
fn what_was_witnessed_before_its_author_was_revoked_counts() {
    let revoked = |case: Case| case.revoked("2026-11-22T12:30:00Z").failures();
    assert_eq!(revoked(Case::good()), [Failure::RevokedKey]);
    assert_eq!(revoked(Case::good().witnessed(COSIGNED + 60)), []);
    assert_eq!(revoked(Case::good().witnessed(COSIGNED + 3600)), [Failure::RevokedKey]);
}

#[test]
fn a_receipt_of_another_event_proves_nothing() {
    let mut case = Case::good().witnessed(COSIGNED + 60);
    let other = case.receiver[0].1.clone();
    case.receiver[1].1 = other;
    assert_eq!(case.failures(), [Failure::ReceiptInvalid]);
}

#[test]
fn an_event_is_not_dated_after_it_was_seen() {
    // Signed at 12:04:05; no roster's witnesses speak of a time before it was issued, which is that second.
    let mut case = Case::good();
    let play = Play::at("received");
    let late =
        play.next_at(Side::Receiver, example("accepted"), cast::time("2026-11-22T12:09:05Z"));
    let play = play.with(late).unwrap();
    case.receiver = play.receiver.iter().map(|event| (event.compact().to_owned(), None)).collect();
    assert_eq!(case.clone().witnessed(COSIGNED).failures(), []);
    let next = play.state.next(
        Side::Receiver,
        example("started"),
        play.receiver[1].statement().person,
        cast::time("2026-11-22T12:09:06Z"),
    );
    let next = sign(next, &key(Side::Receiver)).unwrap();
    case.receiver.push((next.compact().to_owned(), None));
    assert_eq!(case.witnessed(COSIGNED).failures(), [Failure::TimeContradiction]);
}

#[test]
fn the_reviewer_says_whom_it_should_be_about() {
    let case = Case::good();
    let patient = Play::new().state.request().patient.reveal().to_owned();
    let failures = |patient: &str, organisation| {
        let organisation = Some(cast::organisation(organisation));
        let expected = Expected { patient: Some(patient), organisation };
        case.judged(&expected).failures().collect::<Vec<_>>()
    };
    assert_eq!(failures(&patient, GP), []);
    assert_eq!(failures(&patient, HOSPITAL), []);
    assert_eq!(failures(&patient, MUNICIPALITY), [Failure::WrongOrganisation]);
    assert_eq!(failures("01010112345", GP), [Failure::WrongPatient]);
}
