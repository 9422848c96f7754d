//! Runs the crash laboratory: `crash-laboratory PROGRAM kills|cuts SEED COUNT`.

use std::process::ExitCode;

use budstikke_scenarios::laboratory::cuts::{self, Control};
use budstikke_scenarios::laboratory::kills;
use budstikke_scenarios::program::Program;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let [_, program, what, seed, count] = args.as_slice() else {
        panic!("crash-laboratory PROGRAM kills|cuts SEED COUNT")
    };
    let (program, seed, count) =
        (Program::at(program), seed.parse().unwrap(), count.parse().unwrap());
    let summary = match what.as_str() {
        "kills" => kills::run(&program, seed, count),
        "cuts" => cuts::run(&program, seed, count, Control::None),
        "cuts-without-syncs" => cuts::run(&program, seed, count, Control::NoSyncs),
        "cuts-of-a-lying-disk" => cuts::run(&program, seed, count, Control::LyingDisk),
        _ => panic!("there is no laboratory for {what}"),
    };
    println!("{:#}", summary.to_json(seed));
    ExitCode::from(u8::from(!summary.is_good()))
}
