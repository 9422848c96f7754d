//! The report of a run: a table for people, in the form that `docs/performance.md` takes, and everything in JSON.

use std::fs;
use std::path::PathBuf;

use comfy_table::Table;
use serde_json::{Value, json};

use crate::finding::Finding;
use crate::machine::Machine;

const HEADER: [&str; 8] = [
    "benchmark",
    "what",
    "median (quartiles)",
    "count",
    "reference",
    "ratio (quartiles)",
    "bar",
    "met",
];

/// What was found so far.
#[derive(Debug)]
pub(crate) struct Report {
    machine: Machine,
    /// Where the JSON goes; written anew after each benchmark, so that a run that breaks off leaves what it had.
    path: PathBuf,
    found: Vec<(&'static str, Vec<Finding>)>,
    failed: Vec<&'static str>,
}

impl Report {
    /// A report without a finding.
    pub(crate) fn new(machine: Machine, path: PathBuf) -> Self {
        Self { machine, path, found: Vec::new(), failed: Vec::new() }
    }

    /// Adds what a benchmark has found.
    pub(crate) fn add(&mut self, benchmark: &'static str, findings: Vec<Finding>) {
        self.found.push((benchmark, findings));
        fs::write(&self.path, format!("{:#}\n", self.json())).unwrap();
    }

    /// Notes that a benchmark could not be carried out.
    pub(crate) fn fail(&mut self, benchmark: &'static str) {
        self.failed.push(benchmark);
    }

    /// Prints it; says whether every benchmark was carried out.
    pub(crate) fn print(&self) -> bool {
        let mut table = Table::new();
        table.load_preset(comfy_table::presets::ASCII_MARKDOWN);
        table.set_header(HEADER);
        for (benchmark, findings) in &self.found {
            for finding in findings {
                let name = format!("`{benchmark}`");
                table.add_row(std::iter::once(name).chain(finding.cells()));
            }
        }
        println!(
            "{}\n\n{table}\n\nevery value: {}",
            self.machine.sentence(),
            self.path.canonicalize().unwrap_or_default().display()
        );
        for benchmark in &self.failed {
            println!("FAILED: {benchmark}; see above");
        }
        self.failed.is_empty()
    }

    fn json(&self) -> Value {
        let found = self.found.iter().map(|(benchmark, findings)| {
            let findings: Vec<Value> = findings.iter().map(Finding::json).collect();
            json!({"benchmark": benchmark, "findings": findings})
        });
        json!({"machine": self.machine, "benchmarks": found.collect::<Vec<_>>()})
    }
}
