//! Manifests that are another's, are not signed by who says so, or name a patient who is none here.

use budstikke_keys::jws::Statement as _;
use budstikke_keys::keyring::Keyring;
use budstikke_keys::secret::SecretKey;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::federation::roster::{KeyUse, RetiredKey};
use budstikke_protocol::ids::{DocumentId, Environment, Oid};
use budstikke_protocol::patient::{Identifier, PersonNumber};
use budstikke_protocol::wire::codec::encode;
use budstikke_protocol::wire::document::Head;
use budstikke_protocol::wire::refusal::Refusal;
use budstikke_scenarios::cluster::{ORGANISATIONS, PATIENTS};
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::custodian::{Step, manifest, signed, whole};
use budstikke_scenarios::hostile::question::{altered, forged, header, header_with, now};
use budstikke_scenarios::hostile::roster::amend;

use super::{MALFORMED, OTHER, PATIENT, SIGNATURE, Stage, some_bytes};

/// The custodian sends what `make` makes of the id, and the right bytes; the fetch fails with `fault`.
fn check(stage: &Stage, what: &str, make: impl FnOnce(DocumentId) -> String, fault: &str) {
    let bytes = some_bytes(5000);
    let document = stage.document(|document| vec![whole(&make(document), &bytes)]);
    stage.check_refused(what, document, fault);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_of_another_document_or_organisation_is_refused() {
    let stage = Stage::new().await;
    let (bytes, own) = (some_bytes(5000), &stage.adversary.keys.sign);
    check(&stage, "another document", |_| stage.signed(stage.custodian.new_id(), &bytes), OTHER);
    let municipality = Adversary::of(stage.municipality());
    let theirs = |document| manifest(municipality.organisation, document, &bytes);
    check(&stage, "another's, signed by itself", |document| signed(theirs(document), own), OTHER);
    check(
        &stage,
        "another's, signed by that one",
        |document| signed(theirs(document), &municipality.keys.sign),
        OTHER,
    );
    let nobody = |document| Manifest {
        organisation: ORGANISATIONS[3].parse().unwrap(),
        ..stage.manifest(document, &bytes)
    };
    check(&stage, "of somebody who is no member", |document| signed(nobody(document), own), OTHER);
    stage.check_kept_only(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_its_custodian_did_not_sign_is_refused() {
    let stage = Stage::new().await;
    let (bytes, keys) = (some_bytes(5000), &stage.adversary.keys);
    let stranger = Adversary::stranger(ORGANISATIONS[1]);
    let municipality = Adversary::of(stage.municipality());
    let by = |key: &SecretKey, document| signed(stage.manifest(document, &bytes), key);
    check(&stage, "a stranger's key", |document| by(&stranger.keys.sign, document), SIGNATURE);
    check(
        &stage,
        "another member's key",
        |document| by(&municipality.keys.sign, document),
        SIGNATURE,
    );
    for key in [&keys.node, &keys.log, &keys.witness] {
        check(&stage, "a key for another use", |document| by(key, document), SIGNATURE);
    }
    check(&stage, "altered", |document| altered(&by(&keys.sign, document)), SIGNATURE);
    let payload = |document| serde_json::to_vec(&stage.manifest(document, &bytes)).unwrap();
    let right = header(Manifest::TYP, &keys.sign);
    let named = |document| forged(&right, &payload(document), &stranger.keys.sign);
    check(&stage, "the right name of a wrong key", named, SIGNATURE);
    for (member, value) in [("alg", "none"), ("crit", "exp"), ("typ", "budstikke-question-v1")] {
        let header = header_with(right.clone(), member, value);
        check(
            &stage,
            member,
            |document| forged(&header, &payload(document), &keys.sign),
            MALFORMED,
        );
    }
    let empty = |document| {
        let manifest = serde_json::to_value(stage.manifest(document, &bytes)).unwrap();
        let mut manifest = manifest.as_object().unwrap().clone();
        manifest.insert("size".to_owned(), 0.into());
        forged(&right, &serde_json::to_vec(&manifest).unwrap(), &keys.sign)
    };
    check(&stage, "of no byte", empty, MALFORMED);
    stage.check_kept_only(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retired_key_counts_unless_it_is_distrusted() {
    let stage = Stage::new().await;
    let old: Keyring = Adversary::of(&stage.cluster.sites[1]).keys;
    let new = Adversary::stranger(ORGANISATIONS[1]).keys.sign.public();
    let bytes = some_bytes(5000);
    let by_old =
        |document| vec![whole(&signed(stage.manifest(document, &bytes), &old.sign), &bytes)];
    let rotate = |distrusted_from| {
        amend(&stage.cluster, |roster| {
            let member = roster
                .members
                .iter_mut()
                .find(|member| member.organisation == stage.adversary.organisation)
                .unwrap();
            member.keys.sign = new;
            let key = RetiredKey {
                key_use: KeyUse::Sign,
                key: old.sign.public(),
                retired: now(),
                distrusted_from,
            };
            member.retired_keys = vec![key];
        });
        stage.municipality().json(&["roster", "import", stage.cluster.roster().to_str().unwrap()]);
    };
    rotate(None);
    let retired = stage.document(by_old);
    stage.check_kept(retired, &bytes);
    rotate(Some(now()));
    let distrusted = stage.document(by_old);
    stage.check_refused("distrusted", distrusted, SIGNATURE);
    stage.check_kept_only(&[retired]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_custodian_is_not_asked_and_its_key_counts_for_nobody() {
    let mut cluster = budstikke_scenarios::cluster::Cluster::made(crate::program(), 3);
    cluster.join_all();
    cluster.sites[0].start();
    let adversary = Adversary::of(&cluster.sites[1]);
    let revoked = Adversary::of(&cluster.sites[2]);
    let custodian = budstikke_scenarios::hostile::custodian::Custodian::default();
    adversary.listen(custodian.serve()).await;
    cluster.change_roster(&["revoke", ORGANISATIONS[2]]);
    let stage = Stage { cluster, adversary, custodian };
    stage.municipality().json(&["roster", "import", stage.cluster.roster().to_str().unwrap()]);
    let bytes = some_bytes(5000);
    check(
        &stage,
        "a revoked member's key",
        |document| signed(stage.manifest(document, &bytes), &revoked.keys.sign),
        SIGNATURE,
    );
    let asked =
        stage.municipality().run(&["document", "list", "--from", ORGANISATIONS[2]]).failure();
    assert!(asked.contains("is not an active member"), "{asked}");
    stage.cluster.change_roster(&["revoke", ORGANISATIONS[1]]);
    stage.municipality().json(&["roster", "import", stage.cluster.roster().to_str().unwrap()]);
    check(
        &stage,
        "a revoked custodian",
        |document| stage.signed(document, &bytes),
        "is not an active member",
    );
    stage.check_kept_only(&[]);
}

/// A number of a person who would have been born in 2039, so that it is nobody's.
fn real_number() -> PersonNumber {
    let mut numbers = (90_000..100_000).map(|rest| format!("010139{rest}"));
    numbers.find_map(|number| PersonNumber::parse(&number, Environment::Production).ok()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_of_another_environment_or_system_is_refused() {
    let stage = Stage::new().await;
    let bytes = some_bytes(5000);
    let here = stage.adversary.organisation;
    let patients = [
        ("real", Identifier::of(&real_number(), here)),
        (
            "a birth number as a D-number",
            Identifier::parse(Oid::D_NUMBER.clone(), PATIENTS[0]).unwrap(),
        ),
        ("not a number", Identifier::parse(Oid::BIRTH_NUMBER.clone(), "12345678901").unwrap()),
        (
            "a help number without who gave it",
            Identifier::parse(Oid::HELP_NUMBER.clone(), PATIENTS[0]).unwrap(),
        ),
    ];
    for (what, patient) in patients {
        let make = |document| {
            signed(
                Manifest { patient, ..stage.manifest(document, &bytes) },
                &stage.adversary.keys.sign,
            )
        };
        check(&stage, what, make, PATIENT);
        let log = stage.municipality().log();
        assert!(
            !log.contains(PATIENTS[0]) && !log.contains(real_number().reveal()),
            "the log names a patient"
        );
    }
    stage.check_kept_only(&[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_told_in_words() {
    let stage = Stage::new().await;
    for (refusal, words) in [
        (Refusal::NotPermitted, "does not permit it"),
        (Refusal::Rate { retry_after: u32::MAX }, "too many questions"),
        (Refusal::Clock { time: i64::MIN }, "refused the question for its time"),
        (Refusal::Clock { time: i64::MAX }, "refused the question for its time"),
        (Refusal::Technical, "cannot answer now"),
    ] {
        let document =
            stage.document(|_| vec![vec![Step::Frame(encode(&Head::Refused(refusal)).unwrap())]]);
        stage.check_refused("refused", document, words);
    }
    stage.check_kept_only(&[]);
}
