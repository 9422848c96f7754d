//! The referrals, as the rest of the node sees them.

use budstikke_keys::jws::Claimed;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::decide::{Permit, Scope};
use budstikke_protocol::ids::{DocumentId, EventDigest, OrganisationNumber};
use budstikke_protocol::referral::event::{Event, ReferralName};

use super::census::{Census, census};
use super::events::Events;
use super::read::{self, Outgoing, Referral};
use crate::store::error::StoreError;
use crate::store::index::live::LiveIndex;
use crate::store::index::referral_tables;
use crate::store::index::tables::Table;
use crate::store::journal::Journal;
use crate::store::log::records::LoggedRecord;
use crate::store::names::{DocumentName, EventPlace};

/// The referrals that are here.
#[derive(Debug, Clone, Copy)]
pub struct Referrals<'a> {
    journal: &'a Journal,
    index: &'a LiveIndex,
}

impl<'a> Referrals<'a> {
    /// The referrals, from these parts of a store.
    pub(crate) fn new(journal: &'a Journal, index: &'a LiveIndex) -> Self {
        Self { journal, index }
    }

    /// How far a referral has come; nothing when it is not here.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn get(&self, name: ReferralName) -> Result<Option<Referral>, StoreError> {
        Ok(read::referral(&*self.index.get()?, name)?)
    }

    /// One event.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn event(&self, place: EventPlace) -> Result<Option<Claimed<Event>>, StoreError> {
        self.events().event(place)
    }

    /// A reader of events, for many of them.
    pub fn events(&self) -> Events<'a> {
        Events::new(self.journal, self.index)
    }

    /// The digest of one event.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn digest(&self, place: EventPlace) -> Result<Option<EventDigest>, StoreError> {
        let row = read::event_row(&*self.index.get()?, place)?;
        Ok(row.map(|row| row.digest()))
    }

    /// What the own log holds of an event that this organisation has said.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn record(&self, place: EventPlace) -> Result<Option<LoggedRecord>, StoreError> {
        read::record((self.journal, &*self.index.get()?), place)
    }

    /// The referrals that are here, by referrer and id, from behind `after` on.
    ///
    /// # Errors
    /// When the permit is not for everything, or the index cannot be read.
    pub fn page(
        &self,
        permit: &Permit,
        after: Option<ReferralName>,
        limit: usize,
    ) -> Result<Vec<Referral>, StoreError> {
        if permit.scope() != Scope::Everything {
            return Err(StoreError::NotPermitted);
        }
        self.all(after, limit)
    }

    /// The referrals that are here, as [`Self::page`], for the node itself: nobody looks at them.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn all(
        &self,
        after: Option<ReferralName>,
        limit: usize,
    ) -> Result<Vec<Referral>, StoreError> {
        let index = self.index.get()?;
        let after = after.map(referral_tables::referral);
        let keys = index.ascending(Table::Referral.key(&[]), after);
        Ok(read::named(&index, keys.take(limit))?)
    }

    /// The referrals of a patient that are here.
    ///
    /// # Errors
    /// When the permit is not for everything, or the index cannot be read.
    pub fn of_patient(&self, permit: &Permit, patient: &str) -> Result<Vec<Referral>, StoreError> {
        if permit.scope() != Scope::Everything {
            return Err(StoreError::NotPermitted);
        }
        let index = self.index.get()?;
        let mac = index.patient(patient);
        Ok(read::named(&index, index.ascending(Table::ReferralByPatient.key(&[&mac]), None))?)
    }

    /// The referrals to which this organisation has attached this document of its own.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn attaching(
        &self,
        custodian: OrganisationNumber,
        document: DocumentId,
    ) -> Result<Vec<Referral>, StoreError> {
        let name = DocumentName { custodian, document };
        Ok(read::attaching(&*self.index.get()?, name)?)
    }

    /// For whom something waits.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn receivers(&self) -> Result<Vec<OrganisationNumber>, StoreError> {
        Ok(read::receivers(&*self.index.get()?)?)
    }

    /// What waits for `to` and was not tried before `from`, oldest first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn outgoing(
        &self,
        to: OrganisationNumber,
        from: Timestamp,
        limit: usize,
    ) -> Result<Vec<Outgoing>, StoreError> {
        Ok(read::outgoing(&*self.index.get()?, (to, from), limit)?)
    }

    /// [`Self::outgoing`], with how far each of them has come.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn outgoing_whole(
        &self,
        to: OrganisationNumber,
        from: Timestamp,
        limit: usize,
    ) -> Result<Vec<Referral>, StoreError> {
        Ok(read::outgoing_whole(&*self.index.get()?, (to, from), limit)?)
    }

    /// The referrals of which this node has to look at what is attached, each with the number of the last such event, from
    /// behind `after` on.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn unassessed(
        &self,
        after: Option<ReferralName>,
        limit: usize,
    ) -> Result<Vec<(ReferralName, u32)>, StoreError> {
        Ok(read::unassessed(&*self.index.get()?, after, limit)?)
    }

    /// How many referrals there are of each kind, as of `now`.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn census(&self, now: Timestamp) -> Result<Census, StoreError> {
        Ok(census(&*self.index.get()?, now)?)
    }
}
