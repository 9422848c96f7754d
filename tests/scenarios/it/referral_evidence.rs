//! Evidence of a referral: verified offline by us and by others, and every change of it told.

use std::fs;

use budstikke_scenarios::archive::Archive;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::reviewer::{Reviewer, Verdict};
use budstikke_scenarios::until::{PATIENCE, until};
use serde_json::Value;

use crate::interop::{ended, script};
use crate::program;

/// A referral that was accepted, and the evidence that the referrer has made of it.
struct Case {
    cluster: Cluster,
    reviewer: Reviewer,
    referral: String,
    bytes: Vec<u8>,
}

impl Case {
    fn new() -> Self {
        let cluster = Cluster::start(program(), 2);
        let [hospital, gp] = cluster.sites.as_slice() else { panic!("there are not two") };
        gp.wait_for_peer(ORGANISATIONS[0]);
        let args = ["referral", "send", "--to", ORGANISATIONS[0], "--patient", PATIENTS[0]];
        let more = ["--priority", "N", "--title", "Kontroll"];
        let sent = gp.json(&[args.as_slice(), &more].concat());
        let referral = sent["referral"].as_str().unwrap().to_owned();
        until("the referral", PATIENCE, || {
            hospital.run(&["referral", "accept", &referral]).is_success.then_some(())
        });
        until("a witnessed receipt of every event", PATIENCE, || {
            let shown = gp.json(&["referral", "show", &referral]);
            let thread = shown["thread"].as_array().unwrap();
            let is_whole = shown["status"] == "accepted";
            (is_whole && thread.iter().all(|event| event["witnessed"].is_string())).then_some(())
        });
        let path = cluster.path("referral.tar");
        let args = ["evidence", "export", &referral, "-o", path.to_str().unwrap()];
        let exported = gp.json(&args);
        assert_eq!(exported["referral"], referral.as_str());
        assert_eq!(exported["without_receipt"], 0);
        let bytes = fs::read(path).unwrap();
        let reviewer = Reviewer::new(program(), &cluster.federation);
        Self { cluster, reviewer, referral, bytes }
    }

    fn archive(&self) -> Archive {
        Archive::parse(&self.bytes)
    }

    /// The one way in which evidence with these bytes fails.
    fn refused(&self, bytes: &[u8], more: &[&str]) -> String {
        let verdict = self.reviewer.verify(bytes, more);
        let failures = failures(&verdict);
        let [failure] = failures.as_slice() else { panic!("{failures:?}") };
        failure.clone()
    }
}

/// Every failure, of the whole and of each event.
fn failures(verdict: &Verdict) -> Vec<String> {
    let value = &verdict.value;
    let events = value["events"].as_array().unwrap().iter();
    let checks = events.flat_map(|event| event["checks"].as_array().unwrap());
    let checks = value["checks"].as_array().unwrap().iter().chain(checks);
    let failures: Vec<String> =
        checks.filter_map(|check| Some(check["failure"].as_str()?.to_owned())).collect();
    assert_eq!(value["verified"], failures.is_empty());
    assert_eq!(verdict.code, i32::from(!failures.is_empty()));
    failures
}

#[test]
fn evidence_of_a_referral_is_verified_offline_by_us_and_by_others() {
    let case = Case::new();
    let more = ["--patient", PATIENTS[0], "--organisation", ORGANISATIONS[1]];
    let verdict = case.reviewer.verify(&case.bytes, &more);
    assert_eq!(failures(&verdict), Vec::<String>::new(), "{}", verdict.value);
    assert_eq!(verdict.value["status"], "accepted");
    assert_eq!(verdict.value["referral"], case.referral.as_str());
    let events = verdict.value["events"].as_array().unwrap();
    assert!(events.iter().all(|event| event["witnessed"].is_string()), "{}", verdict.value);
    let file = case.cluster.file("verified.tar", &case.bytes);
    let args = [file.to_str().unwrap(), &case.cluster.federation, "--patient", PATIENTS[0]];
    let (is_success, said) = ended(script("verify_referral.py", &args));
    assert!(is_success && said.ends_with("\nVERIFIED\n"), "{said}");
}

#[test]
fn changed_evidence_of_a_referral_is_told_for_what_it_is() {
    let case = Case::new();
    let archive = case.archive();
    let other = |bytes: &[u8], more: &[&str], failure: &str| {
        assert_eq!(case.refused(bytes, more), failure);
    };
    other(&case.bytes, &["--patient", PATIENTS[1]], "wrong-patient");
    other(&case.bytes, &["--organisation", ORGANISATIONS[3]], "wrong-organisation");
    other(&case.bytes[..case.bytes.len() - 512], &[], "truncated");
    other(&[case.bytes.as_slice(), &[7; 512]].concat(), &[], "truncated");
    other(&archive.without("roster.json").to_bytes(), &[], "damaged");
    other(&archive.without("referrer-1.jws").to_bytes(), &[], "damaged");
    let receipt = archive.content("receiver-1.tlog-proof").to_vec();
    let swapped = archive.with("referrer-1.tlog-proof", receipt);
    other(&swapped.to_bytes(), &[], "receipt-invalid");
    let (payload, signature) = archive.text("referrer-1.jws").rsplit_once('.').unwrap();
    let flipped: String = signature
        .char_indices()
        .map(|(at, c)| if at == 9 { if c == 'A' { 'B' } else { 'A' } } else { c })
        .collect();
    let forged = archive.with("referrer-1.jws", format!("{payload}.{flipped}"));
    let verdict = case.reviewer.verify(&forged.to_bytes(), &[]);
    assert!(failures(&verdict).contains(&"signature-changed".to_owned()), "{}", verdict.value);
    let descriptor: Value = serde_json::from_str(archive.text("evidence.json")).unwrap();
    let mut named = descriptor.clone();
    named["referrer"] = ORGANISATIONS[3].into();
    other(&archive.with("evidence.json", named.to_string()).to_bytes(), &[], "damaged");
    let (last, mut fewer) = (descriptor["receiver_events"].as_u64().unwrap(), descriptor);
    fewer["receiver_events"] = (last - 1).into();
    other(&archive.with("evidence.json", fewer.to_string()).to_bytes(), &[], "damaged");
}

#[test]
fn evidence_says_which_events_have_no_receipt_in_it() {
    let mut case = Case::new();
    case.cluster.sites[0].stop();
    let path = case.cluster.path("later.tar");
    let args = ["evidence", "export", &case.referral, "-o", path.to_str().unwrap()];
    let exported = case.cluster.sites[1].json(&args);
    assert!(exported["without_receipt"].as_u64().unwrap() > 0, "{exported}");
    assert!(exported["no_receipt"]["error"].is_string());
    let verdict = case.reviewer.verify(&fs::read(path).unwrap(), &[]);
    assert_eq!(failures(&verdict), Vec::<String>::new(), "{}", verdict.value);
}
