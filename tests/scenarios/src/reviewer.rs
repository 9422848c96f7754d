//! A security reviewer: has an evidence file and a fingerprint, and no home, no network and no node.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::Program;

/// A folder of its own, where nothing of a node is.
#[derive(Debug)]
pub struct Reviewer {
    program: Program,
    federation: String,
    dir: TempDir,
}

/// What the program says of an evidence file.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The exit code.
    pub code: i32,
    /// The result.
    pub value: Value,
}

impl Reviewer {
    /// A reviewer who trusts this fingerprint.
    pub fn new(program: Program, federation: &str) -> Self {
        Self { program, federation: federation.to_owned(), dir: TempDir::new().unwrap() }
    }

    /// The reviewer's folder.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Verifies a file with these bytes, and further arguments.
    pub fn verify(&self, evidence: &[u8], more: &[&str]) -> Verdict {
        self.verify_with(&self.federation, evidence, more)
    }

    /// Verifies with another fingerprint.
    pub fn verify_with(&self, federation: &str, evidence: &[u8], more: &[&str]) -> Verdict {
        let folder = TempDir::new_in(self.folder()).unwrap();
        let file = folder.path().join("evidence.tar");
        fs::write(&file, evidence).unwrap();
        let mut command =
            self.command(&["verify", file.to_str().unwrap(), "--federation", federation, "--json"]);
        let output = command.args(more).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr, "", "it complained");
        Verdict {
            code: output.status.code().unwrap(),
            value: serde_json::from_slice(&output.stdout).unwrap(),
        }
    }

    /// A command that finds no home: neither one that is named, nor one of a user.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.program.command(args);
        command.current_dir(self.folder()).env("HOME", self.folder());
        command
    }
}

impl Verdict {
    /// The names of the failures, in the order of the checks.
    pub fn failures(&self) -> Vec<&str> {
        let checks = self.value["checks"].as_array().unwrap();
        let failures: Vec<&str> =
            checks.iter().filter_map(|check| check["failure"].as_str()).collect();
        assert_eq!(self.value["verified"], failures.is_empty());
        assert_eq!(self.code, i32::from(!failures.is_empty()));
        failures
    }
}
