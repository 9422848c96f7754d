//! The benchmarks still run: what they measure is asked of nobody here, because it depends on the machine.

use std::process::Command;

use serde_json::Value;

#[test]
fn the_smallest_benchmark_runs() {
    let results = quick(&["publish-alone"]);
    let [only] = results["benchmarks"].as_array().unwrap().as_slice() else { panic!("{results}") };
    let findings = only["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 2, "in the store, and by a command: {results}");
    for finding in findings {
        assert!(finding["median"].as_f64().unwrap() > 0.0, "{finding}");
        assert_eq!(finding["values"].as_array().unwrap().len(), 2, "{finding}");
        assert!(finding["ratio"].is_number() && finding["met"].is_boolean(), "{finding}");
    }
}

#[test]
fn the_benchmarks_of_the_log_run() {
    run(&[
        "log-append",
        "log-store",
        "log-verify",
        "log-receipt",
        "log-publish",
        "log-disk",
        "log-cosigned",
        "log-start",
    ]);
}

#[test]
fn the_benchmarks_of_the_index_run() {
    run(&["index-map", "index-blind", "index-list"]);
}

#[test]
fn the_benchmarks_of_searches_run() {
    run(&["find", "find-dead", "find-local", "find-growth"]);
}

#[test]
fn the_benchmarks_of_referrals_run() {
    run(&["referral-stored", "referral-many", "referral-backlog", "referral-peak"]);
}

/// Carries these out, each of which has a bar.
fn run(names: &[&str]) {
    let results = quick(names);
    let benchmarks = results["benchmarks"].as_array().unwrap();
    assert_eq!(benchmarks.iter().map(|found| &found["benchmark"]).collect::<Vec<_>>(), names);
    for benchmark in benchmarks {
        let findings = benchmark["findings"].as_array().unwrap();
        assert!(findings.iter().any(|finding| finding["met"].is_boolean()), "{benchmark}");
        assert!(findings.iter().all(|finding| finding["median"].is_number()), "{benchmark}");
    }
}

/// Carries these out as quickly as can be, and gives what was found.
fn quick(names: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .arg("--quick")
        .args(names)
        .arg("--results")
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(names.iter().all(|name| said.contains(&format!("`{name}`"))), "{said}");
    let results = std::fs::read(folder.path().join("results.json")).unwrap();
    serde_json::from_slice(&results).unwrap()
}

#[test]
fn an_unknown_benchmark_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_bench")).arg("nothing").output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no benchmark nothing"));
}
