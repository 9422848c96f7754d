//! What stands in a frame of the journal: a commit, or a head of the log.
//!
//! It is one CBOR map (RFC 8949) whose member `v` is the version of its form. Statements stand in it as the bytes that were signed.

mod announced;
mod logged_as;
mod optional_parts;
mod parts;
mod secrets;
pub(crate) mod tickets;

use budstikke_keys::jws::{Claimed, Statement};
use budstikke_protocol::access::record::Record;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::patient::Identifier;
use budstikke_protocol::referral::event::{Event, ReferralName};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::documents::body::Place;
use super::documents::name::FileName;
use super::effects::{Effect, Effects, Logged};
use super::finds::found::Found;
use super::form::{self, NotACommit, VERSION};
use super::heads::news::KeptNews;
use super::log::head::Head;
use super::names::{By, DocumentName, Kind};

pub(crate) use announced::KeptAnnouncement;
pub(crate) use logged_as::LoggedAs;
pub(crate) use secrets::{KeptKey, KeptSalt, KeptSeed};

/// What a head has at most before it is packed.
const HEAD_BYTES: usize = 256;

/// What stands in a frame.
pub(crate) enum KeptFrame {
    /// What a use case has changed, with the record of the access.
    Commit(Kept),
    /// A head of the log: the STATE entry that follows from it is the last of a tree with that root. Nobody has looked at
    /// anything, so there is no record.
    Head(Head),
    /// Something that was learnt of a log.
    News(KeptNews),
}

/// A commit as it stands in the journal.
#[derive(Serialize)]
pub(crate) struct Kept {
    v: u8,
    /// The access.
    pub(crate) record: Record,
    /// What changed with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) changes: Vec<KeptChange>,
    /// What the log says of those changes that it says anything of, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) log: Vec<KeptSalt>,
}

/// A head as it stands in the journal.
#[derive(Serialize)]
struct KeptHead {
    v: u8,
    head: Head,
}

/// Every member that a frame can have.
#[derive(Deserialize)]
struct Members {
    v: u8,
    record: Option<Record>,
    #[serde(default)]
    changes: Vec<KeptChange>,
    #[serde(default)]
    log: Vec<KeptSalt>,
    head: Option<Head>,
    news: Option<KeptNews>,
}

/// A change as it stands in the journal. One whose document was erased stands there still, without its statement: it says nothing
/// any more.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeptChange {
    /// A document is here from now on.
    Document {
        /// Whose.
        kind: Kind,
        /// Its manifest.
        #[serde(with = "parts")]
        manifest: String,
        /// Where its bytes are.
        place: Place,
        /// The key that they are sealed with.
        key: KeptKey,
    },
    /// A sharing statement.
    Sharing(#[serde(with = "parts")] String),
    /// A withdrawal.
    Withdrawal(#[serde(with = "parts")] String),
    /// A fetch was started.
    FetchStarted {
        /// The manifest of the document.
        #[serde(with = "parts")]
        manifest: String,
        /// The file that it is written to.
        file: FileName,
        /// The key that the file is sealed with.
        key: KeptKey,
    },
    /// A fetch was given up.
    FetchEnded(OrganisationNumber, DocumentId),
    /// A document was erased.
    Erased {
        /// Whether it was this organisation's own.
        kind: Kind,
        /// Whose document.
        custodian: OrganisationNumber,
        /// Which.
        document: DocumentId,
        /// The erasure of an own one. It stays.
        #[serde(with = "optional_parts", default, skip_serializing_if = "Option::is_none")]
        statement: Option<String>,
    },
    /// An event of a referral.
    Event(By, #[serde(with = "parts")] String),
    /// The other side of a referral holds so many of this organisation's events.
    Delivered(ReferralName, u32),
    /// What waits for the other side of a referral is tried once more.
    Retried(ReferralName),
    /// A patient is searched for under these identifiers, each with the seed of its ticket in the access log.
    Sought(Vec<(Identifier, KeptSeed)>),
    /// Another organisation has announced a document that it shares with this one.
    Announced(KeptAnnouncement),
    /// An organisation was told of an own document.
    Told {
        /// Who.
        to: OrganisationNumber,
        /// Whose document.
        custodian: OrganisationNumber,
        /// Which.
        document: DocumentId,
    },
    /// A search has ended, or a part of it.
    Found(Box<Found>),
    /// These identifiers are one patient's: all that are known.
    Linked(Vec<Identifier>),
}

impl KeptFrame {
    /// Reads what stands in a frame.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, NotACommit> {
        let Members { v, record, changes, log, head, news } = form::decode(bytes)?;
        if v != VERSION {
            return Err(NotACommit);
        }
        match (record, head, news) {
            (Some(record), None, None) => Ok(Self::Commit(Kept { v, record, changes, log })),
            (None, Some(head), None) if changes.is_empty() && log.is_empty() => {
                Ok(Self::Head(head))
            }
            (None, None, Some(news)) if changes.is_empty() && log.is_empty() => {
                Ok(Self::News(news))
            }
            _ => Err(NotACommit),
        }
    }
}

/// The bytes of a head.
pub(crate) fn encode_head(head: Head) -> Result<Zeroizing<Vec<u8>>, NotACommit> {
    form::encode(&KeptHead { v: VERSION, head }, HEAD_BYTES)
}

impl Kept {
    /// A commit that changes nothing yet.
    pub(crate) fn new(record: Record) -> Self {
        Self { v: VERSION, record, changes: Vec::new(), log: Vec::new() }
    }

    /// Reads a commit.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, NotACommit> {
        match KeptFrame::decode(bytes)? {
            KeptFrame::Commit(kept) => Ok(kept),
            KeptFrame::Head(_) | KeptFrame::News(_) => Err(NotACommit),
        }
    }

    /// The bytes of the commit.
    pub(crate) fn encode(&self) -> Result<Zeroizing<Vec<u8>>, NotACommit> {
        let changes = self.changes.iter();
        let statements = changes.map(|change| change.bytes().saturating_add(384));
        let question = self.record.question.as_ref().map_or(0, String::len);
        let abouts = self.record.about.len().saturating_mul(256);
        let bytes = statements.chain([question, abouts, 1024]).fold(0, usize::saturating_add);
        form::encode(self, bytes)
    }

    /// What it means to the index.
    pub(crate) fn effects(&self) -> Result<Effects, NotACommit> {
        let (mut effects, mut entries) = (Effects::of(&self.record), self.entries());
        for change in &self.changes {
            let effect = match change {
                KeptChange::Sought(sought) => Some(tickets::of(&self.record, sought)?),
                change => change.effect()?,
            };
            if let Some(entry) = change.logged_as().and_then(|_| entries.next()) {
                effects.logged.push(Logged::of(effect.as_ref(), entry));
            }
            effects.changes.extend(effect);
        }
        Ok(effects)
    }

    /// The changes that the log says something of, and what.
    pub(crate) fn logged(&self) -> impl Iterator<Item = (&KeptChange, LoggedAs, &KeptSalt)> {
        let changes = self.changes.iter().filter_map(|change| Some((change, change.logged_as()?)));
        changes.zip(&self.log).map(|((change, as_), kept)| (change, as_, kept))
    }

    /// The entries that it makes in the log, in their order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> {
        self.logged()
            .map(|(change, as_, kept)| as_.entry(kept.commitment(change.logged_statement())))
    }
}

impl KeptChange {
    /// What it means to the index; nothing once its document was erased.
    fn effect(&self) -> Result<Option<Effect>, NotACommit> {
        if self.statement().is_some_and(str::is_empty) {
            return Ok(None);
        }
        Ok(Some(match self {
            Self::Document { kind, manifest, place, .. } => {
                Effect::here(statement::<Manifest>(manifest)?.claimed(), *kind, place.file())
            }
            Self::Sharing(change) => Effect::shared(statement(change)?.claimed()),
            Self::Withdrawal(withdrawal) => Effect::withdrawn(statement(withdrawal)?.claimed()),
            Self::FetchStarted { manifest, file, .. } => {
                Effect::FetchStarted(DocumentName::of(statement(manifest)?.claimed()), *file)
            }
            Self::FetchEnded(custodian, document) => {
                Effect::FetchEnded(DocumentName { custodian: *custodian, document: *document })
            }
            Self::Erased { kind, custodian, document, .. } => {
                Effect::Erased(DocumentName { custodian: *custodian, document: *document }, *kind)
            }
            Self::Event(by, event) => {
                Effect::Event(*by, Box::new((&statement::<Event>(event)?).into()))
            }
            Self::Delivered(name, to) => Effect::Delivered(*name, *to),
            Self::Retried(name) => Effect::Retried(*name),
            Self::Announced(kept) => {
                Effect::known(statement::<Manifest>(&kept.manifest)?.claimed())
            }
            Self::Told { to, custodian, document } => {
                Effect::Told(*to, DocumentName { custodian: *custodian, document: *document })
            }
            // Its tickets follow from the record beside it.
            Self::Sought(_) => return Ok(None),
            Self::Found(found) => Effect::found(found),
            Self::Linked(group) => Effect::Linked(group.clone()),
        }))
    }

    /// In which type of entry it stands in the log. Nothing that concerns a copy does; it is its custodian's to log.
    pub(crate) fn logged_as(&self) -> Option<LoggedAs> {
        match self {
            Self::Document { kind: Kind::Own, .. }
            | Self::Sharing(_)
            | Self::Withdrawal(_)
            | Self::Event(By::Here, _) => Some(LoggedAs::Record),
            Self::Erased { statement: Some(_), .. } => Some(LoggedAs::Erase),
            Self::Document { kind: Kind::Copy, .. }
            | Self::FetchStarted { .. }
            | Self::FetchEnded(..)
            | Self::Erased { statement: None, .. }
            | Self::Event(By::There | By::Back, _)
            | Self::Delivered(..)
            | Self::Retried(_)
            | Self::Sought(_)
            | Self::Announced(_)
            | Self::Told { .. }
            | Self::Found(_)
            | Self::Linked(_) => None,
        }
    }

    /// The statement that the log commits to; nothing once it was erased.
    pub(crate) fn logged_statement(&self) -> Option<&str> {
        let statement = match self {
            Self::Erased { statement, .. } => statement.as_deref(),
            Self::Document { .. }
            | Self::Sharing(_)
            | Self::Withdrawal(_)
            | Self::FetchStarted { .. }
            | Self::FetchEnded(..)
            | Self::Event(..)
            | Self::Delivered(..)
            | Self::Retried(_)
            | Self::Sought(_)
            | Self::Announced(_)
            | Self::Told { .. }
            | Self::Found(_)
            | Self::Linked(_) => self.statement(),
        };
        statement.filter(|statement| !statement.is_empty())
    }

    /// The document that the change says something of; nothing when it says nothing any more, or no more than a name.
    pub(crate) fn about(&self) -> Option<DocumentName> {
        match self.effect().ok()?? {
            Effect::Here { name, .. }
            | Effect::Shared { name, .. }
            | Effect::Withdrawn(name)
            | Effect::Known { name, .. }
            | Effect::FetchStarted(name, _) => Some(name),
            Effect::FetchEnded(_)
            | Effect::Erased(..)
            | Effect::Event(..)
            | Effect::Delivered(..)
            | Effect::Retried(_)
            | Effect::Sought(_)
            | Effect::Told(..)
            | Effect::Found(_)
            | Effect::Linked(_) => None,
        }
    }

    /// Takes away the statement and the key.
    pub(crate) fn blank(&mut self) {
        match self {
            Self::Document { manifest: statement, key, .. }
            | Self::FetchStarted { manifest: statement, key, .. } => {
                statement.clear();
                *key = KeptKey::blank();
            }
            Self::Sharing(statement) | Self::Withdrawal(statement) | Self::Event(_, statement) => {
                statement.clear();
            }
            Self::Announced(kept) => kept.blank(),
            Self::FetchEnded(..)
            | Self::Erased { .. }
            | Self::Delivered(..)
            | Self::Retried(_)
            | Self::Sought(_)
            | Self::Told { .. }
            | Self::Linked(_)
            | Self::Found(_) => {}
        }
    }

    /// How many bytes what it says takes, at most.
    fn bytes(&self) -> usize {
        match self {
            Self::Found(found) => found.bytes(),
            Self::Announced(kept) => kept.bytes(),
            _ => self.statement().map_or(0, str::len),
        }
    }

    fn statement(&self) -> Option<&str> {
        match self {
            Self::Document { manifest: statement, .. }
            | Self::FetchStarted { manifest: statement, .. }
            | Self::Sharing(statement)
            | Self::Withdrawal(statement)
            | Self::Event(_, statement) => Some(statement),
            Self::Announced(kept) => Some(&kept.manifest),
            Self::FetchEnded(..)
            | Self::Erased { .. }
            | Self::Delivered(..)
            | Self::Retried(_)
            | Self::Sought(_)
            | Self::Told { .. }
            | Self::Found(_)
            | Self::Linked(_) => None,
        }
    }
}

/// Reads a statement that was verified before it was committed. The seal of the journal stands for that.
pub(crate) fn statement<T: Statement>(compact: &str) -> Result<Claimed<T>, NotACommit> {
    Claimed::parse(compact, STATEMENT_BYTES_MAX).ok().ok_or(NotACommit)
}
