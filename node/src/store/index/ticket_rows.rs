//! What a search does to the rows of the access log.
//!
//! | table | key | value |
//! |---|---|---|
//! | access node | level, index within the level | the hash of that complete subtree of the access log |
//! | ticket | index in the access log | where in the journal the search stands, which of its tickets it is, and when it was |

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::log::checkpoint::Checkpoint;
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::tree::{Frontier, Nodes, Subtree, TreeHash};
use serde_bytes::ByteArray;

use super::db::Index;
use super::draft::Rows;
use super::error::IndexError;
use super::mode::RowsError;
use super::tables::Table;
use super::ticket_row::TicketRow;
use crate::store::journal::frame::Position;
use crate::store::log::head::Anchor;

/// The key of a complete subtree of the access log.
fn node(level: u8, index: u64) -> Vec<u8> {
    Table::AccessNode.key(&[&[level], &index.to_be_bytes()])
}

/// The key of a ticket.
pub(crate) fn ticket(index: u64) -> Vec<u8> {
    Table::Ticket.key(&[&index.to_be_bytes()])
}

/// The index in the access log that a key of the table `ticket` ends with.
pub(crate) fn index_in_key(key: &[u8]) -> Option<u64> {
    key.last_chunk().copied().map(u64::from_be_bytes)
}

impl Rows<'_> {
    /// Appends the tickets of a search to the access log, which has `count` before.
    pub(super) fn sought(
        &mut self,
        tickets: &[Sha256Digest],
        (time, at): (Timestamp, Position),
        count: &mut u64,
    ) -> Result<(), RowsError> {
        let mut frontier = self.access_log(*count)?;
        for (nth, digest) in tickets.iter().enumerate() {
            self.set(ticket(*count), &TicketRow { at, nth, time })?;
            let mut completed = Vec::new();
            let leaf = Entry::Ticket(*digest).leaf_hash();
            let appended = frontier.append_each(leaf, |level, index, hash| {
                completed.push((node(level, index), ByteArray::new(*hash.as_bytes())));
            });
            appended.ok().ok_or(IndexError::Row)?;
            for (key, hash) in completed {
                self.set(key, &hash)?;
            }
            *count = count.saturating_add(1);
        }
        Ok(())
    }
}

impl Rows<'_> {
    /// What ties the access log to the log, when it has grown since it was tied to it last.
    pub(crate) fn unanchored(&self, log: &Origin) -> Result<Option<Anchor>, IndexError> {
        let (tickets, log_row) = self.applied.map(|it| (it.tickets, it.log)).unwrap_or_default();
        if tickets == log_row.anchored.map_or(0, |anchored| anchored.tickets) {
            return Ok(None);
        }
        let head = self.access_log(tickets)?.head();
        let checkpoint = Checkpoint { origin: log.access_log(), head };
        Ok(Some(Anchor { tickets, commitment: checkpoint.anchor() }))
    }

    /// The access log of so many tickets.
    fn access_log(&self, tickets: u64) -> Result<Frontier, IndexError> {
        let subtrees: Vec<_> = Subtree::all_of(tickets).collect();
        let hash = |subtree: &Subtree| {
            let hash = self.get::<ByteArray<32>>(&node(subtree.level, subtree.index))?;
            hash.map(|hash| TreeHash::from_bytes(hash.into_array())).ok_or(IndexError::Row)
        };
        let hashes = subtrees.iter().rev().map(hash).collect::<Result<Vec<_>, _>>()?;
        Frontier::restore(tickets, &hashes).ok().ok_or(IndexError::Row)
    }
}

/// The hashes of the access log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AccessNodes<'a>(pub(crate) &'a Index);

impl Nodes for AccessNodes<'_> {
    type Error = IndexError;

    fn node(&self, level: u8, index: u64) -> Result<TreeHash, IndexError> {
        let hash = self.0.row::<ByteArray<32>>(&node(level, index))?;
        hash.map(|hash| TreeHash::from_bytes(hash.into_array())).ok_or(IndexError::Row)
    }
}
