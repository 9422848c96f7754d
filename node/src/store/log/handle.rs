//! The log as the rest of the node sees it.

use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use tokio::sync::watch;

use super::error::LogError;
use super::head::Head;
use super::reader::LogReader;
use super::records::{self, LoggedRecord};
use super::shared::Shared;
use crate::store::error::StoreError;
use crate::store::index::live::LiveIndex;
use crate::store::index::tables::{self, Applied};
use crate::store::journal::Journal;
use crate::store::names::DocumentName;
use crate::store::writer::Writer;
use crate::store::writer::message::CommitError;

/// The log of this organisation.
#[derive(Debug, Clone, Copy)]
pub struct Log<'a> {
    shared: &'a Shared,
    writer: &'a Writer,
    journal: &'a Journal,
    index: &'a LiveIndex,
}

impl<'a> Log<'a> {
    pub(crate) fn new(
        shared: &'a Shared,
        writer: &'a Writer,
        journal: &'a Journal,
        index: &'a LiveIndex,
    ) -> Self {
        Self { shared, writer, journal, index }
    }

    /// The newest head that may be signed, and every later one. None while nothing was logged, or the log is stopped.
    pub fn head(&self) -> watch::Receiver<Option<Head>> {
        self.shared.head()
    }

    /// How many entries the log has, as it grows.
    pub fn entries(&self) -> watch::Receiver<u64> {
        self.shared.entries()
    }

    /// How many entries have been committed; some of them may not have been read back yet, and are not when the log is stopped.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn committed(&self) -> Result<u64, StoreError> {
        let applied = self.index.get()?.row::<Applied>(&tables::applied())?;
        Ok(applied.map_or(0, |applied| applied.log.entries))
    }

    /// Whether the access log has grown since it was tied to this one.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn has_unanchored(&self) -> Result<bool, StoreError> {
        let applied = self.index.get()?.row::<Applied>(&tables::applied())?;
        Ok(applied.is_some_and(|applied| {
            applied.tickets > applied.log.anchored.map_or(0, |anchored| anchored.tickets)
        }))
    }

    /// How many records of statements it has.
    pub fn records_count(&self) -> u64 {
        self.shared.tail().edge.records()
    }

    /// Why nothing of it is signed any more; nothing while all is well.
    pub fn stopped(&self) -> Option<String> {
        self.shared.stopped()
    }

    /// Stops the log for a reason from outside of it: nothing is signed from now on, until the next start.
    pub fn stop(&self, reason: String) {
        self.shared.stop(reason);
    }

    /// Makes a head of the log as it is, unless the last one is that. It is on the disk when this returns; [`Self::head`] gives
    /// it out once what was read back agrees.
    ///
    /// # Errors
    /// When the log is stopped, or it could not be written.
    pub async fn checkpoint(&self, time_ms: u64) -> Result<(), CommitError> {
        self.writer.checkpoint(time_ms).await
    }

    /// Reads tiles, entries and proofs of the log as it is now.
    pub fn reader(&self) -> LogReader<'a> {
        LogReader::new(self.shared)
    }

    /// The records of a document, in the order of the log. Those of statements that were erased are none any more.
    ///
    /// # Errors
    /// When a part of the journal is damaged.
    pub fn records(
        &self,
        custodian: OrganisationNumber,
        document: DocumentId,
    ) -> Result<Vec<LoggedRecord>, LogError> {
        let index = self.index.get()?;
        records::of(self.journal, &index, DocumentName { custodian, document })
    }
}
