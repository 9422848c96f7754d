//! Walls: which crate may depend on what, and where the two large dependencies are known.

use super::house::{HOUSES, code_lines, named, read, root, rust_files, tell};

/// All that the pure crates depend on. None of it does input or output, reads a clock or starts a task.
const PURE: [(&str, &[&str]); 2] = [
    (
        "keys",
        &[
            "age",
            "blake3",
            "data-encoding",
            "ed25519-dalek",
            "jiff",
            "rand_core",
            "ring",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "voprf",
            "zeroize",
        ],
    ),
    (
        "protocol",
        &[
            "blake3",
            "budstikke-keys",
            "ciborium",
            "data-encoding",
            "hmac",
            "roxmltree",
            "serde",
            "serde_bytes",
            "serde_json",
            "sha2",
            "thiserror",
            "uuid",
            "zeroize",
        ],
    ),
];

/// What one room keeps to itself: the dependency, that room, and the packages that may depend on it.
const KEPT: [(&str, &str, &[&str]); 5] = [
    ("libp2p", "net", &["node", "tests/scenarios", "tests/bench"]),
    ("yamux", "net", &["node"]),
    ("sled", "store", &["node"]),
    ("axum", "http", &["node"]),
    ("hyper", "http", &["node"]),
];

#[test]
fn pure_crates_depend_on_nothing_that_acts() {
    let mut faults = Vec::new();
    for (package, allowed) in PURE {
        for dependency in dependencies(package) {
            if !allowed.contains(&dependency.as_str()) {
                faults.push(format!("{package}/Cargo.toml: {dependency} is not among the dependencies of a pure crate"));
            }
        }
    }
    tell(&faults);
}

#[test]
fn kept_dependencies_are_in_no_other_package() {
    let mut faults = Vec::new();
    for package in packages() {
        for dependency in dependencies(&package) {
            for (_, room, packages) in
                KEPT.iter().filter(|kept| dependency.split('-').next() == Some(kept.0))
            {
                if !packages.contains(&package.as_str()) {
                    faults.push(format!(
                        "{package}/Cargo.toml: {dependency} is for node/src/{room} alone"
                    ));
                }
            }
        }
    }
    tell(&faults);
}

#[test]
fn kept_dependencies_are_named_in_no_other_room() {
    let mut faults = Vec::new();
    for house in HOUSES {
        for file in rust_files(&house.src()) {
            let name = named(&file);
            for (dependency, room, _) in KEPT {
                let home = format!("node/src/{room}");
                if name == format!("{home}.rs") || name.starts_with(&format!("{home}/")) {
                    continue;
                }
                let text = read(&file);
                let knows = |line: &str| words(line).any(|word| word == dependency);
                for (number, _) in code_lines(&text).filter(|(_, line)| knows(line)) {
                    faults.push(format!("{name}:{number}: only {home} knows {dependency}"));
                }
            }
        }
    }
    tell(&faults);
}

#[test]
fn our_crates_have_the_lints_of_the_workspace_and_no_features() {
    let mut faults = Vec::new();
    for house in HOUSES {
        let manifest = format!("{}/Cargo.toml", house.name);
        let text = read(&root().join(&manifest));
        if !text.contains("[lints]\nworkspace = true\n") {
            faults.push(format!("{manifest} does not take the lints of the workspace"));
        }
        if text.contains("[features]") {
            faults.push(format!("{manifest} has features; our crates have none"));
        }
    }
    tell(&faults);
}

/// The folders of the workspace's packages.
fn packages() -> Vec<String> {
    let workspace = read(&root().join("Cargo.toml"));
    let members =
        workspace.split_once("\nmembers = [").and_then(|(_, after)| after.split_once(']'));
    let (members, _) = members.expect("Cargo.toml lists the members of the workspace");
    members.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The names under every `[…dependencies]` of a package.
fn dependencies(package: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut listing = false;
    for line in read(&root().join(package).join("Cargo.toml")).lines() {
        if let Some(section) = line.strip_prefix('[') {
            listing = section.ends_with("dependencies]");
            // The long form, `[dependencies.name]`.
            if let Some((_, name)) = section.trim_end_matches(']').split_once("dependencies.") {
                names.push(name.to_owned());
            }
        } else if listing && line.contains('=') {
            names.extend(line.split(['.', '=', ' ']).next().map(str::to_owned));
        }
    }
    assert!(!names.is_empty(), "{package}/Cargo.toml names no dependency");
    names
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}
