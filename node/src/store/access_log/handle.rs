//! The access log as the rest of the node sees it.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::record::Record;
use budstikke_protocol::index::ticket::{TicketSeed, input};
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::tree::{
    Nodes, ProveError, TreeHash, TreeHead, prove_inclusion, root_of,
};
use budstikke_protocol::patient::Identifier;
use zeroize::Zeroizing;

use crate::store::entry::kept;
use crate::store::error::StoreError;
use crate::store::index::db::Index;
use crate::store::index::error::IndexError;
use crate::store::index::live::LiveIndex;
use crate::store::index::tables::{self, Anchored, Applied, Table};
use crate::store::index::ticket_row::TicketRow;
use crate::store::index::ticket_rows::{AccessNodes, index_in_key};
use crate::store::journal::Journal;
use crate::store::journal::segment::JournalError;
use crate::store::kept::{KeptChange, tickets};

/// By how much the time of a ticket may be before that of the one before it: searches that are decided at the same moment are not
/// written in the order of their times.
const OUT_OF_ORDER_SECONDS: i64 = 60 * 60;

/// The access log.
#[derive(Debug, Clone, Copy)]
pub struct AccessLog<'a> {
    journal: &'a Journal,
    index: &'a LiveIndex,
}

/// A ticket, and what it commits to if that can be shown.
#[derive(Debug)]
pub struct Ticket {
    /// Its place in the access log.
    pub index: u64,
    /// When the search was decided.
    pub time: Timestamp,
    /// The hash of its leaf.
    pub leaf: TreeHash,
    /// What it commits to, or why that cannot be read.
    pub opening: Result<Opening, JournalError>,
}

/// What a ticket commits to.
#[derive(Debug)]
pub struct Opening {
    /// Who was searched for.
    pub identifier: Identifier,
    /// The seed.
    pub seed: TicketSeed,
    /// The access record.
    pub record: Record,
    /// Its bytes, to whose SHA-256 the ticket commits.
    pub record_bytes: Zeroizing<Vec<u8>>,
}

impl Ticket {
    /// Whether what can be shown is what the ticket commits to.
    pub fn opens(&self) -> bool {
        self.opening.as_ref().is_ok_and(|opening| opening.leaf() == self.leaf)
    }
}

impl Opening {
    /// The hash of the leaf that follows.
    fn leaf(&self) -> TreeHash {
        let record = Sha256Digest::of(&self.record_bytes);
        Entry::Ticket(self.seed.ticket(&input(&self.identifier), &record)).leaf_hash()
    }
}

impl<'a> AccessLog<'a> {
    /// The access log, from these parts of a store.
    pub(crate) fn new(journal: &'a Journal, index: &'a LiveIndex) -> Self {
        Self { journal, index }
    }

    /// Its size and root as it is now.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn head(&self) -> Result<TreeHead, StoreError> {
        let index = self.index.get()?;
        let applied = index.row::<Applied>(&tables::applied())?;
        let size = applied.map_or(0, |applied| applied.tickets);
        Ok(TreeHead { size, root: root_of(&AccessNodes(&index), size)? })
    }

    /// Its size and root as the log of records commits to them last, and by which entry; nothing before the first time.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn anchored(&self) -> Result<Option<(TreeHead, u64)>, StoreError> {
        let index = self.index.get()?;
        let applied = index.row::<Applied>(&tables::applied())?;
        let Some(Anchored { tickets: size, entry }) = applied.and_then(|it| it.log.anchored) else {
            return Ok(None);
        };
        Ok(Some((TreeHead { size, root: root_of(&AccessNodes(&index), size)? }, entry)))
    }

    /// The proof that the ticket at `index` is in the tree of the first `size`.
    ///
    /// # Errors
    /// When it is not, or the index cannot be read.
    pub fn prove(&self, index: u64, size: u64) -> Result<Vec<TreeHash>, ProveError<IndexError>> {
        let held = self.index.get().map_err(ProveError::Node)?;
        prove_inclusion(&AccessNodes(&held), index, size)
    }

    /// The tickets of searches from `from` on and before `to`, the oldest first. It goes back from the newest, some 20 µs for each.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn tickets(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Ticket>, StoreError> {
        let index = self.index.get()?;
        let mut found = Vec::new();
        for key in index.descending(Table::Ticket.key(&[])) {
            let key = key?;
            let row: TicketRow = index.row(&key)?.ok_or(IndexError::Row)?;
            if row.time.unix_seconds() < from.unix_seconds().saturating_sub(OUT_OF_ORDER_SECONDS) {
                break;
            }
            if (from..to).contains(&row.time) {
                let at = index_in_key(&key).ok_or(IndexError::Row)?;
                found.push(self.ticket(&index, at, &row)?);
            }
        }
        found.reverse();
        Ok(found)
    }

    fn ticket(&self, index: &Index, at: u64, row: &TicketRow) -> Result<Ticket, StoreError> {
        let leaf = AccessNodes(index).node(0, at)?;
        Ok(Ticket { index: at, time: row.time, leaf, opening: self.opening(row) })
    }

    fn opening(&self, row: &TicketRow) -> Result<Opening, JournalError> {
        let kept = kept(self.journal, row.at)?;
        let sought = kept.changes.iter().filter_map(|change| match change {
            KeptChange::Sought(sought) => Some(sought),
            _ => None,
        });
        let damaged = || JournalError::Damaged {
            file: self.journal.path(row.at.segment),
            offset: row.at.offset,
        };
        let (identifier, seed) = sought.flatten().nth(row.nth).ok_or_else(damaged)?;
        let (identifier, seed) = (identifier.clone(), seed.open());
        let record_bytes = tickets::record_bytes(&kept.record).ok().ok_or_else(damaged)?;
        Ok(Opening { identifier, seed, record: kept.record, record_bytes })
    }
}
