//! The benchmarks still run: what they measure is asked of nobody here, because it depends on the machine.

use std::process::Command;

use serde_json::Value;

#[test]
fn the_smallest_benchmark_runs() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["--quick", "publish-alone", "--results"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("`publish-alone`"));
    let results = std::fs::read(folder.path().join("results.json")).unwrap();
    let results: Value = serde_json::from_slice(&results).unwrap();
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
fn an_unknown_benchmark_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_bench")).arg("nothing").output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no benchmark nothing"));
}
