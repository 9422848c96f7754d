//! The tree of a log as RFC 6962 section 2.1 defines it, by recursion: slow, and nothing to get wrong.

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::log::tree::TreeHash;

/// The hash of a leaf.
pub fn leaf(entry: &[u8]) -> TreeHash {
    hash(&[&[0], entry])
}

/// The hash of a node.
pub fn node(left: &TreeHash, right: &TreeHash) -> TreeHash {
    hash(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// `MTH`: the root over these leaves.
pub fn root(leaves: &[TreeHash]) -> TreeHash {
    match leaves {
        [] => hash(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(left_of(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

/// `PATH`: the inclusion proof of leaf `index`.
pub fn path(index: usize, leaves: &[TreeHash]) -> Vec<TreeHash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(left_of(leaves.len()));
    if index < left.len() {
        with(path(index, left), root(right))
    } else {
        with(path(index - left.len(), right), root(left))
    }
}

/// `PROOF`: the consistency proof from the first `old` leaves to all of them.
pub fn proof(old: usize, leaves: &[TreeHash]) -> Vec<TreeHash> {
    subproof(old, leaves, true)
}

fn subproof(old: usize, leaves: &[TreeHash], is_whole: bool) -> Vec<TreeHash> {
    if old == leaves.len() {
        return if is_whole { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(left_of(leaves.len()));
    if old <= left.len() {
        with(subproof(old, left, is_whole), root(right))
    } else {
        with(subproof(old - left.len(), right, false), root(left))
    }
}

/// The largest power of two below `n`.
fn left_of(n: usize) -> usize {
    n.next_power_of_two() / 2
}

fn with(mut proof: Vec<TreeHash>, last: TreeHash) -> Vec<TreeHash> {
    proof.push(last);
    proof
}

fn hash(parts: &[&[u8]]) -> TreeHash {
    TreeHash::from_bytes(*Sha256Digest::of(&parts.concat()).as_bytes())
}
