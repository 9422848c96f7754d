//! Crashes: nodes at work are killed and lose their power, and nothing that they acknowledged is lost. The laboratory is a
//! program of its own (`src/laboratory.rs`); longer runs are made by `tests/long/crashes`.

mod disk;
mod power;

use std::fs::{self, File};
use std::io::{Write as _, stderr};
use std::process::Command;
use std::thread;

use budstikke_scenarios::laboratory::check::{Check, Depth};
use budstikke_scenarios::laboratory::dice::Dice;
use budstikke_scenarios::laboratory::work::Worker;
use budstikke_scenarios::laboratory::world::{Life, World};
use budstikke_scenarios::until::{PATIENCE, until};
use serde_json::Value;

use crate::program;

/// The laboratory, with its arguments behind those of `before`.
#[expect(clippy::explicit_write, reason = "the harness would swallow what `eprintln!` writes")]
fn laboratory(before: &[&str], what: &str, seed: u64, count: u64) -> (bool, Value) {
    let program = program();
    let command = [before, &[env!("CARGO_BIN_EXE_crash-laboratory")]].concat();
    let output = Command::new(command[0])
        .args(&command[1..])
        .arg(program.path())
        .args([what, &seed.to_string(), &count.to_string()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let summary = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("the laboratory with {what} and seed {seed} failed:\n{said}"));
    // Not `eprintln!`: the harness would swallow it.
    writeln!(stderr(), "{what}: {summary:#}").unwrap();
    (output.status.success(), summary)
}

/// Kills nodes fifty times, every other time at a chosen system call.
fn kill(seed: u64) {
    let (is_good, summary) = laboratory(&[], "kills", seed, 50);
    assert!(is_good && summary["crashes"] == 50, "seed {seed}: {summary:#}");
    let count = |begins: &str| -> u64 {
        let counts = summary["counts"].as_object().unwrap().iter();
        let suited = counts.filter(|(what, _)| what.starts_with(begins));
        suited.map(|(_, count)| count.as_u64().unwrap()).sum()
    };
    // A call that is not reached is no test of it. Few are not: how often a thread makes one is the kernel's to say.
    let at_call = count("kills: at ") - count("kills: at a moment");
    assert!(at_call > count("kills: before "), "seed {seed}: {summary:#}");
    // A kill is no reason to build the index anew, which takes long where there is much.
    assert!(count("starts: the index built anew") < 5, "seed {seed}: {summary:#}");
}

#[test]
fn killed_nodes_lose_nothing_first_fifty() {
    kill(1);
}

#[test]
fn killed_nodes_lose_nothing_second_fifty() {
    kill(2);
}

#[test]
fn killed_nodes_lose_nothing_third_fifty() {
    kill(3);
}

#[test]
fn killed_nodes_lose_nothing_fourth_fifty() {
    kill(4);
}

/// The control of the oracle: what a node has lost is found.
#[test]
fn a_journal_that_has_lost_its_end_is_found_out() {
    let mut world = World::new(program());
    for at in 0..2 {
        world.start_plain(at);
    }
    let life = Life::default();
    thread::scope(|scope| {
        let worker = Worker::new(&world, &life, 0, Dice::new(1));
        scope.spawn(|| worker.work());
        until("some work", PATIENCE, || (life.done() >= 20).then_some(()));
        life.end();
    });
    let site = &mut world.cluster.sites[0];
    site.kill();
    let journal = fs::read_dir(site.home.join("journal")).unwrap();
    let last = journal.map(|segment| segment.unwrap().path()).max().unwrap();
    let bytes = fs::metadata(&last).unwrap().len();
    File::options().write(true).open(&last).unwrap().set_len(bytes / 2).unwrap();
    assert!(!world.has_faults());
    world.start_plain(0);
    Check::new(&world, &life, 0).run(Depth::Everything, &mut Dice::new(1));
    let faults = &world.known().faults;
    assert!(faults.iter().any(|fault| fault.contains("shows document")), "{faults:#?}");
    assert!(faults.iter().any(|fault| fault.contains("has lost a record")), "{faults:#?}");
}
