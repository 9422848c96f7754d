//! What lists give: what could be read, and what could not.

use budstikke_protocol::access::record::Record;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};

use super::entry::Entry;
use super::journal::segment::JournalError;

/// A page of documents.
#[derive(Debug)]
pub struct Page {
    /// Those that could be read.
    pub found: Vec<Entry>,
    /// Those that are here but damaged; an answer without them is a partial one.
    pub damaged: Vec<JournalError>,
    /// Behind what the next page begins; nothing when this is the last.
    pub next: Option<(OrganisationNumber, DocumentId)>,
}

/// Accesses, newest first.
#[derive(Debug)]
pub struct Accesses {
    /// Those that could be read.
    pub found: Vec<Record>,
    /// Those that were recorded but are damaged.
    pub damaged: Vec<JournalError>,
}
