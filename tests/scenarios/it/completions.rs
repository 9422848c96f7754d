//! Completion scripts for the shells.

use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::program;

#[test]
fn every_shell_gets_a_script() {
    for shell in ["bash", "zsh", "fish"] {
        let script = String::from_utf8(program().run(&["completions", shell]).ok()).unwrap();
        for word in ["budstikke", "document", "publish", "evidence", "--passphrase-file"] {
            // fish writes a long option without its dashes.
            assert!(script.contains(word.trim_start_matches('-')), "{shell} does not know {word}");
        }
    }
    let refused = program().run(&["completions", "cmd.exe"]);
    assert!(!refused.is_success && refused.stdout.is_empty());
}

#[test]
fn bash_accepts_its_script() {
    let script = program().run(&["completions", "bash"]).ok();
    let mut bash = Command::new("bash")
        .arg("-n")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    bash.stdin.take().unwrap().write_all(&script).unwrap();
    let output = bash.wait_with_output().unwrap();
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_script_that_cannot_be_written_is_a_failure_and_one_that_nobody_reads_is_none() {
    let run = |stdout: Stdio| {
        let child = program()
            .command(&["completions", "bash"])
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn();
        child.unwrap().wait_with_output().unwrap()
    };
    let full = run(File::options().write(true).open("/dev/full").unwrap().into());
    assert_eq!(full.status.code(), Some(1));
    let said = String::from_utf8(full.stderr).unwrap();
    assert!(said.contains("cannot write the result"), "{said}");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert!(run(writer.into()).status.success());
}
