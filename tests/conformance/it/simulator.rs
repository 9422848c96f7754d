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
    ($($name:ident: $first:literal,)*) => {
        $(#[test]
        fn $name() {
            let tally = play($first..$first + 1_000);
            // A thousand runs in which little happens would show little.
            assert!(tally.events > 10_000 && tally.crashes > 1_000, "{tally:?}");
        })*
    };
}

// Ten tests instead of one, so that they run side by side.
shards! {
    both_sides_end_with_the_same_thread_0: 0,
    both_sides_end_with_the_same_thread_1: 1_000,
    both_sides_end_with_the_same_thread_2: 2_000,
    both_sides_end_with_the_same_thread_3: 3_000,
    both_sides_end_with_the_same_thread_4: 4_000,
    both_sides_end_with_the_same_thread_5: 5_000,
    both_sides_end_with_the_same_thread_6: 6_000,
    both_sides_end_with_the_same_thread_7: 7_000,
    both_sides_end_with_the_same_thread_8: 8_000,
    both_sides_end_with_the_same_thread_9: 9_000,
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
