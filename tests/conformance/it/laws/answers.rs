//! What a node answers to a search is believed as it was signed, or not at all.

use budstikke_conformance::cast::{self, MUNICIPALITY, NOW, time};
use budstikke_conformance::definition;
use budstikke_conformance::holder::Holder;
use budstikke_keys::voprf::VoprfError;
use budstikke_protocol::document::judge::Expected;
use budstikke_protocol::index::judge::{
    AnswerEvidence, Evidence, MemberEvidence, MemberProof, judge,
};
use budstikke_protocol::index::list_proof::ListProof;
use budstikke_protocol::index::outcome::{Basis, Outcome};
use budstikke_protocol::index::records::{RecordsError, Sought, verify_records};
use budstikke_protocol::index::stated::{Stated, StatedError, verify_state};
use budstikke_protocol::log::history::History;
use budstikke_protocol::log::receipt::Grade;
use std::time::Duration;

fn sought(holder: &Holder, patient: usize) -> Sought<'_> {
    Sought {
        custodian: cast::organisation(MUNICIPALITY),
        label: &holder.labels[patient],
        patients: std::slice::from_ref(&holder.patients[patient]),
        roster: &holder.roster,
    }
}

fn stated(holder: &Holder) -> Stated {
    let history = History::new([], &holder.roster);
    holder.statement(&[time(NOW)]).open(&holder.origin, &history).unwrap()
}

#[test]
fn an_answer_shows_all_records_of_the_patient() {
    let holder = Holder::new();
    for patient in [0, 1] {
        let (proof, shown) = (holder.prove(patient), holder.shown(patient));
        let records =
            verify_records(&holder.head(), &sought(&holder, patient), &proof, &shown).unwrap();
        assert_eq!((records.shown.len(), records.withheld.len()), (shown.len(), 0));
        let records =
            verify_records(&holder.head(), &sought(&holder, patient), &proof, &shown[1..]).unwrap();
        assert_eq!(records.withheld.into_iter().collect::<Vec<_>>(), [shown[0].index]);
    }
}

#[test]
fn no_byte_of_a_list_can_be_changed() {
    let holder = Holder::new();
    let good = holder.prove(0).to_bytes();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        let proof = ListProof::parse(&bytes);
        let verdict = proof.map(|proof| {
            verify_records(&holder.head(), &sought(&holder, 0), &proof, &holder.shown(0)).is_err()
        });
        assert!(verdict.unwrap_or(true), "byte {at}");
    }
}

#[test]
fn no_record_can_be_left_out_added_or_swapped() {
    let holder = Holder::new();
    let refused = |change: fn(&mut ListProof, &Holder)| {
        let mut proof = holder.prove(0);
        change(&mut proof, &holder);
        let verdict = verify_records(&holder.head(), &sought(&holder, 0), &proof, &[]);
        assert!(matches!(verdict, Err(RecordsError::List(_))));
    };
    refused(|proof, _| {
        proof.records.pop();
    });
    refused(|proof, _| {
        proof.records.remove(0);
    });
    refused(|proof, holder| proof.records.push(holder.prove(1).records[1]));
    refused(|proof, _| proof.records.swap(0, 1));
    refused(|proof, holder| proof.records = holder.prove(1).records);
    refused(|proof, _| proof.records.clear());
    refused(|proof, holder| *proof = holder.prove(1));
}

#[test]
fn what_is_shown_is_what_stands_in_the_list() {
    let holder = Holder::new();
    let check = |shown: Vec<budstikke_protocol::index::records::Shown>, expected| {
        let verdict = verify_records(&holder.head(), &sought(&holder, 0), &holder.prove(0), &shown);
        assert_eq!(verdict.err(), Some(expected));
    };
    check(vec![holder.record(2), holder.record(0)], RecordsError::Order);
    check(vec![holder.record(0), holder.record(0)], RecordsError::Order);
    check(vec![holder.record(1)], RecordsError::NotListed(1));
    let mut other = holder.record(1);
    other.index = 2;
    check(vec![other], RecordsError::Commitment(2));
    let mut salted = holder.record(2);
    salted.salt = holder.record(0).salt;
    check(vec![salted], RecordsError::Commitment(2));
    let mut cut = holder.record(2);
    cut.manifest.pop();
    let verdict = verify_records(&holder.head(), &sought(&holder, 0), &holder.prove(0), &[cut]);
    assert!(verdict.is_err());
}

#[test]
fn a_record_of_a_patient_who_was_not_sought_is_not_given() {
    let holder = Holder::new();
    let sought = Sought { patients: &holder.patients[1..], ..sought(&holder, 0) };
    let records =
        verify_records(&holder.head(), &sought, &holder.prove(0), &holder.shown(0)).unwrap();
    assert_eq!((records.shown.len(), records.foreign.len()), (0, 3));
}

#[test]
fn a_statement_is_witnessed_by_whoever_has_cosigned() {
    let holder = Holder::new();
    let history = History::new([], &holder.roster);
    let later = time(NOW).plus(Duration::from_hours(30));
    let verify = |cosigned: &[_], now| {
        let statement = holder.statement(cosigned);
        verify_state(&statement, (&holder.origin, &history), None, now)
    };
    let signed = verify(&[], time(NOW)).unwrap();
    assert_eq!((signed.grade, signed.as_of), (Grade::Promised, time(NOW)));
    let witnessed = verify(&[time(NOW), later], later).unwrap();
    assert_eq!(witnessed.grade, Grade::Witnessed { since: time(NOW) });
    assert_eq!(witnessed.as_of, later, "witnesses say that it was the newest then");
    assert_eq!(verify(&[], later), Err(StatedError::Old { as_of: time(NOW) }));
    assert_eq!(verify(&[time(NOW)], later), Err(StatedError::Old { as_of: time(NOW) }));
    assert_eq!(verify(&[later], time(NOW)), Err(StatedError::Early { as_of: later }));
}

#[test]
fn no_byte_of_a_statement_can_be_changed() {
    let holder = Holder::new();
    let history = History::new([], &holder.roster);
    let good = holder.statement(&[time(NOW)]);
    for at in 0..good.state.len() {
        let mut changed = good.clone();
        changed.state[at] ^= 1;
        assert!(changed.open(&holder.origin, &history).is_err(), "byte {at}");
    }
    let mut changed = good.clone();
    changed.path.pop();
    assert!(changed.open(&holder.origin, &history).is_err());
    let hospital = budstikke_protocol::log::origin::Origin::records(
        holder.roster.federation.clone(),
        cast::organisation(cast::HOSPITAL),
    );
    assert!(matches!(good.open(&hospital, &history), Err(StatedError::Checkpoint(_))));
}

#[test]
fn a_statement_follows_the_one_before() {
    let holder = Holder::new();
    let before = stated(&holder);
    assert_eq!(before.follows(&before, &[]), Ok(()));
    let mut grown = Holder::new();
    let at = grown.leaves.len() - 1;
    grown.leaves.insert(at + 1, grown.leaves[0]);
    grown.state.record_count += 1;
    grown
        .leaves
        .push(budstikke_protocol::log::entry::Entry::State(grown.state.clone()).leaf_hash());
    let after = stated(&grown);
    let proof = definition::proof(holder.leaves.len(), &grown.leaves);
    assert_eq!(after.follows(&before, &proof), Ok(()));
    assert!(matches!(after.follows(&before, &[]), Err(StatedError::Consistency(_))));
    let mut changed = proof.clone();
    changed.swap(0, 1);
    assert!(matches!(after.follows(&before, &changed), Err(StatedError::Consistency(_))));
    assert_eq!(before.follows(&after, &[]), Err(StatedError::Smaller));
    assert_eq!(stated(&Holder::in_epoch(2)).follows(&before, &[]), Err(StatedError::Fork));
}

#[test]
fn a_label_comes_of_the_announced_key_only() {
    let holder = Holder::new();
    let patients = &holder.patients[..1];
    let good = holder.transcript(0);
    let labels = good.labels(patients, &holder.origin, &holder.state).unwrap();
    assert_eq!(labels, [holder.labels[0]]);
    assert!(holder.presence.has(labels[0].tag()));
    let other_key = Holder::in_epoch(2).state;
    let refused = |transcript: &budstikke_protocol::index::transcript::Transcript, state| {
        transcript.labels(patients, &holder.origin, state).unwrap_err()
    };
    assert_eq!(refused(&good, &other_key), VoprfError::NotProven);
    let mut swapped = holder.transcript(0);
    swapped.evaluated = holder.transcript(1).evaluated;
    assert_eq!(refused(&swapped, &holder.state), VoprfError::NotProven);
    let mut identity = holder.transcript(0);
    identity.evaluated = vec![[0; 32]];
    assert_eq!(refused(&identity, &holder.state), VoprfError::Element);
    for at in 0..64 {
        let mut changed = holder.transcript(0);
        changed.proof[at] ^= 1;
        assert!(changed.labels(patients, &holder.origin, &holder.state).is_err(), "byte {at}");
    }
    assert_eq!(
        good.labels(&holder.patients[1..], &holder.origin, &holder.state),
        Err(VoprfError::NotProven),
        "the same answer is no other patient's"
    );
}

/// What the municipality said of a patient, and what the searcher made of it.
fn evidence(holder: &Holder, outcome: Outcome) -> MemberEvidence {
    let statement = holder.statement(&[time(NOW)]);
    let answer = AnswerEvidence {
        label: 0,
        statement: statement.clone(),
        proof: holder.prove(0),
        shown: holder.shown(0),
        unkept: 0,
    };
    let mut presence = Vec::new();
    let mut tags: Vec<_> = holder.labels.iter().map(|label| *label.tag().as_bytes()).collect();
    tags.sort_unstable();
    presence.extend(tags.concat());
    let transcript = holder.transcript(0);
    let proof =
        MemberProof { statement, transcript, presence: Some(presence), answers: vec![answer] };
    MemberEvidence { member: cast::organisation(MUNICIPALITY), outcome, proof: Some(proof) }
}

fn judged(holder: &Holder, member: MemberEvidence, patient: Option<&str>) -> bool {
    let history = History::new([], &holder.roster);
    let members = [member];
    let evidence = Evidence { patients: &holder.patients[..1], members: &members, history };
    let expected = Expected { patient, organisation: None };
    judge(&evidence, &expected, time(NOW)).is_good()
}

#[test]
fn evidence_shows_what_was_said_and_nothing_else() {
    let holder = Holder::new();
    let basis = Basis { as_of: time(NOW), is_witnessed: true };
    let all = Outcome::Records { listed: 3, withheld: 0, basis };
    let good = || evidence(&holder, all);
    assert!(judged(&holder, good(), Some(holder.patients[0].reveal())));
    assert!(!judged(&holder, good(), Some(holder.patients[1].reveal())), "another patient");
    for outcome in [
        Outcome::Records { listed: 2, withheld: 0, basis },
        Outcome::Records { listed: 3, withheld: 1, basis },
        Outcome::None(basis),
    ] {
        assert!(!judged(&holder, evidence(&holder, outcome), None), "{outcome:?}");
    }
    let without = |change: fn(&mut MemberProof)| {
        let mut member = good();
        change(member.proof.as_mut().unwrap());
        assert!(!judged(&holder, member, None));
    };
    without(|proof| proof.answers.clear());
    without(|proof| drop(proof.answers[0].shown.pop()));
    without(|proof| {
        proof.answers[0].proof.records.pop();
    });
    without(|proof| {
        proof.presence.as_mut().unwrap().pop();
    });
    without(|proof| proof.transcript.proof[0] ^= 1);
    without(|proof| proof.statement.state[9] ^= 1);
    let silent = MemberEvidence { proof: None, ..good() };
    assert!(!judged(&holder, silent, None), "records that nothing shows");
}
