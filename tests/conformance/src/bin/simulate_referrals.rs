//! Plays runs of the referral simulator: `simulate_referrals SEED` one of them, `simulate_referrals FIRST COUNT` many.

use std::num::NonZero;
use std::process::ExitCode;
use std::thread;

use budstikke_conformance::simulator::{Broken, Tally, run};

fn main() -> ExitCode {
    let numbers: Option<Vec<u64>> = std::env::args().skip(1).map(|arg| arg.parse().ok()).collect();
    let (first, count) = match numbers.as_deref() {
        Some([seed]) => (*seed, 1),
        Some([first, count]) => (*first, *count),
        _ => {
            eprintln!("usage: simulate_referrals SEED | simulate_referrals FIRST COUNT");
            return ExitCode::from(2);
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let tallies = thread::scope(|scope| {
        let workers: Vec<_> = (first..first + count)
            .take(threads)
            .map(|own| {
                let seeds = (own..first + count).step_by(threads);
                scope.spawn(move || play(seeds))
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect::<Option<Vec<_>>>()
    });
    let Some(tallies) = tallies else { return ExitCode::FAILURE };
    let sum = |part: fn(&Tally) -> usize| tallies.iter().map(part).sum::<usize>();
    let (events, messages, crashes) = (sum(|t| t.events), sum(|t| t.messages), sum(|t| t.crashes));
    println!(
        "{count} runs kept every law: {events} events, {messages} messages, {crashes} crashes"
    );
    ExitCode::SUCCESS
}

/// The sum of runs, unless one of them failed.
fn play(seeds: impl Iterator<Item = u64>) -> Option<Tally> {
    let mut sum = Tally::default();
    for seed in seeds {
        match run(seed, Broken::Nothing) {
            Ok(tally) => {
                sum.events += tally.events;
                sum.messages += tally.messages;
                sum.crashes += tally.crashes;
            }
            Err(broken) => {
                eprintln!(
                    "seed {seed}: {broken}\nreplay it: cargo run -p budstikke-conformance --bin simulate_referrals {seed}"
                );
                return None;
            }
        }
    }
    Some(sum)
}
