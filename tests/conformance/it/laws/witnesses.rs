//! What witnesses are good for: who they are changes little with the roster, and a few that lie cannot certify two histories.

use std::collections::BTreeSet;

use budstikke_conformance::cast;
use budstikke_conformance::formats::log::rendezvous::{Input, Rendezvous};
use budstikke_conformance::formats::log::sample::{ORIGIN, head, log_vkey, signed, vkey};
use budstikke_conformance::vector::Format as _;
use budstikke_keys::note::{Note, VerifierKey};
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::log::checkpoint::{Cosignature, SignedCheckpoint};
use budstikke_protocol::log::policy::Policy;
use budstikke_protocol::log::tree::TreeHead;
use budstikke_protocol::log::witness::{Known, Request, decide};
use budstikke_protocol::log::witnesses::quorum;
use proptest::collection::btree_set;
use proptest::prelude::*;

use crate::strategy::organisation;

fn witnesses(active: &BTreeSet<OrganisationNumber>) -> Vec<OrganisationNumber> {
    let active = active.iter().copied().collect();
    let input = Input { origin: ORIGIN.to_owned(), active, suspended: Vec::new() };
    Rendezvous::judge(input).unwrap().witnesses
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_member_that_leaves_moves_no_other_witness(members in btree_set(organisation(), 2..20), at: prop::sample::Index) {
        let before = witnesses(&members);
        let lost = *at.get(&members.iter().copied().collect::<Vec<_>>());
        let mut fewer = members;
        fewer.remove(&lost);
        let after = witnesses(&fewer);
        prop_assert!(before.iter().all(|one| *one == lost || after.contains(one)));
        prop_assert!(after.iter().filter(|one| !before.contains(one)).count() <= 1);
    }
}

#[test]
fn two_quorums_share_an_honest_witness() {
    for count in 1..=7 {
        let liars = (count - 1) / 3;
        assert!(2 * quorum(count) - count > liars, "{count}");
        // The liars alone cannot stop the others either.
        assert!(quorum(count) <= count - liars, "{count}");
    }
}

/// How many witnesses there are.
const COUNT: usize = 7;

fn name(witness: usize) -> String {
    format!("w{witness}.example/witness")
}

fn key(witness: usize) -> VerifierKey {
    vkey(&name(witness), 4, &cast::public(&name(witness))).parse().unwrap()
}

/// Five of seven.
fn policy() -> Policy {
    let lines: Vec<_> = (0..COUNT).map(|n| format!("witness w{n} {}\n", key(n))).collect();
    let lines = lines.concat();
    format!("{lines}group g {} w0 w1 w2 w3 w4 w5 w6\nquorum g\n", quorum(COUNT)).parse().unwrap()
}

/// Two heads of one size, both signed by the log.
fn histories() -> [Note; 2] {
    let root = |text: &str| text.lines().nth(2).unwrap().to_owned();
    let other = head(7).replacen(&root(&head(7)), &root(&head(6)), 1);
    [head(7), other].map(|text| Note::parse(signed(&text).as_bytes()).unwrap())
}

/// An honest witness, asked for both heads, the one in `first` before the other: which of them it cosigns.
fn cosigned_by_honest(first: usize) -> [bool; 2] {
    let log = log_vkey().parse().unwrap();
    let histories = histories();
    let mut last: Option<TreeHead> = None;
    let mut cosigned = [false; 2];
    for history in [first, 1 - first] {
        let old = last.map_or(0, |head| head.size);
        let request = Request { old, proof: Vec::new(), note: histories[history].clone() };
        let known = Known { log: &log, last, is_forked: false };
        if let Ok(accepted) = decide(&request, Some(known), cast::time(cast::NOW)) {
            last = Some(*accepted.checkpoint().head());
            cosigned[history] = true;
        }
    }
    cosigned
}

/// Whether a log can have both histories witnessed, with so many witnesses that cosign everything, whomever of the others
/// it asks for which first.
fn certifies_two_histories(liars: usize) -> bool {
    let policy = policy();
    let log: VerifierKey = log_vkey().parse().unwrap();
    let heads = histories().map(|note| SignedCheckpoint::open(note, &log).unwrap());
    assert_ne!(heads[0].head(), heads[1].head());
    let honest = [cosigned_by_honest(0), cosigned_by_honest(1)];
    let is_met = |history: usize, choices: u32| {
        let has_cosigned = |witness: &usize| {
            *witness < liars || honest[usize::from(choices >> witness & 1 == 1)][history]
        };
        let time = cast::time(cast::NOW);
        let cosignature = |witness| Cosignature { witness: key(witness), time };
        let by: Vec<_> = (0..COUNT).filter(has_cosigned).map(cosignature).collect();
        policy.is_met(&by)
    };
    (0..1_u32 << COUNT).any(|choices| is_met(0, choices) && is_met(1, choices))
}

#[test]
fn an_honest_witness_cosigns_one_history_only() {
    assert_eq!(cosigned_by_honest(0), [true, false]);
    assert_eq!(cosigned_by_honest(1), [false, true]);
}

#[test]
fn two_liars_of_seven_are_harmless_and_three_are_the_limit() {
    assert!(!certifies_two_histories(0));
    assert!(!certifies_two_histories(2));
    assert!(certifies_two_histories(3));
}
