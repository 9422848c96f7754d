//! The lists in memory: the map, what is known of each list without its records, and the presence file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::index::label::{Label, LabelTag};
use budstikke_protocol::index::list::{ListError, Listed, list_value};
use budstikke_protocol::index::map::{Map, MapValue};
use sha2::{Digest as _, Sha256};

use super::epoch::Epoch;
use crate::store::bytes::length;
use crate::store::index::tables::PatientMac;
use crate::store::log::head::{Head, HeadIndex};

/// The lists of an epoch.
pub(crate) struct Book {
    /// The epoch.
    pub(crate) epoch: Arc<Epoch>,
    /// When it began, in milliseconds since the Unix epoch: with its first head.
    pub(crate) begun_ms: u64,
    /// The newest head that has these lists; nothing before the first.
    pub(crate) head: Option<Head>,
    map: Map,
    /// By the tags of the labels, of which no two are the same (see `Presence::has`): a third of the memory of labels.
    listings: BTreeMap<LabelTag, Listing>,
    live: u64,
    presence: Vec<u8>,
    hash: Sha256,
}

/// What is known of a list without its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Whose it is, as rows of the index have it.
    pub(crate) patient: PatientMac,
    /// How many records it has.
    pub(crate) count: u32,
    /// How often it was made anew.
    pub(crate) generation: u32,
    /// How many entries the log had with the head with which it was made, or made anew.
    pub(crate) begun: u64,
}

/// A list as it was.
#[derive(Debug)]
pub(crate) struct Before(Label, Option<(MapValue, Listing)>);

/// The presence file as it was.
pub(crate) struct PresenceBefore(usize, Sha256);

impl Book {
    /// The lists of an epoch that has none.
    pub(crate) fn new(epoch: Arc<Epoch>) -> Self {
        let (begun_ms, head, map, listings, live, presence, hash) = Default::default();
        Self { epoch, begun_ms, head, map, listings, live, presence, hash }
    }

    /// The lists of an epoch that began at that time, as a head has them.
    pub(crate) fn of(
        epoch: Arc<Epoch>,
        (begun_ms, head): (u64, Head),
        lists: &BTreeMap<Label, (MapValue, Listing)>,
        presence: &[u8],
    ) -> Self {
        let mut book = Self::new(epoch);
        (book.begun_ms, book.head) = (begun_ms, Some(head));
        book.map = lists.iter().map(|(label, (value, _))| (*label.as_bytes(), *value)).collect();
        book.listings = lists.iter().map(|(label, (_, listing))| (label.tag(), *listing)).collect();
        let counts = lists.values().map(|(_, listing)| u64::from(listing.count));
        book.live = counts.fold(0, u64::saturating_add);
        book.append(presence);
        book
    }

    /// The labels, with the values of their lists in the map and what else is known of these, in the order of the labels.
    pub(crate) fn lists(&self) -> impl Iterator<Item = (Label, (MapValue, Listing))> {
        self.listings.iter().filter_map(|(tag, listing)| {
            let label = self.label_with(*tag)?;
            Some((label, (*self.map.get(label.as_bytes())?, *listing)))
        })
    }

    /// What a head says of them.
    pub(crate) fn index(&self) -> HeadIndex {
        HeadIndex {
            epoch: self.epoch.number(),
            voprf_key: *self.epoch.public().as_bytes(),
            map_root: self.map.root(),
            map_count: self.map.count(),
            live_count: self.live,
            presence_bytes: length(&self.presence),
            presence_sha256: Sha256Digest::from_bytes(self.hash.clone().finalize().into()),
        }
    }

    /// The presence file.
    pub(crate) fn presence(&self) -> &[u8] {
        &self.presence
    }

    /// The value of a list in the map, and what else is known of it.
    pub(crate) fn list(&self, label: &Label) -> Option<(MapValue, Listing)> {
        let value = self.map.get(label.as_bytes())?;
        Some((*value, *self.listings.get(&label.tag())?))
    }

    /// The proof that the map has a label.
    pub(crate) fn prove(&self, label: &Label) -> Vec<u8> {
        self.map.prove(label.as_bytes())
    }

    /// The label of a list of this patient. It is looked for: nothing else leads from one to the other.
    pub(crate) fn label_of(&self, patient: &PatientMac) -> Option<Label> {
        let (tag, _) = self.listings.iter().find(|(_, listing)| listing.patient == *patient)?;
        self.label_with(*tag)
    }

    /// The label that begins with a tag.
    fn label_with(&self, tag: LabelTag) -> Option<Label> {
        let mut key = [0; 32];
        *key.first_chunk_mut()? = *tag.as_bytes();
        self.map.nearest(&key).copied().map(Label::from_bytes).filter(|label| label.tag() == tag)
    }

    /// Makes the list of a label the one of these records, for a head of `size` entries. Gives what it was, unless it is the same.
    pub(crate) fn relist(
        &mut self,
        (patient, label): (PatientMac, Label),
        records: &[Listed],
        size: u64,
    ) -> Result<Option<Before>, ListError> {
        let before = self.list(&label);
        let Some(listing) = self.next(before, (patient, label), records, size)? else {
            self.put(label, None);
            return Ok(before.map(|before| Before(label, Some(before))));
        };
        let salt = self.epoch.salt(&label, listing.begun);
        let list = (list_value(&salt, listing.generation, records)?, listing);
        if before == Some(list) {
            return Ok(None);
        }
        self.put(label, Some(list));
        Ok(Some(Before(label, before)))
    }

    /// Has a list as it was, or as it was read.
    pub(crate) fn put(&mut self, label: Label, list: Option<(MapValue, Listing)>) {
        let gone = if let Some((value, listing)) = list {
            self.map.insert(*label.as_bytes(), value);
            self.live = self.live.saturating_add(u64::from(listing.count));
            self.listings.insert(label.tag(), listing)
        } else {
            self.map.remove(label.as_bytes());
            self.listings.remove(&label.tag())
        };
        let gone = gone.map_or(0, |listing| u64::from(listing.count));
        self.live = self.live.saturating_sub(gone);
    }

    /// Takes back a change.
    pub(crate) fn take_back(&mut self, Before(label, list): Before) {
        self.put(label, list);
    }

    /// Has the tags come or go of lists that came or went, in order.
    pub(crate) fn toggle(&mut self, changed: &[Before]) -> PresenceBefore {
        let before = PresenceBefore(self.presence.len(), self.hash.clone());
        let is_toggled =
            |Before(label, list): &&Before| self.list(label).is_some() != list.is_some();
        let tags: BTreeSet<LabelTag> =
            changed.iter().filter(is_toggled).map(|Before(label, _)| label.tag()).collect();
        let bytes: Vec<u8> = tags.iter().flat_map(LabelTag::as_bytes).copied().collect();
        self.append(&bytes);
        before
    }

    /// Begins the presence file with the tags of all lists, in order.
    pub(crate) fn begin_presence(&mut self) {
        self.presence.clear();
        self.hash = Sha256::new();
        let bytes: Vec<u8> = self.listings.keys().flat_map(LabelTag::as_bytes).copied().collect();
        self.append(&bytes);
    }

    /// Appends to the presence file.
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        self.presence.extend_from_slice(bytes);
        self.hash.update(bytes);
    }

    /// Takes back what was appended to the presence file.
    pub(crate) fn untoggle(&mut self, PresenceBefore(length, hash): PresenceBefore) {
        self.presence.truncate(length);
        self.hash = hash;
    }

    /// What is to be known of a list of these records. When all that it had is there still, and what came stands behind it, it goes on;
    /// else it is made anew.
    fn next(
        &self,
        before: Option<(MapValue, Listing)>,
        (patient, label): (PatientMac, Label),
        records: &[Listed],
        size: u64,
    ) -> Result<Option<Listing>, ListError> {
        if records.is_empty() {
            return Ok(None);
        }
        let count = u32::try_from(records.len()).ok().ok_or(ListError)?;
        let Some((value, listing)) = before else {
            return Ok(Some(Listing { patient, count, generation: 0, begun: size }));
        };
        let known = usize::try_from(listing.count).ok().and_then(|count| records.get(..count));
        let salt = self.epoch.salt(&label, listing.begun);
        let goes_on = match known {
            Some(known) => list_value(&salt, listing.generation, known)? == value,
            None => false,
        };
        if goes_on {
            return Ok(Some(Listing { count, ..listing }));
        }
        let generation = listing.generation.saturating_add(1);
        Ok(Some(Listing { patient, count, generation, begun: size }))
    }
}

impl PresenceBefore {
    /// How many bytes the file had.
    pub(crate) fn bytes(&self) -> usize {
        self.0
    }
}

impl Before {
    /// The label of the list.
    pub(crate) fn label(&self) -> Label {
        self.0
    }
}

/// Shows how many lists there are, and nothing of whom.
impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book")
            .field("epoch", &self.epoch.number())
            .field("lists", &self.map.count())
            .finish_non_exhaustive()
    }
}
