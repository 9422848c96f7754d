//! Documents in a referral: its parties may read them, the receiver fetches them at once, and looks at them.

use std::fs;

use budstikke::service::fetch::fetch;
use budstikke::service::referral::say::What;
use budstikke::store::{Change, Commit};
use budstikke::{clock, entropy};
use budstikke_keys::jws::sign;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::{DocumentId, Environment};
use budstikke_protocol::patient::{Identifier, PersonNumber};
use budstikke_protocol::referral::said::{Answer, Said};
use budstikke_protocol::referral::status::Status;
use budstikke_scenarios::cluster::PATIENTS;
use budstikke_scenarios::inside::{Inside, form};
use serde_json::{Value, json};

use super::{made, start, two, wait_even};

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

/// Keeps a document without looking into it, as a node would that is not honest.
fn keep_unseen(at: &Inside, patient: &str, bytes: &[u8]) -> DocumentId {
    at.run(async |ctx, caller| {
        let number = PersonNumber::parse(patient, Environment::Test).unwrap();
        let patient = Identifier::of(&number, ctx.here());
        let mut writer = ctx.store.document_writer().unwrap();
        writer.push(bytes).await.unwrap();
        let written = writer.finish().await.unwrap();
        let document =
            DocumentId::from_parts(clock::unix_milliseconds(), *entropy::draw().unwrap());
        let manifest = json!({
            "document": document,
            "patient": patient,
            "organisation": ctx.here(),
            "type": "I01-2",
            "category": "I00-1",
            "title": "Henvisning",
            "language": "nb",
            "created": clock::now(),
            "content_type": "application/xml",
            "size": written.content.size,
            "sha256": written.content.sha256,
            "blake3": written.content.subtrees.root(),
            "confidentiality": "N",
            "sharing": "nobody",
        });
        let manifest =
            sign(serde_json::from_value::<Manifest>(manifest).unwrap(), &ctx.sign).unwrap();
        let record = Record::permitted(Action::Publish, &caller, clock::now());
        let commit = Commit::new(record.of(manifest.statement()));
        let body = written.body;
        ctx.store
            .commit(commit.with(Change::Published { manifest: &manifest, body }))
            .await
            .unwrap();
        document
    })
}

/// A referral of the message network, by the second organisation about the first patient.
fn message() -> Vec<u8> {
    let vector = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/kith/referral-2.0.json");
    let case: Value = serde_json::from_slice(&fs::read(vector).unwrap()).unwrap();
    case["input"]["document"]["text"].as_str().unwrap().as_bytes().to_vec()
}

#[test]
fn a_message_that_does_not_fit_is_refused_with_its_code_and_ends_the_referral() {
    let cluster = made(2);
    let (hospital, practice) = (start(&cluster, 0), start(&cluster, 1));
    let [first, second, ..] = PATIENTS;
    let mut cut = message();
    cut.truncate(cut.len() - 10);
    for (from, to, patient, bytes, code) in [
        (&hospital, &practice, first, message(), "S01"),
        (&practice, &hospital, second, message(), "E31"),
        (&practice, &hospital, first, cut, "T01"),
    ] {
        let document = keep_unseen(from, patient, &bytes);
        let mut form = form(to.organisation(), &[document]);
        patient.clone_into(&mut form.patient);
        let name = from.send(form).unwrap().name;
        let shown = from.wait(code, name, |it| it.state.status() == Status::Refused);
        let said = shown.receivers.iter().find_map(|event| match &event.claimed().said {
            Said::Acknowledged { of: 1, answer: Answer::Refused(refused) } => Some(refused.code),
            _ => None,
        });
        assert_eq!(said, Some(code.parse().unwrap()));
        let failure = to.say(name, What::Start { text: None }).unwrap_err();
        assert!(failure.error.contains("ended"), "{failure:?}");
    }
}
