//! Documents in a referral: its parties may read them, the receiver fetches them at once, and looks at them.

use budstikke::service::fetch::fetch;
use budstikke::service::referral::say::What;
use budstikke_protocol::ids::DocumentId;
use budstikke_scenarios::cluster::PATIENTS;
use budstikke_scenarios::inside::{Inside, form};

use super::{two, wait_even};

fn get(at: &Inside, from: &Inside, document: DocumentId) -> Result<u64, String> {
    let from = from.organisation();
    at.run(async |ctx, caller| {
        let fetched = fetch(&ctx, &caller, from, document, &mut |_, _| ()).await;
        fetched.map_err(|failure| failure.error)
    })
}

#[test]
fn what_is_attached_is_fetched_and_answered() {
    let (_cluster, gp, hospital) = two();
    let (letter, other) = (gp.publish(b"a referral letter"), gp.publish(b"another document"));
    let name = gp.refer(hospital.organisation(), &[letter]);
    gp.wait("the word that it can be used", name, |it| {
        it.state.chain(it.here.other()).answered() == 1
    });
    let kept = hospital.context().store.entry(gp.organisation(), letter).unwrap();
    assert!(kept.is_some());
    assert!(get(&hospital, &gp, other).unwrap_err().contains("does not permit it"));
    let summary = hospital.publish(b"a discharge summary");
    assert!(get(&gp, &hospital, summary).is_err());
    let outcome = "2".parse().unwrap();
    hospital.say(name, What::Accept { outcome, seniority: None, text: None }).unwrap();
    hospital.say(name, What::Start { text: None }).unwrap();
    hospital.say(name, What::Complete { text: None, documents: vec![summary] }).unwrap();
    hospital.wait("the word that it can be used", name, |it| {
        it.state.chain(it.here.other()).answered() > 0
    });
    assert!(gp.context().store.entry(hospital.organisation(), summary).unwrap().is_some());
    wait_even(&gp, &hospital, name);
}

#[test]
fn a_document_that_cannot_be_fetched_now_is_fetched_later() {
    let (_cluster, mut gp, mut hospital) = two();
    let letter = gp.publish(b"a referral letter");
    hospital.stop();
    let name = gp.refer(hospital_of(&gp), &[letter]);
    hospital.start_again();
    hospital.wait("the referral", name, |_| true);
    gp.stop();
    gp.start_again();
    gp.wait("the word that it can be used", name, |it| {
        it.state.chain(it.here.other()).answered() == 1
    });
    wait_even(&gp, &hospital, name);
}

fn hospital_of(gp: &Inside) -> budstikke_protocol::ids::OrganisationNumber {
    let view = gp.context().federation.view();
    let mut members = view.roster().members.iter().map(|member| member.organisation);
    members.find(|member| *member != gp.organisation()).unwrap()
}

#[test]
fn a_document_of_another_patient_is_not_sent() {
    let (_cluster, gp, hospital) = two();
    let letter = gp.publish(b"a referral letter");
    let mut form = form(hospital.organisation(), &[letter]);
    PATIENTS[1].clone_into(&mut form.patient);
    assert!(gp.send(form).unwrap_err().error.contains("another patient"));
}
