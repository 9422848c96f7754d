//! Benchmarks: real stores and real nodes, measured from the outside, each beside a bare reference in the same run.
//!
//! `tests/bench/run` carries them all out; the numbers in `docs/performance.md` come from there.

mod alone;
mod bare;
mod beside;
mod command;
mod cpu;
mod disk;
mod federation;
mod find;
mod finding;
mod first_byte;
mod homes;
mod idle;
mod index;
mod log;
mod machine;
mod plain;
mod process;
mod publish;
mod publisher;
mod rebuild;
mod referral;
mod report;
mod rounds;
mod sample;
mod setting;
mod start;
mod transfer;

use std::env;
use std::ffi::OsStr;
use std::os::unix::fs::symlink;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use budstikke_scenarios::program::Program;
use clap::Parser;

use finding::Finding;
use machine::Machine;
use report::Report;
use setting::{Extent, Setting};

/// A benchmark.
struct Benchmark {
    name: &'static str,
    /// What it measures, in a line.
    about: &'static str,
    run: fn(&Setting) -> Vec<Finding>,
}

const BENCHMARKS: [Benchmark; 28] = [
    Benchmark {
        name: "publish",
        about: "1 000 documents of 10 kB by 32 publishers, beside the bare work on them",
        run: publish::run,
    },
    Benchmark {
        name: "publish-alone",
        about: "one publisher alone, beside one fdatasync",
        run: alone::run,
    },
    Benchmark { name: "publish-cpu", about: "computing time of a publish", run: cpu::run },
    Benchmark {
        name: "transfer",
        about: "1 GiB from node to node, beside a bare stream; computing time and memory",
        run: transfer::run,
    },
    Benchmark {
        name: "first-byte",
        about: "the first byte of a small document, with and without a connection, beside a bare stream",
        run: first_byte::run,
    },
    Benchmark {
        name: "beside",
        about: "a document of 100 kB fetched beside one of 1 GiB, and alone",
        run: beside::run,
    },
    Benchmark {
        name: "idle",
        about: "a node that is connected to 20 others for a minute",
        run: idle::run,
    },
    Benchmark { name: "disk", about: "bytes on the disk for a document of 10 kB", run: disk::run },
    Benchmark { name: "start", about: "a node with a million documents", run: start::run },
    Benchmark {
        name: "rebuild",
        about: "the index of a million documents, beside cat of the journal",
        run: rebuild::run,
    },
    Benchmark {
        name: "log-append",
        about: "a million entries of a log in memory, beside hashing alone",
        run: log::append::run,
    },
    Benchmark {
        name: "log-store",
        about: "a million entries through journal and tiles, beside hashing and syncs",
        run: log::store::run,
    },
    Benchmark {
        name: "log-verify",
        about: "the export of a million entries verified, beside hashing alone",
        run: log::verify::run,
    },
    Benchmark {
        name: "log-receipt",
        about: "a receipt of ten million entries with 5 cosignatures: bytes, and verified",
        run: log::receipt::run,
    },
    Benchmark {
        name: "log-publish",
        about: "documents by 32 publishers with the log, beside the same without",
        run: log::publish::run,
    },
    Benchmark {
        name: "log-disk",
        about: "bytes on the disk that the log takes for each record",
        run: log::disk::run,
    },
    Benchmark {
        name: "log-cosigned",
        about: "a checkpoint cosigned by 7 nodes, beside one fdatasync",
        run: log::cosigned::run,
    },
    Benchmark {
        name: "log-start",
        about: "a node whose log has ten million entries",
        run: log::start::run,
    },
    Benchmark {
        name: "index-map",
        about: "the map of 1.5 million patients: made anew, changed, asked for proofs",
        run: index::map::run,
    },
    Benchmark {
        name: "index-blind",
        about: "computing time of blind questions: one, a hundred, and one to each of 400 nodes",
        run: index::blind::run,
    },
    Benchmark {
        name: "index-list",
        about: "the proof that 20 records are all: bytes, and verified",
        run: index::list::run,
    },
    Benchmark {
        name: "referral-stored",
        about: "a referral with a document of 100 kB until it is stored there, beside its syncs",
        run: referral::stored::run,
    },
    Benchmark {
        name: "referral-many",
        about: "1 000 referrals to ten receivers, beside bare appends of the same bytes",
        run: referral::many::run,
    },
    Benchmark {
        name: "referral-backlog",
        about: "10 000 referrals that waited for a day, and new ones while they drain",
        run: referral::backlog::run,
    },
    Benchmark {
        name: "find",
        about: "a search at 20 members, cold and warm, beside the computing time at all of them",
        run: find::network::run,
    },
    Benchmark {
        name: "find-dead",
        about: "a search at 20 members of whom two are silent, with a deadline of 2 s",
        run: find::dead::run,
    },
    Benchmark {
        name: "find-local",
        about: "a search that asks nobody at a node with a million statements, beside one fdatasync",
        run: find::local::run,
    },
    Benchmark {
        name: "find-growth",
        about: "blind questions to 50 nodes and to 400 without a network: bytes and computing time of each side",
        run: find::growth::run,
    },
];

/// Those that take so long that they are only carried out when they are named.
const LONG: [Benchmark; 1] = [Benchmark {
    name: "referral-peak",
    about: "21 referrals a second over 20 nodes for five minutes; by tests/long/peak",
    run: referral::peak::run,
}];

/// A part of a benchmark that is a process of its own.
struct Part {
    name: &'static str,
    run: fn(&[String]),
}

/// Those that there are, for `bench part NAME …`: they are looked at from outside, or stand for a peer.
const PARTS: [Part; 2] =
    [Part { name: "publish", run: publish::part }, Part { name: bare::SENDER, run: bare::send }];

/// Measures, prints a table, and writes every value to target/bench.
#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Args {
    /// Which benchmarks, or all
    #[arg(value_name = "NAME", default_value = "all")]
    names: Vec<String>,
    /// Show what there is
    #[arg(long)]
    list: bool,
    /// Measure as little as shows that everything runs
    #[arg(long)]
    quick: bool,
    /// Write results.json into this folder
    #[arg(long, value_name = "DIR", default_value = setting::KEPT)]
    results: PathBuf,
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().collect();
    // The nodes are this program under their own name, so that they are built with it, in the same profile.
    if args.first().is_some_and(|name| Path::new(name).file_name() == Some(OsStr::new("budstikke")))
    {
        return budstikke::main();
    }
    if let [_, part, name, rest @ ..] = args.as_slice()
        && part == "part"
    {
        let part = PARTS.iter().find(|part| part.name == name).unwrap();
        (part.run)(rest);
        return ExitCode::SUCCESS;
    }
    let args = Args::parse();
    if args.list {
        for Benchmark { name, about, .. } in BENCHMARKS.iter().chain(&LONG) {
            println!("{name:16}{about}");
        }
        return ExitCode::SUCCESS;
    }
    let is_known = |name: &String| {
        name == "all" || BENCHMARKS.iter().chain(&LONG).any(|known| known.name == name)
    };
    if let Some(unknown) = args.names.iter().find(|name| !is_known(name)) {
        eprintln!(
            "error: there is no benchmark {unknown}\n hint: bench --list shows what there is"
        );
        return ExitCode::from(2);
    }
    if carry_out(&args) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Carries out what was asked for, and says whether all of it could be.
fn carry_out(args: &Args) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("budstikke");
    symlink(env::current_exe().unwrap(), &program).unwrap();
    let extent = if args.quick { Extent::Quick } else { Extent::Full };
    let setting = Setting { program: Program::at(program.to_str().unwrap()), extent };
    std::fs::create_dir_all(&args.results).unwrap();
    let mut report = Report::new(Machine::here(), args.results.join("results.json"));
    let is_wanted = |name| args.names.iter().any(|wanted| wanted == name);
    let usual = BENCHMARKS.iter().filter(|it| is_wanted("all") || is_wanted(it.name));
    for benchmark in usual.chain(LONG.iter().filter(|it| is_wanted(it.name))) {
        let began = Instant::now();
        // One that fails has said why, and the others still have something to say.
        match catch_unwind(AssertUnwindSafe(|| (benchmark.run)(&setting))) {
            Ok(findings) => report.add(benchmark.name, findings),
            Err(_) => report.fail(benchmark.name),
        }
        eprintln!("{}: {:.0} s", benchmark.name, began.elapsed().as_secs_f64());
    }
    report.print()
}
