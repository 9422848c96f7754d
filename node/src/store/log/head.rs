//! A head of the log, as it stands in the journal.

use std::fmt;

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::log::commitment::Commitment;
use budstikke_protocol::log::entry::{Entry, State};
use budstikke_protocol::log::tree::{TreeHash, TreeHead};
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::ser::SerializeTuple as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteArray;

/// A head of the log: that of the tree which ends with the STATE entry that follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// When it was made, in milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// How many entries the log has.
    pub size: u64,
    /// The root of the tree of these.
    pub root: TreeHash,
    /// What the STATE says of the lists.
    pub index: HeadIndex,
    /// Up to where the access log goes, when it has grown since the head before.
    pub access: Option<Anchor>,
}

/// What ties the access log to this log: a RECORD that commits to the checkpoint of the access log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// How many tickets the access log has.
    pub tickets: u64,
    /// The commitment to its checkpoint.
    pub commitment: Commitment,
}

/// What a STATE says of the lists: all of it but time and records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadIndex {
    /// The epoch of the key for blind questions; 0 while there are no lists.
    pub epoch: u32,
    /// The public half of that key.
    pub voprf_key: [u8; 32],
    /// The root of the map.
    pub map_root: Sha256Digest,
    /// How many lists it has.
    pub map_count: u64,
    /// How many records these have together.
    pub live_count: u64,
    /// The bytes of the presence file.
    pub presence_bytes: u64,
    /// SHA-256 of it.
    pub presence_sha256: Sha256Digest,
}

/// The lists as they stand in the journal, in the order of the members above.
type KeptIndex = (u32, ByteArray<32>, ByteArray<32>, u64, u64, u64, ByteArray<32>);

impl Head {
    /// Size and root.
    pub fn tree(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root }
    }

    /// The STATE that ends the tree, when so many records stand before it.
    pub fn state(&self, records: u64) -> State {
        self.index.state(self.time_ms, records)
    }

    /// The entries that the head itself makes, when so many records stand before them: the anchor of the access log when there is
    /// one, and the STATE.
    pub(crate) fn entries(&self, records: u64) -> impl Iterator<Item = Entry> {
        made(self.time_ms, &self.index, self.access, records)
    }
}

/// The entries of a head of that time, when so many records stand before them.
pub(crate) fn made(
    time_ms: u64,
    index: &HeadIndex,
    access: Option<Anchor>,
    records: u64,
) -> impl Iterator<Item = Entry> + use<> {
    let records = records.saturating_add(u64::from(access.is_some()));
    let anchor = access.map(|anchor| Entry::Record(anchor.commitment));
    anchor.into_iter().chain([Entry::State(index.state(time_ms, records))])
}

impl HeadIndex {
    /// That of a log without lists.
    pub fn none() -> Self {
        let State {
            epoch,
            voprf_key,
            map_root,
            map_count,
            live_count,
            presence_bytes,
            presence_sha256,
            ..
        } = State::without_index(0, 0);
        Self { epoch, voprf_key, map_root, map_count, live_count, presence_bytes, presence_sha256 }
    }

    /// The STATE of that time with so many records before it.
    pub fn state(&self, time_ms: u64, record_count: u64) -> State {
        let Self { epoch, voprf_key, map_root, map_count, .. } = *self;
        let Self { live_count, presence_bytes, presence_sha256, .. } = *self;
        State {
            time_ms,
            epoch,
            voprf_key,
            map_root,
            map_count,
            record_count,
            live_count,
            presence_bytes,
            presence_sha256,
        }
    }

    fn kept(&self) -> KeptIndex {
        let bytes = |digest: &Sha256Digest| ByteArray::new(*digest.as_bytes());
        (
            self.epoch,
            ByteArray::new(self.voprf_key),
            bytes(&self.map_root),
            self.map_count,
            self.live_count,
            self.presence_bytes,
            bytes(&self.presence_sha256),
        )
    }
}

impl From<KeptIndex> for HeadIndex {
    fn from(kept: KeptIndex) -> Self {
        let (epoch, key, root, map_count, live_count, presence_bytes, presence) = kept;
        Self {
            epoch,
            voprf_key: key.into_array(),
            map_root: Sha256Digest::from_bytes(root.into_array()),
            map_count,
            live_count,
            presence_bytes,
            presence_sha256: Sha256Digest::from_bytes(presence.into_array()),
        }
    }
}

/// What stands in the journal: time, size and root, and the lists unless there are none, and the anchor when there is one. The last
/// entries follow from it.
impl Serialize for Head {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let has_lists = self.index != HeadIndex::none() || self.access.is_some();
        let members = match (has_lists, self.access) {
            (_, Some(_)) => 5,
            (true, None) => 4,
            (false, None) => 3,
        };
        let mut kept = serializer.serialize_tuple(members)?;
        kept.serialize_element(&self.time_ms)?;
        kept.serialize_element(&self.size)?;
        kept.serialize_element(&ByteArray::new(*self.root.as_bytes()))?;
        if has_lists {
            kept.serialize_element(&self.index.kept())?;
        }
        if let Some(Anchor { tickets, commitment }) = &self.access {
            kept.serialize_element(&(tickets, ByteArray::new(*commitment.as_bytes())))?;
        }
        kept.end()
    }
}

impl<'de> Deserialize<'de> for Head {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(KeptHead)
    }
}

struct KeptHead;

impl<'de> Visitor<'de> for KeptHead {
    type Value = Head;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("time, size, root, lists and anchor of a head")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut kept: A) -> Result<Head, A::Error> {
        let missing = || A::Error::custom("a head has three to five members");
        let time_ms = kept.next_element()?.ok_or_else(missing)?;
        let size = kept.next_element()?.ok_or_else(missing)?;
        let root: ByteArray<32> = kept.next_element()?.ok_or_else(missing)?;
        let index = kept.next_element::<KeptIndex>()?.map_or_else(HeadIndex::none, HeadIndex::from);
        let access = kept.next_element::<(u64, ByteArray<32>)>()?.map(|(tickets, commitment)| {
            Anchor { tickets, commitment: Commitment::from_bytes(commitment.into_array()) }
        });
        Ok(Head { time_ms, size, root: TreeHash::from_bytes(root.into_array()), index, access })
    }
}
