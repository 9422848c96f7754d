//! The mirrors of the indexes of others, as a node holds them: how each stood when it was asked last, and who stands in its presence file.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::presence::Presence;
use budstikke_protocol::index::stated::{Stated, Statement};
use tokio::sync;

use super::behind::Behind;
use crate::store::MirrorFiles;

/// The mirrors of all members.
#[derive(Debug)]
pub struct Mirrors {
    files: MirrorFiles,
    slots: Mutex<BTreeMap<OrganisationNumber, Arc<Slot>>>,
    /// Who has a newer head than its mirror.
    behind: Behind,
}

/// The mirror of one member.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// Held by whoever asks the member, so that it is asked once at a time.
    pub(super) asking: sync::Mutex<Looked>,
    pub(super) held: RwLock<Option<Held>>,
}

/// Whether this run has looked at what is kept on the disk.
#[derive(Debug, Default)]
pub(super) struct Looked(pub(super) bool);

#[derive(Debug)]
pub(super) struct Held {
    pub(super) stand: Stand,
    pub(super) presence: Presence,
}

/// How the index of a member stands, verified, and what shows it.
#[derive(Debug, Clone)]
pub struct Stand {
    /// What it comes to.
    pub stated: Stated,
    /// What shows it.
    pub statement: Statement,
}

impl Mirrors {
    /// The mirrors whose files lie there.
    pub fn new(files: MirrorFiles) -> Self {
        Self { files, slots: Mutex::default(), behind: Behind::default() }
    }

    /// The files.
    pub fn files(&self) -> &MirrorFiles {
        &self.files
    }

    /// Who has a newer head than its mirror.
    pub fn behind(&self) -> &Behind {
        &self.behind
    }

    /// How the index of a member stood last; nothing when that is not known.
    pub fn stand(&self, member: OrganisationNumber) -> Option<Stand> {
        let slot = self.slot(member);
        let held = slot.held.read().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().map(|held| held.stand.clone())
    }

    /// Which of these labels of an epoch stand in the presence file of a member, and as of when; nothing when it is in another epoch, or not
    /// known.
    pub fn look_up(
        &self,
        member: OrganisationNumber,
        epoch: u32,
        labels: &[Label],
    ) -> Option<(Stand, Vec<bool>)> {
        let slot = self.slot(member);
        let held = slot.held.read().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_ref().filter(|held| held.stand.stated.state.epoch == epoch)?;
        let present = labels.iter().map(|label| held.presence.has(label.tag())).collect();
        Some((held.stand.clone(), present))
    }

    pub(super) fn slot(&self, member: OrganisationNumber) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(member).or_default())
    }
}
