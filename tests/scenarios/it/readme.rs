//! The steps by hand in the README, run as they are written.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::program;

/// What stands before each block of steps.
const MARK: &str = "<!-- by-hand -->\n```sh\n";

/// How many commands a newcomer needs from nothing to a document that has been exchanged.
const COMMANDS_MAX: usize = 12;

#[test]
fn the_steps_by_hand_work_as_written() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let blocks: Vec<&str> =
        readme.split(MARK).skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let exchange = blocks.iter().flat_map(|block| block.lines());
    let exchanged = exchange.clone().position(|line| line.contains("document get")).unwrap() + 1;
    assert!(exchanged <= COMMANDS_MAX, "{exchanged} commands to an exchange");

    let dir = TempDir::new().unwrap();
    symlink(program().path(), dir.path().join("budstikke")).unwrap();
    fs::write(dir.path().join("README.md"), &readme).unwrap();
    let script: String = exchange.map(|line| step(line) + "\n").collect();
    let script = format!(
        "set -euo pipefail\nexport PATH=\"$PWD:$PATH\"\ntrap 'kill $(jobs -p)' EXIT\n{script}"
    );
    let output =
        Command::new("bash").arg("-c").arg(&script).current_dir(dir.path()).output().unwrap();
    let (stdout, stderr) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}\n{stdout}\n{stderr}");
    assert_eq!(fs::read_to_string(dir.path().join("copy.md")).unwrap(), readme);
    assert!(stdout.trim_end().ends_with("\nVERIFIED"), "{stdout}");
}

/// A command as a shell runs it; one that a person starts in a terminal of its own goes to the background, and the next
/// begins when it listens.
fn step(line: &str) -> String {
    if !line.starts_with("budstikke run") {
        return line.to_owned();
    }
    let log = format!("{}.log", line.rsplit(' ').next().unwrap());
    format!(
        "{line} 2> {log} &\ntimeout 60 grep -q -m1 '^listening on' <(tail -n +1 -F {log} 2>/dev/null)"
    )
}
