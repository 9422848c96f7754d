//! What the tidy tests share: where the files are, and how faults are told.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate and its rooms from the roof down; a room imports only rooms that stand below it.
pub struct House {
    pub name: &'static str,
    pub rooms: &'static [&'static str],
}

pub const HOUSES: [House; 3] = [
    House {
        name: "keys",
        rooms: &["keyring", "jws", "note", "voprf", "seal", "secret", "public", "digest", "time"],
    },
    House {
        name: "protocol",
        rooms: &[
            "wire",
            "access",
            "referral",
            "index",
            "document",
            "log",
            "federation",
            "kith",
            "patient",
            "ids",
            "text",
            "limits",
        ],
    },
    House {
        name: "node",
        rooms: &[
            "cli",
            "demo",
            "doctor",
            "runtime",
            "control",
            "http",
            "service",
            "verify",
            "evidence",
            "index_export",
            "net",
            "store",
            "keyfile",
            "request",
            "roster_file",
            "rosters",
            "place",
            "home",
            "config",
            "entropy",
            "clock",
            "telemetry",
            "finding",
            "failure",
        ],
    },
];

impl House {
    pub fn src(&self) -> PathBuf {
        root().join(self.name).join("src")
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// The path as the messages name it: from the root of the repository.
pub fn named(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

pub fn read(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", named(path)))
}

/// The Rust files below a folder of the repository, in order.
pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", named(folder))) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every Rust file of the workspace.
pub fn all_rust_files() -> Vec<PathBuf> {
    ["keys", "protocol", "node", "tests"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .collect()
}

/// The files that git tracks and that are there.
pub fn tracked_files() -> Vec<PathBuf> {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    names
        .split_terminator('\0')
        .map(|name| root().join(name))
        .filter(|path| path.is_file())
        .collect()
}

/// The lines of a Rust file that are not comments, with their numbers.
pub fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Passes when there are no faults; else tells all of them.
pub fn tell(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
