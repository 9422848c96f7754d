//! The log of a running node: its head, receipts, and an export that is verified without a home.

use std::fs;
use std::path::Path;

use budstikke_scenarios::archive::Archive;
use budstikke_scenarios::cluster::{Cluster, PATIENTS};
use budstikke_scenarios::go;
use budstikke_scenarios::program::Ended;
use budstikke_scenarios::reviewer::Reviewer;
use budstikke_scenarios::site::Site;
use serde_json::{Value, json};

use crate::program;

/// Verifies an export or a receipt with what the reviewer has.
fn verify(reviewer: &Reviewer, args: &[&str]) -> (i32, Value) {
    let output = reviewer.command(&["--json", "index", "verify"]).args(args).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(complaint, "");
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

/// The check that failed, and what it found; nothing when all passed.
fn failed(verdict: &(i32, Value)) -> Option<(&str, &str)> {
    let checks = verdict.1["checks"].as_array().unwrap();
    let failed = checks.iter().find(|check| check["failed"] == json!(true));
    assert_eq!(
        (verdict.0, verdict.1["verified"] == json!(true)),
        (i32::from(failed.is_some()), failed.is_none())
    );
    failed.map(|check| (check["check"].as_str().unwrap(), check["found"].as_str().unwrap()))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn ok(ended: Ended) {
    drop(ended.ok());
}

#[test]
fn what_is_published_stands_in_the_log_and_the_receipt_verifies_without_a_home() {
    let mut cluster = Cluster::start(program(), 2);
    let bytes = b"<epikrise>an invented discharge summary</epikrise>\n";
    let file = cluster.file("document.xml", bytes);
    // Its only witness is away.
    cluster.sites[1].stop();
    let site = &mut cluster.sites[0];
    assert_eq!(site.json(&["index", "status"])["size"], Value::Null, "nothing is logged yet");
    let document = site.publish(&file, PATIENTS[0], &[]);
    ok(site.run(&["document", "share", &document, "--share", "federation"]));
    let status = site.wait_for_head();
    assert_eq!((&status["records"], &status["witnessed"]), (&json!(2), &json!("no")));

    let proof = site.json(&["index", "prove", &document]);
    let about: Vec<_> = proof["records"].as_array().unwrap().iter().map(|r| &r["about"]).collect();
    assert_eq!(about, ["manifest", "sharing"]);
    assert!(proof["records"].as_array().unwrap().iter().all(|r| r["grade"] == "promised"));

    // The same head is signed again after a restart.
    site.stop();
    site.start();
    let again = site.wait_for_head();
    assert_eq!((&again["size"], &again["root"]), (&status["size"], &status["root"]));

    let (receipt, evidence) = (cluster.path("document.tlog-proof"), cluster.path("evidence.tar"));
    let site = &cluster.sites[0];
    ok(site.run(&["index", "receipt", &document, "-o", text(&receipt)]));
    ok(site.run(&["evidence", "export", &document, "-o", text(&evidence)]));
    let manifest = cluster.path("manifest.jws");
    let archive = Archive::parse(&fs::read(&evidence).unwrap());
    fs::write(&manifest, archive.text("manifest.jws")).unwrap();
    let reviewer = Reviewer::new(program(), &cluster.federation);
    let roster = cluster.roster();
    let base = [text(&receipt), "--manifest", text(&manifest), "--document", text(&file)];
    let key = status["key"].as_str().unwrap();
    let trusts: [&[&str]; 2] =
        [&["--federation", &cluster.federation, "--roster", text(&roster)], &["--key", key]];
    for trust in trusts {
        assert_eq!(failed(&verify(&reviewer, &[&base[..], trust].concat())), None);
    }
    let other = cluster.file("other.xml", b"another document");
    let args =
        [text(&receipt), "--manifest", text(&manifest), "--document", text(&other), "--key", key];
    assert_eq!(failed(&verify(&reviewer, &args)).unwrap().0, "document");
    let salt = "00".repeat(32);
    let args = [&base[..], &["--salt", &salt, "--key", key]].concat();
    assert_eq!(failed(&verify(&reviewer, &args)).unwrap().0, "record");
    let text_of = fs::read_to_string(&receipt).unwrap();
    fs::write(&receipt, text_of.replace("index 0", "index 1")).unwrap();
    assert_eq!(failed(&verify(&reviewer, &[&base[..], trusts[1]].concat())).unwrap().0, "record");
}

#[test]
fn publishing_returns_a_receipt_when_it_is_asked_to() {
    let cluster = Cluster::start(program(), 1);
    let file = cluster.file("document.xml", b"a document\n");
    let receipt = cluster.path("document.tlog-proof");
    let publish = |site: &Site| {
        let fields = ["--patient", PATIENTS[0], "--type", "A03-2", "--receipt", text(&receipt)];
        site.run(&[&["document", "publish", text(&file)], &fields[..]].concat())
    };
    let site = &cluster.sites[0];
    let printed = String::from_utf8(publish(site).ok()).unwrap();
    let document = printed.trim();
    let evidence = cluster.path("evidence.tar");
    ok(site.run(&["evidence", "export", document, "-o", text(&evidence)]));
    let manifest = cluster.path("manifest.jws");
    fs::write(&manifest, Archive::parse(&fs::read(&evidence).unwrap()).text("manifest.jws"))
        .unwrap();
    let reviewer = Reviewer::new(program(), &cluster.federation);
    let key = site.json(&["index", "status"])["key"].as_str().unwrap().to_owned();
    let args = [text(&receipt), "--manifest", text(&manifest), "--document", text(&file)];
    assert_eq!(failed(&verify(&reviewer, &[&args[..], &["--key", &key]].concat())), None);
    let more = cluster.path("more.tlog-proof");
    let fields = ["--patient", PATIENTS[0], "--type", "A03-2", "--receipt", text(&more)];
    let published = site.json(&[&["document", "publish", text(&file)], &fields[..]].concat());
    assert_eq!(published["receipt"]["document"], published["document"]);
    assert_eq!((&published["receipt"]["grade"], more.exists()), (&json!("promised"), true));
    // A receipt that cannot be written is told before anything is published.
    assert!(publish(site).failure().contains("exists already"));
    let listed = site.json(&["document", "list"]);
    assert_eq!(listed["documents"].as_array().unwrap().len(), 2, "{listed}");
}

#[test]
fn an_export_is_brought_up_to_date_and_verifies_without_a_home() {
    let cluster = Cluster::start(program(), 1);
    let file = cluster.file("document.xml", b"a document\n");
    let site = &cluster.sites[0];
    let folder = cluster.path("export");
    assert!(site.run(&["index", "export", text(&folder)]).failure().contains("the log is empty"));
    assert!(!folder.exists());
    let first = site.publish(&file, PATIENTS[0], &[]);
    let status = site.wait_for_head();
    assert!(status["witnessed"].as_str().unwrap().starts_with("unwitnessed"), "{status}");
    let key = status["key"].as_str().unwrap();
    let reviewer = Reviewer::new(program(), &cluster.federation);
    let mut before = 0;
    for more in [0, 3, 0, 1] {
        for _ in 0..more {
            site.publish(&file, PATIENTS[0], &[]);
        }
        let entries = site.wait_for_head()["size"].as_u64().unwrap();
        ok(site.run(&["index", "export", text(&folder)]));
        let verdict = verify(&reviewer, &[text(&folder), "--key", key]);
        assert_eq!(failed(&verdict), None, "{verdict:?}");
        assert!(entries >= before);
        before = entries;
    }
    ok(site.run(&["document", "erase", &first, "--yes"]));
    site.wait_for_head();
    ok(site.run(&["index", "export", text(&folder)]));
    let roster = cluster.roster();
    let trust = ["--federation", &cluster.federation, "--roster", text(&roster)];
    assert_eq!(failed(&verify(&reviewer, &[&[text(&folder)], &trust[..]].concat())), None);
    let partial = fs::read_dir(folder.join("tile/0/000.p")).unwrap().count();
    assert_eq!(partial, 1, "what an earlier export has left is gone");

    // Go's libraries for the checksum database of its modules accept it.
    let printed = go::accepts("verify_log.go", &[text(&folder), key]);
    assert!(printed.ends_with("all good\n"), "{printed}");

    // Every file counts.
    for path in ["checkpoint", "tile/0/000.p", "tile/entries/000.p"] {
        let path = folder.join(path);
        let path = if path.is_dir() {
            fs::read_dir(path).unwrap().next().unwrap().unwrap().path()
        } else {
            path
        };
        let bytes = fs::read(&path).unwrap();
        let mut changed = bytes.clone();
        changed[20] ^= 1;
        fs::write(&path, changed).unwrap();
        assert!(failed(&verify(&reviewer, &[text(&folder), "--key", key])).is_some(), "{path:?}");
        fs::write(&path, bytes).unwrap();
    }
    // A folder of another history is told, and kept.
    let other = Cluster::start(program(), 1);
    let file = other.file("document.xml", b"a document\n");
    other.sites[0].publish(&file, PATIENTS[0], &[]);
    other.sites[0].wait_for_head();
    let refused = other.sites[0].run(&["index", "export", text(&folder)]).failure();
    assert!(refused.contains("another"), "{refused}");
    assert_eq!(failed(&verify(&reviewer, &[text(&folder), "--key", key])), None);
}
