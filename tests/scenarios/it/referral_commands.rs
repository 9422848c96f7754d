//! Every command about referrals, on real nodes.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};
use serde_json::{Value, json};

use crate::program;

const LETTER: &[u8] = b"Takk for at dere ser til pasienten.\n";
const SUMMARY: &[u8] = b"Pasienten er frisk.\n";

/// A GP office and a hospital that are connected; the second site is the GP office.
fn pair() -> Cluster {
    let cluster = Cluster::start(program(), 2);
    cluster.sites[1].wait_for_peer(ORGANISATIONS[0]);
    cluster
}

/// Sends a referral with a letter, and gives its id.
fn send(gp: &Site, letter: &Path, more: &[&str]) -> String {
    let args = [
        "referral",
        "send",
        letter.to_str().unwrap(),
        "--to",
        ORGANISATIONS[0],
        "--patient",
        PATIENTS[0],
        "--priority",
        "3",
        "--title",
        "Hudforandring på ryggen",
    ];
    let sent = gp.json(&[args.as_slice(), more].concat());
    sent["referral"].as_str().unwrap().to_owned()
}

fn show(site: &Site, id: &str) -> Value {
    site.json(&["referral", "show", id])
}

/// Waits until a site shows the referral in a status.
fn wait_for(site: &Site, id: &str, status: &str) -> Value {
    until(&format!("a referral that is {status}"), PATIENCE, || {
        let ended = site.run(&["referral", "show", id, "--json"]);
        let shown: Value = serde_json::from_slice(&ended.stdout).ok()?;
        (shown["status"] == status).then_some(shown)
    })
}

fn kinds(shown: &Value) -> Vec<&str> {
    let thread = shown["thread"].as_array().unwrap();
    let kinds = thread.iter().map(|event| event["kind"].as_str().unwrap());
    kinds.filter(|kind| *kind != "acknowledged").collect()
}

#[test]
fn a_referral_goes_from_request_to_discharge_summary() {
    let cluster = pair();
    let [hospital, gp] = cluster.sites.as_slice() else { panic!("there are not two") };
    let letter = cluster.file("henvisning.txt", LETTER);
    let summary = cluster.file("epikrise.txt", SUMMARY);
    let id = send(gp, &letter, &["--text", "Ønsker vurdering.", "--kind", "10"]);
    wait_for(hospital, &id, "received");
    let say = |site: &Site, verb: &str, more: &[&str]| {
        site.json(&[["referral", verb, &id].as_slice(), more].concat())
    };
    say(hospital, "ask", &["--text", "Har dere bilder?"]);
    wait_for(gp, &id, "information-wanted");
    say(gp, "supplement", &["--text", "Bildet følger.", "--file", letter.to_str().unwrap()]);
    until("the supplement", PATIENCE, || {
        kinds(&show(hospital, &id)).contains(&"supplemented").then_some(())
    });
    say(hospital, "accept", &["--outcome", "2"]);
    say(hospital, "schedule", &["--at", "2027-01-11T08:30:00Z", "--place", "Hudpoliklinikken"]);
    say(hospital, "start", &[]);
    say(hospital, "hold", &["--reason", "Pasienten er bortreist."]);
    say(hospital, "start", &["--text", "Pasienten er tilbake."]);
    say(gp, "message", &["--text", "Takk!"]);
    say(hospital, "complete", &["--file", summary.to_str().unwrap()]);
    let shown = wait_for(gp, &id, "completed");
    let said = [
        "requested",
        "more-information-wanted",
        "supplemented",
        "accepted",
        "scheduled",
        "started",
        "on-hold",
        "started",
        "completed",
    ];
    let mut kinds = kinds(&shown);
    // It may have crossed any of those before it.
    kinds.retain(|kind| *kind != "message");
    assert_eq!(kinds, said);
    assert_eq!(shown["appointment"], "2027-01-11T08:30:00Z");
    assert_eq!(shown["priority_name"], "Haster (elektiv)");
    assert!(shown["due"].is_string());
    let reopened = say(hospital, "reopen", &["--reason", "Pasienten fikk tilbakefall."]);
    assert_ne!(reopened["status"], "completed");
    every_document_arrives(&cluster, &id);
}

/// Both sides have what the other one attached, to the byte, and every step has its receipt.
fn every_document_arrives(cluster: &Cluster, id: &str) {
    let [hospital, gp] = cluster.sites.as_slice() else { panic!("there are not two") };
    for (site, custodian, bytes) in
        [(hospital, ORGANISATIONS[1], LETTER), (gp, ORGANISATIONS[0], SUMMARY)]
    {
        let document = until("a document of the other side", PATIENCE, || {
            let shown = show(site, id);
            let thread = shown["thread"].as_array().unwrap().clone();
            let mut documents =
                thread.iter().flat_map(|event| event["documents"].as_array().unwrap());
            let found =
                documents.find(|it| it["organisation"] == custodian && it["here"] == true)?;
            Some(found["document"].as_str().unwrap().to_owned())
        });
        let arrived = cluster.path(&format!("arrived-{custodian}"));
        let to = arrived.to_str().unwrap();
        site.json(&["document", "get", &document, "--from", custodian, "-o", to]);
        assert_eq!(std::fs::read(arrived).unwrap(), bytes);
    }
    for site in [hospital, gp] {
        until("a witnessed receipt of every event", PATIENCE, || {
            let shown = show(site, id);
            let mut thread = shown["thread"].as_array().unwrap().iter();
            thread.all(|event| event["witnessed"].is_string()).then_some(())
        });
    }
}

#[test]
fn what_cannot_be_said_is_told_with_what_to_do() {
    let cluster = pair();
    let [hospital, gp] = cluster.sites.as_slice() else { panic!("there are not two") };
    let letter = cluster.file("henvisning.txt", LETTER);
    let id = send(gp, &letter, &[]);
    wait_for(hospital, &id, "received");
    let refused = |site: &Site, args: &[&str], what: &str| {
        let ended = site.run(args);
        assert!(!ended.is_success, "{args:?}");
        assert!(ended.stderr.contains(what), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(" hint: "), "{args:?}: {}", ended.stderr);
    };
    refused(gp, &["referral", "accept", &id], "is not for its author to say");
    refused(hospital, &["referral", "start", &id], "not accepted yet");
    refused(hospital, &["referral", "withdraw", &id, "--reason", "x"], "not for its author");
    let other = "01a2032f-0000-7aaa-aaaa-aaaaaaaaaaaa";
    refused(gp, &["referral", "show", other], "there is no referral");
    hospital.json(&["referral", "reject", &id, "--reason", "Feil adressat.", "--code", "9"]);
    let shown = wait_for(gp, &id, "rejected");
    assert_eq!(
        shown["thread"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|event| event["kind"] == "rejected")
            .count(),
        1
    );
    refused(gp, &["referral", "supplement", &id, "--text", "Nei?"], "the referral has ended");
    refused(gp, &["referral", "message", &id], "it says nothing");
    let number = ORGANISATIONS[3];
    let stranger = [
        "referral",
        "send",
        "--to",
        number,
        "--patient",
        PATIENTS[0],
        "--priority",
        "N",
        "--title",
        "x",
    ];
    refused(gp, &stranger, "is not a member");
    let kept = gp.json(&[stranger.as_slice(), &["--wait"]].concat());
    assert!(kept["warning"].as_str().unwrap().contains("no member of the federation yet"));
    assert_eq!(kept["stored"], false);
}

#[test]
fn lists_and_the_outbox_show_what_waits() {
    let mut cluster = pair();
    cluster.sites[0].stop();
    let letter = cluster.file("henvisning.txt", LETTER);
    let id = send(&cluster.sites[1], &letter, &[]);
    let gp = &cluster.sites[1];
    let waiting = gp.json(&["outbox", "list"])["waiting"].clone();
    assert_eq!(waiting.as_array().unwrap().len(), 1);
    assert_eq!(waiting[0]["referral"], id.as_str());
    assert_eq!(waiting[0]["to"], ORGANISATIONS[0]);
    assert_eq!(waiting[0]["lateness"], "on-time");
    assert_eq!(gp.json(&["status"])["referrals"]["waiting"], 1);
    assert_eq!(gp.json(&["outbox", "retry"])["retried"], 1);
    let listed = gp.json(&["referral", "list", "--status", "sent"]);
    assert_eq!(listed["referrals"][0]["delivery"]["delivered"], 0);
    assert_eq!(gp.json(&["referral", "list", "--patient", PATIENTS[1]])["referrals"], json!([]));
    cluster.sites[0].start();
    let gp = &cluster.sites[1];
    until("an empty outbox", PATIENCE, || {
        (gp.json(&["outbox", "list"])["waiting"] == json!([])).then_some(())
    });
    let listed = gp.json(&["referral", "list", "--patient", PATIENTS[0]]);
    assert_eq!(listed["referrals"][0]["status"], "received");
    let text = String::from_utf8(gp.run(&["referral", "show", &id]).ok()).unwrap();
    for said in ["Hudforandring på ryggen", "due", "→ requested", "stored all up to 1", "document "]
    {
        assert!(text.contains(said), "{said} is not in\n{text}");
    }
}

#[test]
fn whoever_watches_is_told_of_every_event() {
    let cluster = pair();
    let [hospital, gp] = cluster.sites.as_slice() else { panic!("there are not two") };
    let mut watch = hospital
        .command(&["referral", "watch", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(watch.stdout.take().unwrap());
    let (told, news) = mpsc::channel();
    let reading = thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            told.send(line).ok();
        }
    });
    let letter = cluster.file("henvisning.txt", LETTER);
    let mut sent = Vec::new();
    // The watcher may begin after the first of them.
    let line = until("a line of the watcher", PATIENCE, || {
        sent.push(send(gp, &letter, &[]));
        news.recv_timeout(Duration::from_secs(1)).ok()
    });
    let news: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(news["kind"], "requested");
    assert_eq!(news["author"], ORGANISATIONS[1]);
    assert!(sent.iter().any(|id| news["referral"] == id.as_str()), "{news}");
    assert!(!line.contains(PATIENTS[0]) && !line.contains("Hudforandring"), "{line}");
    watch.kill().unwrap();
    watch.wait().unwrap();
    reading.join().unwrap();
}

#[test]
fn a_redirected_referral_goes_on_with_proof_of_what_was_before() {
    let cluster = Cluster::start(program(), 3);
    let [hospital, gp, second] = cluster.sites.as_slice() else { panic!("there are not three") };
    gp.wait_for_peer(ORGANISATIONS[0]);
    hospital.wait_for_peer(ORGANISATIONS[2]);
    let letter = cluster.file("henvisning.txt", LETTER);
    let id = send(gp, &letter, &["--seniority", "2026-01-05"]);
    wait_for(hospital, &id, "received");
    let redirected = hospital.json(&[
        "referral",
        "redirect",
        &id,
        "--to",
        ORGANISATIONS[2],
        "--reason",
        "Hører til dere.",
    ]);
    let next = redirected["continued"]["referral"].as_str().unwrap().to_owned();
    let shown = wait_for(second, &next, "received");
    assert_eq!(shown["seniority"], "2026-01-05");
    assert_eq!(shown["continues"]["referral"], id.as_str());
    let evidence = shown["thread"][0]["continues"]["evidence"].as_str().unwrap().to_owned();
    wait_for(gp, &id, "redirected");
    let file = cluster.path("before.tar");
    until("the evidence of the earlier referral", PATIENCE, || {
        let args = ["document", "get", &evidence, "--from", ORGANISATIONS[0], "-o"];
        let ended = second.run(&[args.as_slice(), &[file.to_str().unwrap()]].concat());
        ended.is_success.then_some(())
    });
    let verified = cluster.program.json(&[
        "verify",
        file.to_str().unwrap(),
        "--federation",
        &cluster.federation,
        "--patient",
        PATIENTS[0],
    ]);
    assert_eq!(verified["verified"], true);
    assert_eq!(verified["referral"], id.as_str());
}

#[test]
fn a_withdrawal_that_came_too_late_is_shown_as_such() {
    let mut cluster = pair();
    let letter = cluster.file("henvisning.txt", LETTER);
    let id = send(&cluster.sites[1], &letter, &[]);
    wait_for(&cluster.sites[0], &id, "received");
    cluster.sites[0].json(&["referral", "accept", &id]);
    wait_for(&cluster.sites[1], &id, "accepted");
    // Neither hears of the other's word before it has said its own.
    cluster.sites[1].stop();
    cluster.sites[0].json(&["referral", "start", &id]);
    cluster.sites[0].stop();
    cluster.sites[1].start();
    cluster.sites[1].json(&["referral", "withdraw", &id, "--reason", "Pasienten er frisk."]);
    assert_eq!(show(&cluster.sites[1], &id)["withdrawn_too_late"], false);
    cluster.sites[0].start();
    for site in &cluster.sites {
        until("both words on both sides", PATIENCE, || {
            let shown = show(site, &id);
            let is_even = shown["status"] == "started" && shown["withdrawn_too_late"] == true;
            is_even.then_some(())
        });
        let ended = site.run(&["referral", "show", &id]);
        let text = String::from_utf8(ended.stdout).unwrap();
        assert!(text.contains("WITHDRAWN TOO LATE"), "{text}");
    }
}
