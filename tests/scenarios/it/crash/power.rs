//! Power cuts, and the two controls that show that they would find a loss.

use std::fs::OpenOptions;
use std::io::{Write as _, stderr};
use std::process::Command;

use serde_json::Value;

use super::laboratory;

/// A mount namespace of its own: whatever becomes of the laboratory, nothing that it has mounted stays behind.
const APART: [&str; 4] = ["unshare", "--mount", "--propagation", "private"];

/// Cuts the power; nothing when this machine does not let us, which is said loudly.
#[expect(clippy::explicit_write, reason = "the harness would swallow what `eprintln!` writes")]
fn cut(what: &str, seed: u64, count: u64) -> Option<(bool, Value)> {
    if let Err(why) = is_possible() {
        writeln!(stderr(), "NOT RUN: power cuts: {why}").unwrap();
        return None;
    }
    Some(laboratory(&APART, what, seed, count))
}

/// Whether file systems can be mounted on a disk of ours.
fn is_possible() -> Result<(), String> {
    for device in ["/dev/fuse", "/dev/loop-control"] {
        let opened = OpenOptions::new().read(true).write(true).open(device);
        opened.map_err(|error| {
            format!("they need root, FUSE and loop devices, and {device} says: {error}")
        })?;
    }
    let apart = Command::new(APART[0]).args(&APART[1..]).arg("true").output();
    match apart {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("they need root: {}", String::from_utf8_lossy(&output.stderr))),
        Err(error) => Err(format!("unshare: {error}")),
    }
}

fn lose_power(seed: u64) {
    let Some((is_good, summary)) = cut("cuts", seed, 15) else { return };
    assert!(is_good && summary["crashes"] == 15, "seed {seed}: {summary:#}");
}

#[test]
fn nodes_that_lose_their_power_lose_nothing_first_fifteen() {
    lose_power(1);
}

#[test]
fn nodes_that_lose_their_power_lose_nothing_second_fifteen() {
    lose_power(2);
}

#[test]
fn without_syncs_a_power_cut_finds_losses() {
    let Some((is_good, summary)) = cut("cuts-without-syncs", 1, 10) else { return };
    assert!(!is_good && finds_losses(&summary), "{summary:#}");
    assert!(!summary["unflushed"].as_array().unwrap().is_empty(), "{summary:#}");
}

#[test]
fn a_disk_that_lies_about_its_flushes_is_found_out() {
    let Some((is_good, summary)) = cut("cuts-of-a-lying-disk", 1, 10) else { return };
    assert!(!is_good && finds_losses(&summary), "{summary:#}");
}

/// Whether the faults are losses, and not some other failure of the run.
fn finds_losses(summary: &Value) -> bool {
    let faults = summary["faults"].as_array().unwrap();
    faults.iter().any(|fault| fault.as_str().unwrap().contains(" as Gone, which can only be "))
}
