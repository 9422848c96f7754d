//! Files: how long, how they open, and what no file may hold.

use std::fs;

use super::house::{all_rust_files, code_lines, named, read, root, tell, tracked_files};

const LINES_MAX: usize = 400;

/// Tables, whose rows all have the same shape; they may be longer.
const TABLES: [&str; 1] = ["node/src/cli/args.rs"];

const TRACKED_BYTES_MAX: u64 = 200_000;

/// What is meant to go before a change lands; written in halves, so that this file does not find itself.
const LEFTOVERS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("dbg", "!(")];

#[test]
fn source_files_are_short() {
    let mut faults = Vec::new();
    for file in all_rust_files() {
        let lines = read(&file).lines().count();
        if lines > LINES_MAX && !TABLES.contains(&named(&file).as_str()) {
            faults.push(format!("{} has {lines} lines, more than {LINES_MAX}", named(&file)));
        }
    }
    tell(&faults);
}

#[test]
fn source_files_open_with_what_they_are_for() {
    let mut faults = Vec::new();
    for file in all_rust_files() {
        if !read(&file).starts_with("//! ") {
            faults.push(format!("{} does not open with a sentence after `//! `", named(&file)));
        }
    }
    tell(&faults);
}

#[test]
fn modules_are_files_of_their_own_name() {
    let mut faults = Vec::new();
    for file in all_rust_files() {
        let name = named(&file);
        if file.ends_with("mod.rs") {
            faults.push(format!("{name}: a module foo is foo.rs beside foo/, never foo/mod.rs"));
        }
        for (number, line) in code_lines(&read(&file)) {
            if line.ends_with('{') && line.split_whitespace().any(|word| word == "mod") {
                faults.push(format!(
                    "{name}:{number}: a module is written inside a file; give it a file of its own"
                ));
            }
        }
    }
    tell(&faults);
}

#[test]
fn no_leftovers_are_tracked() {
    let mut faults = Vec::new();
    for file in tracked_files() {
        // Pages may speak of them; binary files cannot hold them.
        let Ok(text) = fs::read_to_string(&file) else { continue };
        if file.extension().is_some_and(|extension| extension == "md" || extension == "lock") {
            continue;
        }
        for (number, line) in (1..).zip(text.lines()) {
            for leftover in LEFTOVERS.iter().filter(|leftover| line.contains(**leftover)) {
                faults.push(format!("{}:{number}: {leftover}", named(&file)));
            }
        }
    }
    tell(&faults);
}

#[test]
fn tracked_files_are_small() {
    let mut faults = Vec::new();
    for file in tracked_files() {
        let bytes = fs::metadata(&file).unwrap().len();
        if bytes > TRACKED_BYTES_MAX {
            faults
                .push(format!("{} has {bytes} bytes, more than {TRACKED_BYTES_MAX}", named(&file)));
        }
    }
    tell(&faults);
}

#[test]
fn the_scripts_are_there_and_executable() {
    use std::os::unix::fs::PermissionsExt;

    let mut faults = Vec::new();
    for script in [".ci/run", "tests/run", "tests/setup", "docker/base", "docker/build"] {
        match fs::metadata(root().join(script)) {
            Err(error) => faults.push(format!("{script}: {error}")),
            Ok(found) if found.permissions().mode() & 0o111 == 0 => {
                faults.push(format!("{script} is not executable"));
            }
            Ok(_) => {}
        }
    }
    tell(&faults);
}
