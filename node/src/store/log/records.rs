//! What the log holds of one document, with the salts that prove it.

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::log::commitment::{Commitment, Salt};

use super::error::LogError;
use crate::store::index::db::Index;
use crate::store::index::error::IndexError;
use crate::store::index::tables::{self, Table};
use crate::store::journal::Journal;
use crate::store::journal::frame::Position;
use crate::store::kept::{Kept, KeptChange, KeptSalt};
use crate::store::names::DocumentName;

/// What a record of the log is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The manifest: the document was published.
    Manifest,
    /// Who may read it was changed.
    Sharing,
    /// It was withdrawn.
    Withdrawal,
    /// It was erased.
    Erasure,
    /// An event of a referral.
    Event,
}

/// A record in the log.
#[derive(Debug)]
pub struct LoggedRecord {
    /// The index of its entry.
    pub index: u64,
    /// What it is about.
    pub about: About,
    /// The commitment in the entry.
    pub commitment: Commitment,
    /// The salt of the commitment.
    pub salt: Salt,
    /// The digest of the statement that it commits to.
    pub statement: Sha256Digest,
}

impl LoggedRecord {
    /// The commitment that follows from the statement and the salt.
    pub fn recommitted(&self) -> Commitment {
        Commitment::to(self.statement, &self.salt)
    }
}

/// The records of a document, in the order of the log. Those of statements that were erased are none any more.
pub(crate) fn of(
    journal: &Journal,
    index: &Index,
    name: DocumentName,
) -> Result<Vec<LoggedRecord>, LogError> {
    let mut records: Vec<_> = of_manifest(journal, index, name)?.into_iter().collect();
    for key in index.ascending(tables::of_document(Table::Record, name), None) {
        let key = key?;
        let entry = tables::entry_in_key(&key).ok_or(IndexError::Row)?;
        let (at, nth) = index.row::<(Position, usize)>(&key)?.ok_or(IndexError::Row)?;
        let kept = Kept::decode(&journal.commit(at)?).ok().ok_or_else(|| journal.newer(at))?;
        let logged =
            kept.logged().nth(nth).and_then(|(change, _, kept)| record(entry, change, kept));
        records.extend(logged);
    }
    Ok(records)
}

/// The first record of a document, of its manifest, whose index stands in the row of the document.
fn of_manifest(
    journal: &Journal,
    index: &Index,
    name: DocumentName,
) -> Result<Option<LoggedRecord>, LogError> {
    let Some((row, entry)) = index.document(name)?.and_then(|row| Some((row.at, row.logged?)))
    else {
        return Ok(None);
    };
    let kept = Kept::decode(&journal.commit(row)?).ok().ok_or_else(|| journal.newer(row))?;
    let is_it = |change: &KeptChange| {
        matches!(change, KeptChange::Document { .. }) && change.about() == Some(name)
    };
    let logged = kept.logged().find(|(change, _, _)| is_it(change));
    Ok(logged.and_then(|(change, _, kept)| record(entry, change, kept)))
}

fn record(index: u64, change: &KeptChange, kept: &KeptSalt) -> Option<LoggedRecord> {
    let (statement, salt) = (change.logged_statement()?, kept.salt());
    let about = match change {
        KeptChange::Document { .. } => About::Manifest,
        KeptChange::Sharing(_) => About::Sharing,
        KeptChange::Withdrawal(_) => About::Withdrawal,
        KeptChange::Erased { .. } => About::Erasure,
        KeptChange::FetchStarted { .. }
        | KeptChange::FetchEnded(..)
        | KeptChange::Event(..)
        | KeptChange::Delivered(..)
        | KeptChange::Retried(_)
        | KeptChange::Announced(_)
        | KeptChange::Told { .. }
        | KeptChange::Sought(_)
        | KeptChange::Found(_)
        | KeptChange::Linked(_) => return None,
    };
    let statement = Sha256Digest::of(statement.as_bytes());
    let commitment = Commitment::to(statement, &salt);
    Some(LoggedRecord { index, about, commitment, salt, statement })
}
