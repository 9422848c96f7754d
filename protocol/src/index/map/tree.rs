//! The tree in memory: every inner node knows its hash, so that a change costs one hash for each node above it.

use std::mem;

use budstikke_keys::digest::Sha256Digest;

use super::node::{MapKey, MapValue, empty, first_difference, inner_hash, is_set, leaf_hash};

/// A map with its root and its proofs.
#[derive(Debug, Default)]
pub struct Map {
    root: Node,
    count: u64,
}

#[derive(Debug, Default)]
enum Node {
    #[default]
    Empty,
    Leaf {
        key: MapKey,
        value: MapValue,
    },
    Inner(Inner),
}

/// Two nodes whose keys agree before `bit` and differ in it.
#[derive(Debug)]
struct Inner {
    bit: u8,
    hash: Sha256Digest,
    sides: Box<Sides>,
}

/// The keys in which the bit is not set, and those in which it is. Neither is empty.
#[derive(Debug)]
struct Sides {
    left: Node,
    right: Node,
}

impl Map {
    /// How many pairs it has.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The root over all pairs; SHA-256 of nothing when there is none.
    pub fn root(&self) -> Sha256Digest {
        self.root.hash()
    }

    /// The value of a key.
    pub fn get(&self, key: &MapKey) -> Option<&MapValue> {
        match self.root.nearest(key) {
            Some((found, value)) if found == key => Some(value),
            _ => None,
        }
    }

    /// The key to which the bits of a key lead: of those that begin as it does, one.
    pub fn nearest(&self, key: &MapKey) -> Option<&MapKey> {
        self.root.nearest(key).map(|(near, _)| near)
    }

    /// Gives a key its value, and the value that it had.
    pub fn insert(&mut self, key: MapKey, value: MapValue) -> Option<MapValue> {
        let differs_at = self.root.nearest(&key).map(|(near, _)| first_difference(near, &key));
        match differs_at {
            None => self.root = Node::Leaf { key, value },
            Some(Some(bit)) => self.root.add(bit, (key, value)),
            Some(None) => return self.root.replace(&key, value),
        }
        self.count = self.count.saturating_add(1);
        None
    }

    /// Takes a key out, and gives the value that it had.
    pub fn remove(&mut self, key: &MapKey) -> Option<MapValue> {
        let value = self.root.take(key)?;
        self.count = self.count.saturating_sub(1);
        Some(value)
    }

    /// The proof that a key is here with its value, or that it is not: what `verify_presence` and `verify_absence` take. For each
    /// inner node on the way, from the leaf upwards, its bit and the hash of its other side; before that, when the key is not
    /// here, the pair that stands in its place, which says something of another key: it is for auditors.
    pub fn prove(&self, key: &MapKey) -> Vec<u8> {
        let mut proof = Vec::new();
        if let Some((near, value)) = self.root.nearest(key).filter(|(near, _)| *near != key) {
            proof.extend_from_slice(near);
            proof.extend_from_slice(value);
        }
        self.root.prove(key, &mut proof);
        proof
    }
}

impl FromIterator<(MapKey, MapValue)> for Map {
    /// Makes a map of pairs in any order; of equal keys the last one counts.
    fn from_iter<T: IntoIterator<Item = (MapKey, MapValue)>>(pairs: T) -> Self {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        // Stable, and the last of equal keys is what `dedup_by` shall keep: it keeps the first.
        pairs.reverse();
        pairs.sort_by_key(|(key, _)| *key);
        pairs.dedup_by(|(one, _), (other, _)| one == other);
        let count = u64::try_from(pairs.len()).unwrap_or(u64::MAX);
        Self { root: Node::of(&pairs), count }
    }
}

impl Node {
    /// The tree of pairs in the order of their keys, none twice.
    fn of(pairs: &[(MapKey, MapValue)]) -> Self {
        let (Some((first, value)), Some((last, _))) = (pairs.first(), pairs.last()) else {
            return Self::Empty;
        };
        let Some(bit) = first_difference(first, last) else {
            return Self::Leaf { key: *first, value: *value };
        };
        let (left, right) = pairs.split_at(pairs.partition_point(|(key, _)| !is_set(key, bit)));
        Self::Inner(Inner::new(bit, Self::of(left), Self::of(right)))
    }

    fn hash(&self) -> Sha256Digest {
        match self {
            Self::Empty => empty(),
            Self::Leaf { key, value } => leaf_hash(key, value),
            Self::Inner(inner) => inner.hash,
        }
    }

    /// The pair to which the bits of a key lead.
    fn nearest(&self, key: &MapKey) -> Option<(&MapKey, &MapValue)> {
        let mut node = self;
        loop {
            match node {
                Self::Empty => return None,
                Self::Leaf { key, value } => return Some((key, value)),
                Self::Inner(inner) => node = inner.toward(key).0,
            }
        }
    }

    /// Adds a pair whose key first differs in `bit` from the keys to which its bits lead.
    fn add(&mut self, bit: u8, pair: (MapKey, MapValue)) {
        match self {
            Self::Inner(inner) if inner.bit < bit => {
                inner.toward_mut(&pair.0).add(bit, pair);
                inner.refresh();
            }
            Self::Empty | Self::Leaf { .. } | Self::Inner(_) => {
                let (key, value) = pair;
                let (other, new) = (mem::take(self), Self::Leaf { key, value });
                let (left, right) = if is_set(&key, bit) { (other, new) } else { (new, other) };
                *self = Self::Inner(Inner::new(bit, left, right));
            }
        }
    }

    fn replace(&mut self, wanted: &MapKey, new: MapValue) -> Option<MapValue> {
        match self {
            Self::Leaf { key, value } if key == wanted => Some(mem::replace(value, new)),
            Self::Leaf { .. } | Self::Empty => None,
            Self::Inner(inner) => {
                let old = inner.toward_mut(wanted).replace(wanted, new);
                inner.refresh();
                old
            }
        }
    }

    fn take(&mut self, wanted: &MapKey) -> Option<MapValue> {
        match self {
            Self::Leaf { key, value } if key == wanted => {
                let value = *value;
                *self = Self::Empty;
                Some(value)
            }
            Self::Leaf { .. } | Self::Empty => None,
            Self::Inner(inner) => {
                let value = inner.toward_mut(wanted).take(wanted)?;
                match inner.take_lone_side() {
                    Some(lone) => *self = lone,
                    None => inner.refresh(),
                }
                Some(value)
            }
        }
    }

    fn prove(&self, key: &MapKey, proof: &mut Vec<u8>) {
        if let Self::Inner(inner) = self {
            let (toward, other) = inner.toward(key);
            toward.prove(key, proof);
            proof.push(inner.bit);
            proof.extend_from_slice(other.hash().as_bytes());
        }
    }
}

impl Inner {
    fn new(bit: u8, left: Node, right: Node) -> Self {
        let hash = inner_hash(bit, &left.hash(), &right.hash());
        Self { bit, hash, sides: Box::new(Sides { left, right }) }
    }

    /// The side on which a key would be, and the other one.
    fn toward(&self, key: &MapKey) -> (&Node, &Node) {
        let Sides { left, right } = self.sides.as_ref();
        if is_set(key, self.bit) { (right, left) } else { (left, right) }
    }

    fn toward_mut(&mut self, key: &MapKey) -> &mut Node {
        if is_set(key, self.bit) { &mut self.sides.right } else { &mut self.sides.left }
    }

    fn refresh(&mut self) {
        self.hash = inner_hash(self.bit, &self.sides.left.hash(), &self.sides.right.hash());
    }

    /// The one side that is left when the other has become empty.
    fn take_lone_side(&mut self) -> Option<Node> {
        let Sides { left, right } = self.sides.as_mut();
        match (&*left, &*right) {
            (Node::Empty, _) => Some(mem::take(right)),
            (_, Node::Empty) => Some(mem::take(left)),
            _ => None,
        }
    }
}
