//! What is known of logs, as the rest of the node sees it.

use budstikke_keys::note::Note;
use budstikke_protocol::log::origin::Origin;

use super::known::{self, KnownLog, Text};
use super::news::HeadNews;
use crate::store::error::StoreError;
use crate::store::index::live::LiveIndex;
use crate::store::journal::Journal;
use crate::store::writer::Writer;
use crate::store::writer::message::CommitError;

/// What is known of logs by their heads.
#[derive(Debug, Clone, Copy)]
pub struct Heads<'a> {
    writer: &'a Writer,
    journal: &'a Journal,
    index: &'a LiveIndex,
}

impl<'a> Heads<'a> {
    /// What is known of logs, from these parts of a store.
    pub(crate) fn new(writer: &'a Writer, journal: &'a Journal, index: &'a LiveIndex) -> Self {
        Self { writer, journal, index }
    }

    /// Makes news durable: it is on the disk when this returns.
    ///
    /// # Errors
    /// [`CommitError::Moved`] when other news has come first, or why it could not be written; nothing has changed then.
    pub async fn learn(&self, news: HeadNews<'_>) -> Result<(), CommitError> {
        self.writer.news(news.into_order()).await
    }

    /// What is known of a log.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn log(&self, origin: &Origin) -> Result<KnownLog, StoreError> {
        Ok(known::log(&*self.index.get()?, origin)?)
    }

    /// What is known of every log of which anything is.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn logs(&self) -> Result<Vec<KnownLog>, StoreError> {
        Ok(known::logs(&*self.index.get()?)?)
    }

    /// The note of the largest head seen of a log.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn seen(&self, origin: &Origin) -> Result<Option<Note>, StoreError> {
        self.note(origin, Text::Seen)
    }

    /// The note of the head that this node cosigned last of a log.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn cosigned(&self, origin: &Origin) -> Result<Option<Note>, StoreError> {
        self.note(origin, Text::Cosigned)
    }

    /// The accusation that a log has not answered.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn accusation(&self, origin: &Origin) -> Result<Option<String>, StoreError> {
        self.text(origin, Text::Accusation)
    }

    /// The proof that a log has forked.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn fork(&self, origin: &Origin) -> Result<Option<String>, StoreError> {
        self.text(origin, Text::Fork)
    }

    /// The earliest witnessed checkpoint of the own log that holds the entry with this index.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn witnessed_with(&self, entry: u64) -> Result<Option<Note>, StoreError> {
        known::witnessed_with((self.journal, &*self.index.get()?), entry)
    }

    /// The newest witnessed checkpoint of the own log.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn newest_witnessed(&self) -> Result<Option<Note>, StoreError> {
        known::newest_witnessed((self.journal, &*self.index.get()?))
    }

    /// A text that does not parse is damaged: nothing is kept that was not read before.
    fn note(&self, origin: &Origin, which: Text) -> Result<Option<Note>, StoreError> {
        Ok(self.text(origin, which)?.and_then(|text| Note::parse(text.as_bytes()).ok()))
    }

    fn text(&self, origin: &Origin, which: Text) -> Result<Option<String>, StoreError> {
        known::text((self.journal, &*self.index.get()?), origin, which)
    }
}
