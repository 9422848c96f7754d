//! Trees are what the definition says, for every size to 200, and a proof with another byte anywhere proves nothing.

use budstikke_conformance::definition;
use budstikke_conformance::leaves::{InMemory, leaves};
use budstikke_protocol::log::tree::{
    Frontier, PROOF_MAX, ProofError, SIZE_END, TreeHash, TreeHead, prove_consistency,
    prove_inclusion, root_of, verify_consistency, verify_inclusion,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// Every size up to this one is looked at.
const SIZES: usize = 200;

fn number(n: usize) -> u64 {
    u64::try_from(n).unwrap()
}

/// The heads of all sizes from 0 on, by definition.
fn heads(leaves: &[TreeHash]) -> Vec<TreeHead> {
    let head = |size| TreeHead { size: number(size), root: definition::root(&leaves[..size]) };
    (0..=leaves.len()).map(head).collect()
}

/// What differs from `hashes` in one byte.
fn with_a_byte_changed(hashes: &[TreeHash]) -> impl Iterator<Item = Vec<TreeHash>> {
    (0..32 * hashes.len()).map(|at| {
        let mut changed = hashes.to_vec();
        let mut bytes = *changed[at / 32].as_bytes();
        bytes[at % 32] ^= 1 << (at % 8);
        changed[at / 32] = TreeHash::from_bytes(bytes);
        changed
    })
}

#[test]
fn frontiers_have_the_roots_of_the_definition() {
    let leaves = leaves(SIZES);
    let mut frontier = Frontier::default();
    for (size, head) in heads(&leaves).iter().enumerate() {
        assert_eq!(frontier.head(), *head);
        let restored = Frontier::restore(head.size, &frontier.subtrees()).unwrap();
        assert_eq!(restored, frontier);
        if let Some(leaf) = leaves.get(size) {
            frontier.append(*leaf).unwrap();
        }
    }
}

#[test]
fn roots_of_nodes_are_those_of_the_definition() {
    let leaves = leaves(SIZES);
    let nodes = InMemory::of(&leaves);
    for head in heads(&leaves) {
        assert_eq!(root_of(&nodes, head.size), Ok(head.root));
    }
}

#[test]
fn inclusion_proofs_are_those_of_the_definition() {
    let leaves = leaves(SIZES);
    let nodes = InMemory::of(&leaves);
    for (size, head) in heads(&leaves).iter().enumerate() {
        for (index, leaf) in leaves[..size].iter().enumerate() {
            let proof = prove_inclusion(&nodes, number(index), head.size).unwrap();
            assert_eq!(proof, definition::path(index, &leaves[..size]));
            assert_eq!(verify_inclusion(leaf, number(index), &proof, head), Ok(()));
        }
        assert!(prove_inclusion(&nodes, head.size, head.size).is_err());
    }
}

#[test]
fn consistency_proofs_are_those_of_the_definition() {
    let leaves = leaves(SIZES);
    let nodes = InMemory::of(&leaves);
    let heads = heads(&leaves);
    for (new_size, new) in heads.iter().enumerate().skip(1) {
        for (old_size, old) in heads.iter().enumerate().take(new_size + 1).skip(1) {
            let proof = prove_consistency(&nodes, old.size, new.size).unwrap();
            assert_eq!(proof, definition::proof(old_size, &leaves[..new_size]));
            assert_eq!(verify_consistency(old, &proof, new), Ok(()));
        }
    }
}

#[test]
fn an_inclusion_proof_fits_one_place_only() {
    let leaves = leaves(40);
    for (size, head) in heads(&leaves).iter().enumerate() {
        for (index, leaf) in leaves[..size].iter().enumerate() {
            let proof = definition::path(index, &leaves[..size]);
            for other in (0..size).filter(|other| *other != index) {
                assert!(verify_inclusion(leaf, number(other), &proof, head).is_err());
                assert!(verify_inclusion(&leaves[other], number(index), &proof, head).is_err());
            }
            for outside in [head.size, head.size + 1, SIZE_END - 1, SIZE_END, u64::MAX] {
                assert!(verify_inclusion(leaf, outside, &proof, head).is_err());
            }
            for other in with_a_byte_changed(&proof) {
                let found = verify_inclusion(leaf, number(index), &other, head);
                assert_eq!(found, Err(ProofError::Root));
            }
            for other in with_another_length(&proof) {
                assert!(verify_inclusion(leaf, number(index), &other, head).is_err());
            }
        }
    }
}

#[test]
fn a_consistency_proof_fits_two_heads_only() {
    let leaves = leaves(40);
    let heads = heads(&leaves);
    for (new_size, new) in heads.iter().enumerate().skip(1) {
        for (old_size, old) in heads.iter().enumerate().take(new_size + 1).skip(1) {
            let proof = definition::proof(old_size, &leaves[..new_size]);
            for other in with_a_byte_changed(&proof).chain(with_another_length(&proof)) {
                assert!(verify_consistency(old, &other, new).is_err());
            }
            for root in with_a_byte_changed(&[old.root]) {
                assert!(
                    verify_consistency(&TreeHead { root: root[0], ..*old }, &proof, new).is_err()
                );
            }
            for root in with_a_byte_changed(&[new.root]) {
                assert!(
                    verify_consistency(old, &proof, &TreeHead { root: root[0], ..*new }).is_err()
                );
            }
        }
    }
}

/// The proof with a hash more or less at either end, with none, and with many.
fn with_another_length(proof: &[TreeHash]) -> impl Iterator<Item = Vec<TreeHash>> {
    let more = TreeHash::EMPTY;
    let mut others = vec![
        [proof, &[more]].concat(),
        [&[more], proof].concat(),
        [proof, &[more; PROOF_MAX]].concat(),
        [proof, proof.first().map_or(&[more][..], std::slice::from_ref)].concat(),
    ];
    if let [first @ .., _] = proof {
        others.extend([first.to_vec(), proof[1..].to_vec(), Vec::new()]);
    }
    others.into_iter()
}

#[test]
fn nothing_is_proven_of_an_empty_tree_or_a_shrinking_one() {
    let leaves = leaves(9);
    let heads = heads(&leaves);
    for new in &heads {
        for proof in [vec![], vec![TreeHash::EMPTY], vec![new.root]] {
            let found = verify_consistency(&TreeHead::EMPTY, &proof, new);
            assert_eq!(found, Err(ProofError::FromEmpty));
            assert!(verify_inclusion(&leaves[0], 0, &proof, &TreeHead::EMPTY).is_err());
        }
        for old in heads.iter().filter(|old| old.size > new.size) {
            let honest = definition::proof(number_of(new).max(1), &leaves[..number_of(old)]);
            for proof in [vec![], honest] {
                assert_eq!(verify_consistency(old, &proof, new), Err(ProofError::OutOfRange));
            }
        }
    }
}

fn number_of(head: &TreeHead) -> usize {
    usize::try_from(head.size).unwrap()
}

fn hash() -> impl Strategy<Value = TreeHash> {
    any::<[u8; 32]>().prop_map(TreeHash::from_bytes)
}

fn head() -> impl Strategy<Value = TreeHead> {
    let size = prop_oneof![0..300_u64, (0..64_u32).prop_map(|bit| 1 << bit), any::<u64>()];
    (size, hash()).prop_map(|(size, root)| TreeHead { size, root })
}

proptest! {
    #[test]
    fn any_inclusion_proof_is_judged(leaf in hash(), index: u64, proof in vec(hash(), 0..70), head in head()) {
        let index = if head.size == 0 { index } else { index % head.size };
        // Whoever guesses a root finds a SHA-256 collision, but for the tree of which the leaf is the root.
        prop_assert!(verify_inclusion(&leaf, index, &proof, &head).is_err());
    }

    #[test]
    fn any_consistency_proof_is_judged(old in head(), proof in vec(hash(), 0..70), new in head()) {
        prop_assert!(verify_consistency(&old, &proof, &new).is_err());
    }

    #[test]
    fn frontiers_are_restored_from_as_many_hashes_as_the_size_has_bits(size: u64, hashes in vec(hash(), 0..64)) {
        let restored = Frontier::restore(size, &hashes);
        let fits = size < SIZE_END && usize::try_from(size.count_ones()).unwrap() == hashes.len();
        prop_assert_eq!(restored.is_ok(), fits);
    }
}
