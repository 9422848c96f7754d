//! Runs of the referral simulator: all laws hold, and broken nodes break them.

use budstikke_conformance::simulator::{Broken, Tally, run};

/// Plays seeds one after another; a failure says how to play it again.
fn play(seeds: impl Iterator<Item = u64>) -> Tally {
    let mut sum = Tally::default();
    for seed in seeds {
        let tally = run(seed, Broken::Nothing).unwrap_or_else(|broken| {
            panic!(
                "seed {seed}: {broken}\nreplay it: cargo run -p budstikke-conformance --bin simulate_referrals {seed}"
            )
        });
        sum.events += tally.events;
        sum.crashes += tally.crashes;
        sum.messages += tally.messages;
    }
    sum
}

macro_rules! shards {
    ($($name:ident: $shard:literal,)*) => {
        $(#[test]
        fn $name() {
            let tally = play($shard * 500..($shard + 1) * 500);
            // Runs in which little happens would show little.
            assert!(tally.events > 5_000 && tally.crashes > 500, "{tally:?}");
        })*
    };
}

// Twenty tests instead of one, so that they run side by side: ten thousand runs.
shards! {
    both_sides_end_with_the_same_thread_00: 0,
    both_sides_end_with_the_same_thread_01: 1,
    both_sides_end_with_the_same_thread_02: 2,
    both_sides_end_with_the_same_thread_03: 3,
    both_sides_end_with_the_same_thread_04: 4,
    both_sides_end_with_the_same_thread_05: 5,
    both_sides_end_with_the_same_thread_06: 6,
    both_sides_end_with_the_same_thread_07: 7,
    both_sides_end_with_the_same_thread_08: 8,
    both_sides_end_with_the_same_thread_09: 9,
    both_sides_end_with_the_same_thread_10: 10,
    both_sides_end_with_the_same_thread_11: 11,
    both_sides_end_with_the_same_thread_12: 12,
    both_sides_end_with_the_same_thread_13: 13,
    both_sides_end_with_the_same_thread_14: 14,
    both_sides_end_with_the_same_thread_15: 15,
    both_sides_end_with_the_same_thread_16: 16,
    both_sides_end_with_the_same_thread_17: 17,
    both_sides_end_with_the_same_thread_18: 18,
    both_sides_end_with_the_same_thread_19: 19,
}

#[test]
fn the_same_seed_is_the_same_run() {
    assert_eq!(run(7, Broken::Nothing), run(7, Broken::Nothing));
}

/// The laws that are broken within two hundred runs.
fn caught(broken: Broken) -> Vec<String> {
    (0..200).filter_map(|seed| run(seed, broken).err()).collect()
}

#[test]
fn a_node_that_forgets_its_outbox_is_caught() {
    assert!(caught(Broken::ForgetsOutbox).iter().any(|law| law.contains("there")));
}

#[test]
fn a_node_that_tells_before_it_commits_is_caught() {
    assert!(!caught(Broken::SendsUncommitted).is_empty());
}

#[test]
fn a_judge_that_ignores_what_was_seen_is_caught() {
    assert!(caught(Broken::IgnoresSeen).iter().any(|law| law.contains("refused")));
}

#[test]
fn a_node_that_does_not_wait_for_the_answer_is_caught() {
    assert!(caught(Broken::TrustsTheNetwork).iter().any(|law| law.contains("there")));
}
