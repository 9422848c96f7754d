//! `log-inclusion`: whether a leaf stands at its place in a log.

use budstikke_protocol::log::tree::{TreeHead, verify_inclusion};
use serde::{Deserialize, Serialize};

use super::{hash, hashes, texts};
use crate::definition;
use crate::leaves::leaves;
use crate::vector::{Cases, Format, Written, refusal};

/// Inclusion proofs.
pub struct Inclusions;

/// A proof and what it is about; hashes are in base64.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The leaf hash of the entry.
    pub leaf: String,
    /// Where it stands.
    pub index: u64,
    /// The size of the log.
    pub size: u64,
    /// The root of the log.
    pub root: String,
    /// The hashes beside the way from the leaf to the root.
    pub proof: Vec<String>,
}

/// What a good proof shows.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The root that it leads to.
    pub root: String,
}

impl Format for Inclusions {
    const NAME: &'static str = "log-inclusion";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let Input { leaf, index, size, root, proof } = input;
        let head = TreeHead { size, root: hash(&root) };
        verify_inclusion(&hash(&leaf), index, &hashes(&proof), &head)
            .map_err(|error| refusal(&error))?;
        Ok(Accepted { root })
    }
}

impl Input {
    /// The proof of a leaf by rule.
    fn of(index: usize, size: usize) -> Self {
        let leaves = leaves(size);
        let proof = definition::path(index, &leaves);
        let [leaf, root] =
            [leaves[index], definition::root(&leaves)].map(|hash| texts(&[hash]).remove(0));
        let [index, size] = [index, size].map(|number| u64::try_from(number).unwrap());
        Self { leaf, index, size, root, proof: texts(&proof) }
    }
}

impl Written for Inclusions {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (index, size) in [
            (0, 1),
            (0, 2),
            (1, 2),
            (2, 3),
            (0, 5),
            (4, 5),
            (5, 8),
            (6, 7),
            (255, 256),
            (255, 257),
            (256, 257),
            (599, 600),
        ] {
            let input = Input::of(index, size);
            let result = Accepted { root: input.root.clone() };
            let name = format!("good-{index:03}-of-{size:03}");
            cases.accepted(&name, "a leaf of a log by rule", input, result);
        }
        let good = Input::of(5, 11);
        let mut refuse = |name: &str, shows: &str, change: fn(&mut Input), refusal: &str| {
            let mut input = good.clone();
            change(&mut input);
            cases.refused(name, shows, input, refusal);
        };
        let root = "root";
        refuse("another-leaf", "another leaf", |i| i.leaf = i.root.clone(), root);
        refuse("another-index", "the neighbour's place", |i| i.index = 4, root);
        refuse("another-root", "another root", |i| i.root = i.leaf.clone(), root);
        refuse("swapped", "two hashes changed places", |i| i.proof.swap(0, 1), root);
        refuse("changed", "one bit of the last hash", |i| flip(&mut i.proof[3]), root);
        refuse("smaller-size", "another size, with a shorter way", |i| i.size = 8, "length");
        refuse("larger-size", "another size, with a longer way", |i| i.size = 17, "length");
        refuse("short", "the last hash is missing", |i| i.proof.truncate(3), "length");
        refuse("without-first", "the first hash is missing", |i| drop(i.proof.remove(0)), "length");
        refuse("long", "a hash too many", |i| i.proof.push(i.root.clone()), "length");
        refuse("none", "no hash at all", |i| i.proof.clear(), "length");
        refuse("very-long", "64 hashes", |i| i.proof = vec![i.root.clone(); 64], "length");
        let outside = "out-of-range";
        refuse("at-the-end", "the index is the size", |i| i.index = 11, outside);
        refuse("index-2-63", "the index is 2^63", |i| i.index = 1 << 63, outside);
        refuse("size-2-63", "the size is 2^63", |i| i.size = 1 << 63, outside);
        refuse("size-0", "an empty log has no leaves", |i| (i.index, i.size) = (0, 0), outside);
        cases
    }
}

/// Changes the last bit of a hash.
pub(super) fn flip(text: &mut String) {
    let mut bytes = *hash(text).as_bytes();
    bytes[31] ^= 1;
    *text = texts(&[budstikke_protocol::log::tree::TreeHash::from_bytes(bytes)]).remove(0);
}
