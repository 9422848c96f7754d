//! What is proven verifies, and what cannot be proven is refused.

use super::*;
use crate::log::tests::{Memory, Missing};
use crate::log::tree::{TreeHead, leaf_hash, verify_consistency, verify_inclusion};

#[test]
fn what_is_proven_verifies() {
    let tree = Memory::of(20);
    for size in 1..=20 {
        let head = TreeHead { size, root: root_of(&tree, size).unwrap() };
        for index in 0..size {
            let proof = prove_inclusion(&tree, index, size).unwrap();
            let leaf = leaf_hash(index.to_string().as_bytes());
            assert_eq!(verify_inclusion(&leaf, index, &proof, &head), Ok(()), "{index} in {size}");
        }
        for old in 1..=size {
            let proof = prove_consistency(&tree, old, size).unwrap();
            assert_eq!(
                verify_consistency(&tree.head_at(old), &proof, &head),
                Ok(()),
                "{old} to {size}"
            );
        }
    }
}

#[test]
fn what_lies_outside_has_no_proof() {
    let tree = Memory::of(4);
    let out = Err(ProveError::OutOfRange);
    assert_eq!(prove_inclusion(&tree, 4, 4), out);
    assert_eq!(prove_inclusion(&tree, 0, 0), out);
    assert_eq!(prove_inclusion(&tree, 0, SIZE_END), out);
    assert_eq!(prove_consistency(&tree, 0, 4), out);
    assert_eq!(prove_consistency(&tree, 4, 3), out);
    assert_eq!(prove_consistency(&tree, 1, SIZE_END), out);
    assert_eq!(prove_subtree(&tree, Subtree { level: 1, index: 1 }, 3), out);
}

#[test]
fn a_hash_that_is_missing_is_told() {
    let tree = Memory::of(4);
    assert_eq!(prove_inclusion(&tree, 0, 5), Err(ProveError::Node(Missing)));
    assert_eq!(prove_consistency(&tree, 4, 5), Err(ProveError::Node(Missing)));
    assert_eq!(root_of(&tree, 5), Err(Missing));
}

#[test]
fn the_empty_tree_has_the_empty_root() {
    assert_eq!(root_of(&Memory::default(), 0), Ok(TreeHash::EMPTY));
}
