//! The disk of the power cuts keeps what was flushed, and nothing else for certain.

use budstikke_scenarios::laboratory::dice::Dice;
use budstikke_scenarios::laboratory::disk::{Manners, Platters};

const BLOCK: usize = 4096;

/// What a disk of four blocks has left: two were written and flushed, then the last two and the first one written again.
fn left(manners: Manners, luck: u64) -> [u8; 4] {
    let mut platters = Platters::new(vec![0; 4 * BLOCK], manners);
    assert!(platters.write(0, &[1; 2 * BLOCK]));
    platters.flush();
    assert!(platters.write(2 * BLOCK, &[2; 2 * BLOCK]));
    assert!(platters.write(0, &[3; BLOCK]));
    assert_eq!(platters.read(0, 1), [3]);
    let left = platters.cut(luck, Dice::new(1));
    [0, 1, 2, 3].map(|block| left[block * BLOCK])
}

#[test]
fn a_power_cut_takes_what_was_not_flushed() {
    assert_eq!(left(Manners::Honest, 0), [1, 1, 0, 0]);
    assert_eq!(left(Manners::Honest, 100), [3, 1, 2, 2]);
    assert_eq!(left(Manners::Lying, 0), [0, 0, 0, 0]);
}

#[test]
fn what_was_not_flushed_is_lost_in_any_order() {
    let seen = |wanted: [u8; 4]| {
        (0..1000).any(|seed| {
            let mut platters = Platters::new(vec![0; 4 * BLOCK], Manners::Honest);
            (0..4).for_each(|block| assert!(platters.write(block * BLOCK, &[1; BLOCK])));
            let left = platters.cut(50, Dice::new(seed));
            [0, 1, 2, 3].map(|block| left[block * BLOCK]) == wanted
        })
    };
    assert!(seen([1, 0, 1, 0]) && seen([0, 1, 0, 1]) && seen([0, 0, 0, 1]) && seen([1, 1, 1, 1]));
}

#[test]
fn a_write_over_the_end_is_refused() {
    let mut platters = Platters::new(vec![0; BLOCK], Manners::Honest);
    assert!(!platters.write(1, &[1; BLOCK]));
    assert_eq!(platters.read(0, 2 * BLOCK).len(), BLOCK);
}
