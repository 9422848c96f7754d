//! A patient is referred on: the referral ends, and another begins that continues it.

use budstikke::service::referral::say::What;
use budstikke_protocol::referral::said::Said;
use budstikke_protocol::referral::status::Status;

use super::{is, made, start, wait_even};

#[test]
fn a_redirected_referral_goes_on_with_its_documents_and_its_date() {
    let cluster = made(3);
    let (gp, hospital, clinic) = (start(&cluster, 0), start(&cluster, 1), start(&cluster, 2));
    let letter = gp.publish(b"a referral letter");
    let name = gp.refer(hospital.organisation(), &[letter]);
    wait_even(&gp, &hospital, name);
    let proof = hospital.publish(b"what the hospital has of the referral");
    let reason = "Hører til hos dere.".parse().unwrap();
    let to = clinic.organisation();
    let spoken = hospital.say(name, What::Redirect { to, reason, evidence: Some(proof) }).unwrap();
    assert_eq!(spoken.state.status(), Status::Redirected);
    let (next, _) = spoken.continued.unwrap();
    let ended = gp.wait("the end of the first", name, is(Status::Redirected));
    assert_eq!(ended.summary.state.redirected().unwrap().referral, next.referral);
    let shown = wait_even(&hospital, &clinic, next);
    // The clinic has fetched the letter from the one who wrote it, and the evidence from the one who has sent it on.
    assert!(clinic.context().store.entry(gp.organisation(), letter).unwrap().is_some());
    let store = &clinic.context().store;
    assert!(store.entry(hospital.organisation(), proof).unwrap().is_some());
    let first = &shown.referrers[0].claimed().said;
    let Said::Requested(requested) = first else { panic!("{:?}", first.kind()) };
    let continues = requested.continues.as_ref().unwrap();
    assert_eq!(continues.referral, name);
    assert_eq!(continues.heads.referrer.number, 1);
    assert_eq!(requested.seniority, ended.summary.state.seniority());
}
