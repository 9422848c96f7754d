//! Laws of the right edge of a tree.

use super::*;
use crate::log::tests::Memory;
use crate::log::tree::leaf_hash;

#[test]
fn a_tree_goes_on_from_its_complete_subtrees() {
    let mut grown = Frontier::default();
    for entry in 0..70_u8 {
        let subtrees = grown.subtrees();
        assert_eq!(subtrees.len(), usize::try_from(entry.count_ones()).unwrap());
        let mut restored = Frontier::restore(u64::from(entry), &subtrees).unwrap();
        assert_eq!(restored, grown, "size {entry}");
        grown.append(leaf_hash(&[entry])).unwrap();
        restored.append(leaf_hash(&[entry])).unwrap();
        assert_eq!(restored.head(), grown.head(), "size {entry}");
    }
}

#[test]
fn a_size_has_its_number_of_subtrees() {
    let check = |size: u64, count: usize, fits: bool| {
        let restored = Frontier::restore(size, &vec![TreeHash::EMPTY; count]);
        assert_eq!(restored.is_ok(), fits, "{count} subtrees for {size}");
    };
    check(0, 0, true);
    check(0, 1, false);
    check(7, 3, true);
    check(7, 2, false);
    check(7, 4, false);
    check(SIZE_END - 1, 63, true);
    check(SIZE_END, 1, false);
    check(u64::MAX, 64, false);
}

#[test]
fn the_largest_tree_takes_no_more() {
    let mut frontier = Frontier::restore(SIZE_END - 2, &[TreeHash::EMPTY; 62]).unwrap();
    assert_eq!(frontier.append(TreeHash::EMPTY), Ok(()));
    let full = frontier.clone();
    assert_eq!(
        frontier.append_each(TreeHash::EMPTY, |_, _, _| panic!("something was told")),
        Err(Full)
    );
    assert_eq!(frontier, full);
}

#[test]
fn every_subtree_that_is_completed_is_told_once_in_order() {
    // The tree in memory asserts the order of what it is told.
    let memory = Memory::of(100);
    assert_eq!(memory.head().size, 100);
    let mut told = Vec::new();
    let mut frontier = Frontier::restore(7, &[TreeHash::EMPTY; 3]).unwrap();
    frontier.append_each(leaf_hash(b"7"), |level, index, _| told.push((level, index))).unwrap();
    assert_eq!(told, [(0, 7), (1, 3), (2, 1), (3, 0)]);
}
