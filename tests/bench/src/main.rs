//! Benchmarks: real nodes, each a process of its own, measured from the outside.
//!
//! `cargo run --release -p budstikke-bench -- beside`: the numbers in `docs/performance.md` come from here.

mod beside;
mod command;
mod sample;

use std::env;
use std::ffi::OsStr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use budstikke_scenarios::program::Program;

/// Where the results go.
const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/bench");

fn main() -> ExitCode {
    let mut args = env::args_os();
    // The nodes are this program under their own name, so that they are built with it, in the same profile.
    if args.next().is_some_and(|name| Path::new(&name).file_name() == Some(OsStr::new("budstikke")))
    {
        return budstikke::main();
    }
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("budstikke");
    symlink(env::current_exe().unwrap(), &program).unwrap();
    let program = Program::at(program.to_str().unwrap());
    if args.next().as_deref() != Some(OsStr::new("beside")) {
        eprintln!("usage: bench beside");
        return ExitCode::from(2);
    }
    beside::run(program);
    ExitCode::SUCCESS
}

/// Prints a result and writes it as JSON.
fn report(name: &str, table: &comfy_table::Table, result: &impl serde::Serialize) {
    std::fs::create_dir_all(RESULTS).unwrap();
    let path = PathBuf::from(RESULTS).join(format!("{name}.json"));
    std::fs::write(&path, serde_json::to_string_pretty(result).unwrap() + "\n").unwrap();
    println!("{table}\n\nwrote {}", path.canonicalize().unwrap().display());
}
