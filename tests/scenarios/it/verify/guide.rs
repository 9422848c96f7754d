//! The reviewer's guide, followed word by word: every command in its boxes, in order, in a folder with nothing but the evidence and the log.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use budstikke_scenarios::cluster::PATIENTS;
use budstikke_scenarios::until::{PATIENCE, until};

use crate::evidence::{Case, export};
use crate::program;

/// The commands of a page that stand in boxes.
fn commands(page: &str) -> String {
    let text = fs::read_to_string(page).unwrap();
    let boxes = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    boxes.collect()
}

/// Where Go keeps what it has compiled: not in the home of the reviewer, who has none.
fn go_cache() -> String {
    let output = Command::new("go").args(["env", "GOCACHE"]).output();
    let output = output.unwrap_or_else(|error| panic!("go: {error}; run tests/setup"));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_reviewer_who_follows_the_guide_verifies_evidence_and_log_with_our_tool_and_with_others() {
    let case = Case::new();
    let site = &case.cluster.sites[0];
    let folder = case.reviewer.folder();
    fs::write(folder.join("evidence.tar"), export(&case.cluster, site, &case.document)).unwrap();
    let searcher = &case.cluster.sites[1];
    let found = until("a witnessed answer", PATIENCE, || {
        let found = searcher.json(&["find", PATIENTS[0]]);
        found["members"].to_string().contains("\"witnessed\"").then_some(found)
    });
    let (id, search) = (found["find"].as_str().unwrap(), folder.join("find.tar"));
    searcher.run(&["evidence", "export", id, "-o", search.to_str().unwrap()]).ok();
    let log = case.cluster.path("log");
    site.run(&["index", "export", log.to_str().unwrap()]).ok();
    fs::rename(log, folder.join("log")).unwrap();
    let programs = case.cluster.path("programs");
    fs::create_dir(&programs).unwrap();
    symlink(program().path(), programs.join("budstikke")).unwrap();

    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let guide = commands(source.join("docs/review.md").to_str().unwrap());
    let guide = format!("PATH=\"$PROGRAMS:$SOURCE/.venv/bin:$PATH\"\n{guide}");
    let mut shell = Command::new("sh");
    shell.args(["-eu", "-c", &guide]).current_dir(folder).env("HOME", folder);
    shell.env("PROGRAMS", &programs).env("PATIENT", PATIENTS[0]);
    shell.env("FINGERPRINT", &case.cluster.federation).env("SOURCE", &source);
    shell.env("GOCACHE", go_cache()).env("GOFLAGS", "").env("PYTHONDONTWRITEBYTECODE", "1");
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    let count = |line: &str| said.lines().filter(|found| *found == line).count();
    // Our tool once for each evidence, twice for the log and once for the receipt, and the one in Python.
    assert_eq!(count("VERIFIED"), 6, "{said}");
    assert_eq!((count("NOT VERIFIED"), count("all good")), (0, 2), "{said}");
    let witnessed = format!("cosigned: {}, ", case.witnessed());
    assert_eq!(said.lines().filter(|line| line.starts_with(&witnessed)).count(), 1, "{said}");
    // Whatever is changed is found, in the first box already.
    let evidence = case.archive().with("document", "another document").to_bytes();
    fs::write(folder.join("evidence.tar"), evidence).unwrap();
    assert!(!shell.output().unwrap().status.success());
}
