//! The edges of both proofs; what lies between is held against brute force elsewhere.

use super::*;
use crate::log::tests::Memory;
use crate::log::tree::{leaf_hash, prove_consistency, prove_inclusion, prove_subtree};

fn hash(byte: u8) -> TreeHash {
    TreeHash::from_bytes([byte; 32])
}

#[test]
fn nothing_is_in_an_empty_tree() {
    let check = |index: u64, proof: &[TreeHash]| {
        assert_eq!(
            verify_inclusion(&hash(0), index, proof, &TreeHead::EMPTY),
            Err(ProofError::OutOfRange)
        );
    };
    check(0, &[]);
    check(0, &[hash(1)]);
    check(u64::MAX, &[]);
}

#[test]
fn an_index_lies_in_its_tree() {
    let head = Memory::of(5).head();
    for index in [5, 6, SIZE_END, u64::MAX] {
        assert_eq!(
            verify_inclusion(&hash(0), index, &[], &head),
            Err(ProofError::OutOfRange),
            "{index}"
        );
    }
    let beyond = TreeHead { size: SIZE_END, root: hash(0) };
    assert_eq!(verify_inclusion(&hash(0), 0, &[], &beyond), Err(ProofError::OutOfRange));
}

#[test]
fn the_only_leaf_is_the_root() {
    let head = TreeHead { size: 1, root: leaf_hash(b"0") };
    assert_eq!(verify_inclusion(&leaf_hash(b"0"), 0, &[], &head), Ok(()));
    assert_eq!(verify_inclusion(&leaf_hash(b"1"), 0, &[], &head), Err(ProofError::Root));
    assert_eq!(verify_inclusion(&leaf_hash(b"0"), 0, &[hash(1)], &head), Err(ProofError::Length));
}

#[test]
fn an_inclusion_proof_has_one_length_and_one_place() {
    let tree = Memory::of(11);
    let proof = prove_inclusion(&tree, 10, 11).unwrap();
    let leaf = leaf_hash(b"10");
    let check =
        |leaf: &TreeHash, index: u64, proof: &[TreeHash], expected: Result<(), ProofError>| {
            assert_eq!(verify_inclusion(leaf, index, proof, &tree.head()), expected);
        };
    check(&leaf, 10, &proof, Ok(()));
    check(&leaf, 10, &proof[1..], Err(ProofError::Length));
    check(&leaf, 10, &[proof.as_slice(), &[hash(1)]].concat(), Err(ProofError::Length));
    check(&leaf, 9, &proof, Err(ProofError::Length));
    check(&leaf_hash(b"9"), 10, &proof, Err(ProofError::Root));
}

#[test]
fn the_largest_tree_has_a_proof_of_63_hashes() {
    let head = |root| TreeHead { size: SIZE_END - 1, root };
    let longest = [hash(7); PROOF_MAX];
    let expected = longest.iter().fold(hash(0), |root, other| node_hash(&root, other));
    assert_eq!(verify_inclusion(&hash(0), 0, &longest, &head(expected)), Ok(()));
    let too_long = [hash(7); PROOF_MAX + 1];
    assert_eq!(verify_inclusion(&hash(0), 0, &too_long, &head(expected)), Err(ProofError::Length));
}

#[test]
fn the_empty_tree_is_the_callers_business() {
    let new = Memory::of(3).head();
    for new in [TreeHead::EMPTY, new] {
        assert_eq!(verify_consistency(&TreeHead::EMPTY, &[], &new), Err(ProofError::FromEmpty));
    }
}

#[test]
fn a_log_does_not_shrink() {
    let tree = Memory::of(8);
    assert_eq!(
        verify_consistency(&tree.head(), &[], &tree.head_at(7)),
        Err(ProofError::OutOfRange)
    );
    let beyond = TreeHead { size: SIZE_END, ..tree.head() };
    assert_eq!(verify_consistency(&tree.head(), &[hash(1)], &beyond), Err(ProofError::OutOfRange));
}

#[test]
fn equal_sizes_need_equal_roots_and_no_proof() {
    let head = Memory::of(6).head();
    let other = TreeHead { root: hash(9), ..head };
    assert_eq!(verify_consistency(&head, &[], &head), Ok(()));
    assert_eq!(verify_consistency(&head, &[], &other), Err(ProofError::Root));
    assert_eq!(verify_consistency(&head, &[hash(1)], &head), Err(ProofError::Length));
}

#[test]
fn a_consistency_proof_has_one_length_and_two_roots() {
    let tree = Memory::of(13);
    for size in 1..13 {
        let (old, new) = (tree.head_at(size), tree.head());
        let proof = prove_consistency(&tree, size, 13).unwrap();
        let check = |old: &TreeHead,
                     proof: &[TreeHash],
                     new: &TreeHead,
                     expected: Result<(), ProofError>| {
            assert_eq!(verify_consistency(old, proof, new), expected, "from {size}");
        };
        check(&old, &proof, &new, Ok(()));
        check(&old, &proof[..proof.len() - 1], &new, Err(ProofError::Length));
        check(&old, &[proof.as_slice(), &[hash(1)]].concat(), &new, Err(ProofError::Length));
        check(&old, &[], &new, Err(ProofError::Length));
        check(&old, &proof, &TreeHead { root: hash(9), ..new }, Err(ProofError::Root));
        // The root of a whole subtree is where the way begins, so that it misses the new root first.
        let other = TreeHead { root: hash(9), ..old };
        let expected = if size.is_power_of_two() { ProofError::Root } else { ProofError::OldRoot };
        check(&other, &proof, &new, Err(expected));
    }
}

#[test]
fn a_subtree_is_proven_like_a_leaf() {
    let tree = Memory::of(13);
    for (level, index) in [(0, 12), (1, 5), (2, 0), (2, 2), (3, 0)] {
        let subtree = Subtree { level, index };
        let proof = prove_subtree(&tree, subtree, 13).unwrap();
        let hash_of = crate::log::tree::Nodes::node(&tree, level, index).unwrap();
        assert_eq!(verify_subtree(subtree, &hash_of, &proof, &tree.head()), Ok(()), "{subtree:?}");
        assert!(verify_subtree(subtree, &hash(9), &proof, &tree.head()).is_err(), "{subtree:?}");
    }
    for (level, index) in [(1, 6), (3, 1), (4, 0), (62, 0), (63, 0), (64, 0), (255, 0)] {
        let outside = Subtree { level, index };
        assert_eq!(
            verify_subtree(outside, &hash(9), &[], &tree.head()),
            Err(ProofError::OutOfRange),
            "{outside:?}"
        );
    }
}
