//! `map-root`: one root for one content of the map.

use budstikke_protocol::index::map::Map;
use serde::{Deserialize, Serialize};

use super::{hex, sha256, unhex};
use crate::vector::{Cases, Format, Written};

/// Roots of maps.
pub struct MapRoots;

/// The pairs of a map, in hexadecimal.
pub type Pairs = Vec<(String, String)>;

/// The root.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// In hexadecimal.
    pub root: String,
}

/// A map as vectors have it.
pub(super) fn map(pairs: &Pairs) -> Map {
    pairs.iter().map(|(key, value)| (unhex(key), unhex(value))).collect()
}

impl Format for MapRoots {
    const NAME: &'static str = "map-root";
    type Input = Pairs;
    type Accepted = Accepted;

    fn judge(pairs: Pairs) -> Result<Accepted, String> {
        Ok(Accepted { root: map(&pairs).root().to_string() })
    }
}

/// Pair `number` of a map by rule: SHA-256 of the number in eight bytes, and SHA-256 of `v` and the same.
pub(super) fn pair(number: u64) -> ([u8; 32], [u8; 32]) {
    let number = number.to_be_bytes();
    (sha256(&[&number]), sha256(&[b"v", &number]))
}

fn bit(key: &[u8; 32], at: u8) -> bool {
    key[usize::from(at / 8)] & (0x80 >> (at % 8)) != 0
}

/// The first bit in which the keys of pairs in order differ; there are two at the least.
fn first_difference(pairs: &[([u8; 32], [u8; 32])]) -> u8 {
    let (first, last) = (pairs.first().unwrap().0, pairs.last().unwrap().0);
    (0..=255).find(|at| bit(&first, *at) != bit(&last, *at)).unwrap()
}

/// The root by recursion, of pairs in the order of their keys.
pub(super) fn by_definition(pairs: &[([u8; 32], [u8; 32])]) -> [u8; 32] {
    match pairs {
        [] => sha256(&[]),
        [(key, value)] => sha256(&[key, value]),
        _ => {
            let at = first_difference(pairs);
            let (left, right) = pairs.split_at(pairs.partition_point(|(key, _)| !bit(key, at)));
            sha256(&[&by_definition(left), &by_definition(right), &[at]])
        }
    }
}

/// The bits and hashes beside the way of a key, from the leaf upwards, by recursion.
pub(super) fn path_by_definition(key: &[u8; 32], pairs: &[([u8; 32], [u8; 32])]) -> Vec<u8> {
    if pairs.len() < 2 {
        return Vec::new();
    }
    let at = first_difference(pairs);
    let (left, right) = pairs.split_at(pairs.partition_point(|(key, _)| !bit(key, at)));
    let (toward, other) = if bit(key, at) { (right, left) } else { (left, right) };
    [path_by_definition(key, toward), vec![at], by_definition(other).to_vec()].concat()
}

/// The pair to which the bits of a key lead.
pub(super) fn nearest(key: &[u8; 32], pairs: &[([u8; 32], [u8; 32])]) -> ([u8; 32], [u8; 32]) {
    if let [pair] = pairs {
        return *pair;
    }
    let at = first_difference(pairs);
    let (left, right) = pairs.split_at(pairs.partition_point(|(key, _)| !bit(key, at)));
    nearest(key, if bit(key, at) { right } else { left })
}

/// Pairs by rule in the order of their keys.
pub(super) fn by_rule(count: u64) -> Vec<([u8; 32], [u8; 32])> {
    let mut pairs: Vec<_> = (0..count).map(pair).collect();
    pairs.sort_unstable();
    pairs
}

/// Pairs as vectors have them.
pub(super) fn texts(pairs: &[([u8; 32], [u8; 32])]) -> Pairs {
    pairs.iter().map(|(key, value)| (hex(key), hex(value))).collect()
}

impl Written for MapRoots {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for count in [0, 1, 2, 3, 7, 40] {
            let pairs = by_rule(count);
            let root = hex(by_definition(&pairs));
            let name = format!("good-{count:02}");
            cases.accepted(&name, "pairs by rule", texts(&pairs), Accepted { root });
        }
        let mut close = vec![([0; 32], [1; 32]); 3];
        close[1].0[31] = 1;
        close[2].0[31] = 2;
        let root = hex(by_definition(&close));
        cases.accepted(
            "close",
            "keys that differ in the last bits",
            texts(&close),
            Accepted { root: root.clone() },
        );
        close.reverse();
        cases.accepted("reversed", "the same in another order", texts(&close), Accepted { root });
        cases
    }
}
