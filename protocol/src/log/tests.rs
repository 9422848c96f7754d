//! What the tests of this room share: keys, a roster, and a tree in memory.

use budstikke_keys::note::{KeyKind, VerifierKey};
use budstikke_keys::secret::SecretKey;
use budstikke_keys::time::Timestamp;
use thiserror::Error;
use zeroize::Zeroizing;

use super::checkpoint::{Checkpoint, SignedCheckpoint};
use super::origin::{Origin, witness_name};
use super::tree::{Frontier, Nodes, TreeHash, TreeHead, leaf_hash, root_of};
use crate::federation::roster::{FederationName, Kind, Limits, Member, MemberKeys, Roster, Status};
use crate::ids::{Environment, OrganisationNumber};

/// The organisations of the roster; the log is the first one's.
pub(super) const ORGANISATIONS: [&str; 9] = [
    "310000019",
    "310000027",
    "310000035",
    "310000043",
    "310000051",
    "310000078",
    "310000086",
    "310000094",
    "310000108",
];

pub(super) fn federation() -> FederationName {
    "samhandling.test".parse().unwrap()
}

pub(super) fn organisation(place: usize) -> OrganisationNumber {
    ORGANISATIONS[place].parse().unwrap()
}

pub(super) fn origin() -> Origin {
    Origin::records(federation(), organisation(0))
}

pub(super) fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(Zeroizing::new([seed; 32]))
}

pub(super) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds).unwrap()
}

/// The key of the organisation at `place` for one of its uses.
fn key_of(place: usize, key_use: u8) -> SecretKey {
    let mut seed = Zeroizing::new([key_use; 32]);
    seed[0] = u8::try_from(place).unwrap();
    SecretKey::from_seed(seed)
}

/// The key of the log.
pub(super) fn log_secret() -> SecretKey {
    key(1)
}

pub(super) fn log_key() -> VerifierKey {
    VerifierKey::new(origin().key_name(), KeyKind::Signature, log_secret().public())
}

/// The witness key of the organisation at `place`.
pub(super) fn witness_secret(place: usize) -> SecretKey {
    key_of(place, 4)
}

pub(super) fn witness(place: usize) -> VerifierKey {
    let name = witness_name(&federation(), organisation(place));
    VerifierKey::new(name, KeyKind::Cosignature, witness_secret(place).public())
}

pub(super) fn member(place: usize) -> Member {
    let log = if place == 0 { log_secret() } else { key_of(place, 3) };
    Member {
        organisation: organisation(place),
        name: format!("Member {place}").parse().unwrap(),
        kind: Kind::Municipality,
        region: None,
        status: Status::Active,
        keys: MemberKeys {
            node: key_of(place, 1).public(),
            sign: key_of(place, 2).public(),
            log: log.public(),
            witness: witness_secret(place).public(),
        },
        retired_keys: Vec::new(),
        addresses: Vec::new(),
        limits: Limits::default(),
    }
}

/// A roster with the first `count` organisations.
pub(super) fn roster(count: usize) -> Roster {
    Roster {
        federation: federation(),
        environment: Environment::Test,
        version: 1,
        previous: None,
        issued: time(1_000),
        expires: time(2_000),
        threshold: 1,
        stewards: Vec::new(),
        members: (0..count).map(member).collect(),
    }
}

/// A tree with every hash of every complete subtree.
#[derive(Clone, Default)]
pub(super) struct Memory {
    frontier: Frontier,
    levels: Vec<Vec<TreeHash>>,
}

/// There is no such subtree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("there is no such subtree")]
pub(super) struct Missing;

impl Memory {
    /// The tree of the entries `0`, `1`, … as text.
    pub(super) fn of(size: u64) -> Self {
        Self::of_entries((0..size).map(|index| index.to_string().into_bytes()))
    }

    pub(super) fn of_entries(entries: impl Iterator<Item = Vec<u8>>) -> Self {
        let mut memory = Self::default();
        entries.for_each(|entry| memory.append(&entry));
        memory
    }

    pub(super) fn append(&mut self, entry: &[u8]) {
        let levels = &mut self.levels;
        let tell = |level: u8, index: u64, hash: &TreeHash| {
            let level = usize::from(level);
            if levels.len() == level {
                levels.push(Vec::new());
            }
            assert_eq!(u64::try_from(levels[level].len()), Ok(index), "level {level}");
            levels[level].push(*hash);
        };
        self.frontier.append_each(leaf_hash(entry), tell).unwrap();
    }

    pub(super) fn head(&self) -> TreeHead {
        self.frontier.head()
    }

    /// The head of an earlier size.
    pub(super) fn head_at(&self, size: u64) -> TreeHead {
        TreeHead { size, root: root_of(self, size).unwrap() }
    }

    pub(super) fn signed(&self) -> SignedCheckpoint {
        signed(self.head())
    }
}

impl Nodes for Memory {
    type Error = Missing;

    fn node(&self, level: u8, index: u64) -> Result<TreeHash, Missing> {
        let level = self.levels.get(usize::from(level)).ok_or(Missing)?;
        usize::try_from(index).ok().and_then(|index| level.get(index)).copied().ok_or(Missing)
    }
}

/// The checkpoint of a head, signed by the log.
pub(super) fn signed(head: TreeHead) -> SignedCheckpoint {
    Checkpoint { origin: origin(), head }.sign(&log_secret())
}

/// Adds the cosignature of the organisation at `place`.
pub(super) fn cosign(checkpoint: &mut SignedCheckpoint, place: usize, seconds: i64) {
    let witness = witness(place);
    let line = checkpoint.cosign(witness.name().clone(), &witness_secret(place), time(seconds));
    checkpoint.add(line, &witness).unwrap();
}
