//! Whether an index holds what it should: as many rows as were noted with the last commit.

use super::bundles::Bundles;
use super::error::IndexError;
use super::head_row::HeadRow;
use super::referral_tables::{EventRow, ReferralRow};
use super::tables::{self, Applied, DocumentRow, FetchRow, Table};
use super::ticket_row::TicketRow;
use crate::store::journal::frame::Position;

/// How many rows there are that are counted, up to the last commit that was applied.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    last: Option<Position>,
    frames: u64,
    documents: u64,
    heads: u64,
    events: u64,
    tickets: u64,
}

/// Reads every row but those of the log, which are checked against its head. A lost row of a document or an access shows in the counts that are written with each commit; those that
/// a crash has left of later commits do not count.
pub(super) fn check(bundles: &Bundles) -> Result<(), IndexError> {
    let row = bundles.get(&tables::applied())?;
    let applied = row.map(|row| tables::from_value::<Applied>(&row).ok_or(IndexError::Version));
    let applied = applied.transpose()?;
    let last = applied.map(|applied| applied.last);
    let mut counts = Counts { last, ..Counts::default() };
    for table in Table::ALL.iter().filter(|table| !matches!(table, Table::Leaf | Table::Record)) {
        bundles.for_each(&table.key(&[]), |key, value| counts.row(key, value))?;
    }
    let Some(Applied { version, frames, documents, heads, events, tickets, .. }) = applied else {
        return Ok(());
    };
    if version != tables::VERSION {
        Err(IndexError::Version)
    } else if counts == (Counts { last, frames, documents, heads, events, tickets }) {
        Ok(())
    } else {
        Err(IndexError::Count)
    }
}

impl Counts {
    fn row(&mut self, key: &[u8], value: &[u8]) -> Result<(), IndexError> {
        match Table::of(key).ok_or(IndexError::Row)? {
            Table::Document => {
                tables::name_in_key(key).ok_or(IndexError::Row)?;
                let row: DocumentRow = tables::from_value(value).ok_or(IndexError::Row)?;
                self.documents = self.documents.saturating_add(self.one(row.at));
            }
            Table::Fetch => {
                tables::from_value::<FetchRow>(value).ok_or(IndexError::Row)?;
            }
            Table::Head => {
                let row: HeadRow = tables::from_value(value).ok_or(IndexError::Row)?;
                self.heads = self.heads.saturating_add(self.one(row.first));
            }
            Table::Access => {
                let at = tables::position_in_key(key).ok_or(IndexError::Row)?;
                self.frames = self.frames.saturating_add(self.one(at));
            }
            Table::Event => {
                let row: EventRow = tables::from_value(value).ok_or(IndexError::Row)?;
                self.events = self.events.saturating_add(self.one(row.at));
            }
            Table::Referral => {
                tables::from_value::<ReferralRow>(value).ok_or(IndexError::Row)?;
            }
            Table::Ticket => {
                let row: TicketRow = tables::from_value(value).ok_or(IndexError::Row)?;
                self.tickets = self.tickets.saturating_add(self.one(row.at));
            }
            Table::AccessByPatient
            | Table::Announce
            | Table::Known
            | Table::AccessNode
            | Table::Attached
            | Table::Find
            | Table::Found
            | Table::Inflated
            | Table::Outbox
            | Table::ReferralByPatient
            | Table::Unassessed
            | Table::Erasing
            | Table::Leaf
            | Table::Linked
            | Table::Relist
            | Table::Record
            | Table::Nonce
            | Table::Patient
            | Table::Shared
            | Table::Trace
            | Table::Witnessed
            | Table::Applied => {}
        }
        Ok(())
    }

    /// One, unless the row is of a later commit than the last that was applied.
    fn one(&self, at: Position) -> u64 {
        u64::from(self.last.is_some_and(|last| at <= last))
    }
}
