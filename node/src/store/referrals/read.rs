//! Reads of referrals from the rows of the index and the frames of the journal.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::log::commitment::Commitment;
use budstikke_protocol::referral::event::ReferralName;
use budstikke_protocol::referral::state::{Side, State};

use crate::store::error::StoreError;
use crate::store::index::db::Index;
use crate::store::index::error::IndexError;
use crate::store::index::referral_tables::{self, EventRow, ReferralRow, Waiting};
use crate::store::index::tables::{self, Table};
use crate::store::journal::Journal;
use crate::store::kept::{Kept, KeptChange};
use crate::store::log::records::{About, LoggedRecord};
use crate::store::names::{By, DocumentName, EventPlace};

/// At how many referrals of one document, the newest, is looked when somebody asks for it.
const ATTACHED_TO_MAX: usize = 64;

/// A referral, and how far it has come.
#[derive(Debug, Clone)]
pub struct Referral {
    /// Which.
    pub name: ReferralName,
    /// What all events that are here come to.
    pub state: State,
    /// Which of the two this organisation is.
    pub here: Side,
    /// How many of this organisation's events the other one has told that it holds.
    pub delivered: u32,
    /// Since when something waits for the other one.
    pub waiting: Option<Waiting>,
}

/// A referral in which something waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outgoing {
    /// Which.
    pub name: ReferralName,
    /// For whom, and since when.
    pub waiting: Waiting,
}

impl Referral {
    /// The other party.
    pub fn other(&self) -> OrganisationNumber {
        self.state.party(self.here.other())
    }

    /// How many events this organisation has said, and how many of the other one are here.
    pub fn held(&self) -> (u32, u32) {
        (self.state.chain(self.here).number(), self.state.chain(self.here.other()).number())
    }
}

/// How far a referral has come.
pub(crate) fn referral(index: &Index, name: ReferralName) -> Result<Option<Referral>, IndexError> {
    let row = index.row::<ReferralRow>(&referral_tables::referral(name))?;
    Ok(row.map(|row| {
        let ReferralRow { state, here, delivered, waiting } = row;
        Referral { name, state, here, delivered, waiting }
    }))
}

/// The referrals whose names stand in these keys.
pub(crate) fn named(
    index: &Index,
    keys: impl Iterator<Item = Result<Vec<u8>, IndexError>>,
) -> Result<Vec<Referral>, IndexError> {
    let mut found = Vec::new();
    for key in keys {
        let name = referral_tables::name_in_key(&key?).ok_or(IndexError::Row)?;
        found.extend(referral(index, name)?);
    }
    Ok(found)
}

/// Where an event stands.
pub(crate) fn event_row(index: &Index, place: EventPlace) -> Result<Option<EventRow>, IndexError> {
    index.row(&referral_tables::event(place))
}

/// What the own log holds of an event.
pub(crate) fn record(
    (journal, index): (&Journal, &Index),
    place: EventPlace,
) -> Result<Option<LoggedRecord>, StoreError> {
    let Some(row) = event_row(index, place)? else { return Ok(None) };
    let Some((entry, nth)) = row.entry else { return Ok(None) };
    let kept = Kept::decode(&journal.commit(row.at)?).ok().ok_or_else(|| journal.newer(row.at))?;
    let logged = kept.logged().nth(nth).and_then(|(change, _, kept)| {
        let KeptChange::Event(By::Here, compact) = change else { return None };
        let (statement, salt) = (Sha256Digest::of(compact.as_bytes()), kept.salt());
        let commitment = Commitment::to(statement, &salt);
        Some(LoggedRecord { index: entry, about: About::Event, commitment, salt, statement })
    });
    Ok(logged)
}

/// For whom something waits: one look for each of them.
pub(crate) fn receivers(index: &Index) -> Result<Vec<OrganisationNumber>, IndexError> {
    let mut receivers = Vec::new();
    let mut after = None;
    while let Some(key) = index.ascending(Table::Outbox.key(&[]), after).next() {
        let to = referral_tables::receiver_in_key(&key?).ok_or(IndexError::Row)?;
        receivers.push(to);
        after = Some([referral_tables::outbox_of(to), vec![u8::MAX; 40]].concat());
    }
    Ok(receivers)
}

/// What waits for an organisation and was not tried before a time, oldest first.
pub(crate) fn outgoing(
    index: &Index,
    (to, from): (OrganisationNumber, Timestamp),
    limit: usize,
) -> Result<Vec<Outgoing>, IndexError> {
    let waiting = waiting(index, (to, from)).take(limit);
    let outgoing = |found: Result<(Referral, Waiting), IndexError>| {
        found.map(|(referral, waiting)| Outgoing { name: referral.name, waiting })
    };
    waiting.map(outgoing).collect()
}

/// The same, with how far each of them has come.
pub(crate) fn outgoing_whole(
    index: &Index,
    (to, from): (OrganisationNumber, Timestamp),
    limit: usize,
) -> Result<Vec<Referral>, IndexError> {
    waiting(index, (to, from))
        .take(limit)
        .map(|found| found.map(|(referral, _)| referral))
        .collect()
}

fn waiting(
    index: &Index,
    (to, from): (OrganisationNumber, Timestamp),
) -> impl Iterator<Item = Result<(Referral, Waiting), IndexError>> {
    let after = Some(referral_tables::outbox_from(to, from));
    let keys = index.ascending(referral_tables::outbox_of(to), after);
    keys.filter_map(|key| waiting_at(index, key).transpose())
}

/// What waits under a key of the outbox. A crash may have left one that its referral knows nothing of.
fn waiting_at(
    index: &Index,
    key: Result<Vec<u8>, IndexError>,
) -> Result<Option<(Referral, Waiting)>, IndexError> {
    let key = key?;
    let name = referral_tables::name_in_key(&key).ok_or(IndexError::Row)?;
    let Some(referral) = referral(index, name)? else { return Ok(None) };
    let waiting = referral.waiting;
    let waiting = waiting.filter(|waiting| referral_tables::outbox(waiting, name) == key);
    Ok(waiting.map(|waiting| (referral, waiting)))
}

/// The referrals to which this organisation has attached a document of its own.
pub(crate) fn attaching(
    index: &Index,
    document: DocumentName,
) -> Result<Vec<Referral>, IndexError> {
    let prefix = tables::of_document(Table::Attached, document);
    named(index, index.descending(prefix).take(ATTACHED_TO_MAX))
}

/// The referrals of which this node has to look at what is attached.
pub(crate) fn unassessed(
    index: &Index,
    after: Option<ReferralName>,
    limit: usize,
) -> Result<Vec<(ReferralName, u32)>, IndexError> {
    let after = after.map(referral_tables::unassessed);
    let keys = index.ascending(Table::Unassessed.key(&[]), after).take(limit);
    keys.map(|key| {
        let key = key?;
        let name = referral_tables::name_in_key(&key).ok_or(IndexError::Row)?;
        Ok((name, index.row::<u32>(&key)?.ok_or(IndexError::Row)?))
    })
    .collect()
}
