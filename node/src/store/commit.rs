//! A commit: everything that one use case changes, together with the record of the access. It is written whole or not at all.
//!
//! In the journal a commit is one CBOR map (RFC 8949) whose member `v` is the version of its form. Statements stand in it
//! to the byte, as they were signed.

use std::fmt;

use budstikke_keys::jws::{Claimed, Statement, Verified};
use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::access::record::Record;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::{SharingChange, Withdrawal};
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteArray;
use zeroize::Zeroizing;

use super::bytes::length;
use super::documents::body::{Body, Place, Sealed};
use super::documents::fetch::Fetch;
use super::documents::name::FileName;
use super::effects::{Effect, Effects};
use super::names::{DocumentName, Kind};

/// The version of the form of commits.
const VERSION: u8 = 1;

/// What a use case wants to be durable.
#[must_use = "a commit does nothing until the store has taken it"]
pub struct Commit {
    kept: Kept,
    effects: Effects,
    attachments: Vec<u8>,
}

/// A change of what is kept.
#[derive(Debug)]
pub enum Change<'a> {
    /// A document of this organisation was published.
    Published {
        /// Its manifest.
        manifest: &'a Verified<Manifest>,
        /// Its bytes, as written before.
        body: Body,
    },
    /// The custodian has said anew who may read a document.
    SharingChanged(&'a Verified<SharingChange>),
    /// The custodian has withdrawn a document.
    Withdrawn(&'a Verified<Withdrawal>),
    /// A document is going to be fetched into a file.
    FetchStarted(&'a Fetch),
    /// A fetch was given up; what it had written is removed.
    FetchEnded {
        /// Whose document.
        custodian: OrganisationNumber,
        /// Which.
        document: DocumentId,
    },
    /// A document was fetched whole. Its fetch, if one was started, has ended with it.
    CopyKept {
        /// Its manifest.
        manifest: &'a Verified<Manifest>,
        /// Its bytes, as written before.
        body: Body,
    },
    /// A document is erased, and its fetch, if one was started: every statement about it, its key and its bytes.
    Erased {
        /// Whether it is this organisation's own.
        kind: Kind,
        /// Whose document.
        custodian: OrganisationNumber,
        /// Which.
        document: DocumentId,
    },
}

/// A commit as it stands in the journal.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    v: u8,
    /// The access.
    pub(crate) record: Record,
    /// What changed with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) changes: Vec<KeptChange>,
}

/// A change as it stands in the journal. One whose document was erased stands there still, at its length, with spaces for its
/// statement: it says nothing any more.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeptChange {
    /// A document is here from now on.
    Document {
        /// Whose.
        kind: Kind,
        /// Its manifest.
        manifest: String,
        /// Where its bytes are.
        place: Place,
        /// The key that they are sealed with.
        key: KeptKey,
    },
    /// A sharing statement.
    Sharing(String),
    /// A withdrawal.
    Withdrawal(String),
    /// A fetch was started.
    FetchStarted {
        /// The manifest of the document.
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
    },
}

/// The key of one document. It lies in the journal only, sealed with the commit.
pub(crate) struct KeptKey(Zeroizing<[u8; 32]>);

/// A commit on its way to the writer.
#[derive(Debug)]
pub(crate) struct Order {
    /// The commit, not yet sealed.
    pub(crate) commit: Zeroizing<Vec<u8>>,
    /// What rides with it.
    pub(crate) attachments: Vec<u8>,
    /// What it means to the index.
    pub(crate) effects: Effects,
}

/// The bytes are not a commit of a version that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotACommit;

impl Commit {
    /// A commit that holds the record of an access; there is none without.
    pub fn new(record: Record) -> Self {
        let effects = Effects::of(&record);
        Self {
            kept: Kept { v: VERSION, record, changes: Vec::new() },
            effects,
            attachments: Vec::new(),
        }
    }

    /// The same, with a change.
    pub fn with(mut self, change: Change<'_>) -> Self {
        let (kept, effect) = match change {
            Change::Published { manifest, body } => self.document(Kind::Own, manifest, body),
            Change::CopyKept { manifest, body } => self.document(Kind::Copy, manifest, body),
            Change::SharingChanged(statement) => (
                KeptChange::Sharing(statement.compact().to_owned()),
                Effect::shared(statement.statement()),
            ),
            Change::Withdrawn(statement) => (
                KeptChange::Withdrawal(statement.compact().to_owned()),
                Effect::withdrawn(statement.statement()),
            ),
            Change::FetchStarted(fetch) => {
                let (manifest, file, key) =
                    (fetch.manifest().to_owned(), fetch.file(), KeptKey::of(fetch.key()));
                (
                    KeptChange::FetchStarted { manifest, file, key },
                    Effect::FetchStarted(fetch.name(), file),
                )
            }
            Change::FetchEnded { custodian, document } => {
                let name = DocumentName { custodian, document };
                (KeptChange::FetchEnded(custodian, document), Effect::FetchEnded(name))
            }
            Change::Erased { kind, custodian, document } => {
                let name = DocumentName { custodian, document };
                (KeptChange::Erased { kind, custodian, document }, Effect::Erased(name, kind))
            }
        };
        self.kept.changes.push(kept);
        self.effects.changes.push(effect);
        self
    }

    /// The commit as the writer takes it.
    pub(crate) fn into_order(self) -> Result<Order, NotACommit> {
        let commit = self.kept.encode()?;
        Ok(Order { commit, attachments: self.attachments, effects: self.effects })
    }

    fn document(
        &mut self,
        kind: Kind,
        manifest: &Verified<Manifest>,
        body: Body,
    ) -> (KeptChange, Effect) {
        let (key, place) = match body.bytes {
            Sealed::File(file) => (body.key, Place::File(file)),
            Sealed::Attached(bytes) => {
                let at = length(&self.attachments);
                self.attachments.extend_from_slice(&bytes);
                (body.key, Place::Attached { at })
            }
        };
        let kept = KeptChange::Document {
            kind,
            manifest: manifest.compact().to_owned(),
            place,
            key: KeptKey::of(&key),
        };
        (kept, Effect::here(manifest.statement(), kind, place.file()))
    }
}

/// Shows what kind of access it is about, and nothing of whom.
impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("action", &self.kept.record.action).finish_non_exhaustive()
    }
}

impl Kept {
    /// Reads a commit.
    pub(crate) fn decode(mut bytes: &[u8]) -> Result<Self, NotACommit> {
        let kept: Self = ciborium::from_reader(&mut bytes).ok().ok_or(NotACommit)?;
        if kept.v == VERSION && bytes.is_empty() { Ok(kept) } else { Err(NotACommit) }
    }

    /// The bytes of the commit.
    pub(crate) fn encode(&self) -> Result<Zeroizing<Vec<u8>>, NotACommit> {
        // Grown in one step: a buffer that moves leaves a copy of the keys behind.
        let changes = self.changes.iter();
        let statements =
            changes.map(|change| change.statement().map_or(0, str::len).saturating_add(256));
        let question = self.record.question.as_ref().map_or(0, String::len);
        let abouts = self.record.about.len().saturating_mul(256);
        let bytes = statements.chain([question, abouts, 1024]).fold(0, usize::saturating_add);
        let mut commit = Zeroizing::new(Vec::with_capacity(bytes));
        ciborium::into_writer(self, &mut *commit).ok().ok_or(NotACommit)?;
        Ok(commit)
    }

    /// What it means to the index.
    pub(crate) fn effects(&self) -> Result<Effects, NotACommit> {
        let mut effects = Effects::of(&self.record);
        let changes = self.changes.iter().filter_map(|change| change.effect().transpose());
        effects.changes = changes.collect::<Result<_, _>>()?;
        Ok(effects)
    }
}

impl KeptChange {
    /// What it means to the index; nothing once its document was erased.
    fn effect(&self) -> Result<Option<Effect>, NotACommit> {
        if self.statement().is_some_and(is_blank) {
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
            Self::Erased { kind, custodian, document } => {
                Effect::Erased(DocumentName { custodian: *custodian, document: *document }, *kind)
            }
        }))
    }

    /// The document that the change says something of; nothing when it says nothing any more, or no more than a name.
    pub(crate) fn about(&self) -> Option<DocumentName> {
        match self.effect().ok()?? {
            Effect::Here { name, .. }
            | Effect::Shared { name, .. }
            | Effect::Withdrawn(name)
            | Effect::FetchStarted(name, _) => Some(name),
            Effect::FetchEnded(_) | Effect::Erased(..) => None,
        }
    }

    /// Takes away the statement and the key, and leaves what has the same length once it is encoded.
    pub(crate) fn blank(&mut self) {
        match self {
            Self::Document { manifest: statement, key, .. }
            | Self::FetchStarted { manifest: statement, key, .. } => {
                *statement = " ".repeat(statement.len());
                *key = KeptKey(Zeroizing::new([0; 32]));
            }
            Self::Sharing(statement) | Self::Withdrawal(statement) => {
                *statement = " ".repeat(statement.len());
            }
            Self::FetchEnded(..) | Self::Erased { .. } => {}
        }
    }

    fn statement(&self) -> Option<&str> {
        match self {
            Self::Document { manifest: statement, .. }
            | Self::FetchStarted { manifest: statement, .. }
            | Self::Sharing(statement)
            | Self::Withdrawal(statement) => Some(statement),
            Self::FetchEnded(..) | Self::Erased { .. } => None,
        }
    }
}

/// Whether nothing is left of a statement but spaces: its document was erased.
fn is_blank(statement: &str) -> bool {
    statement.bytes().all(|byte| byte == b' ')
}

/// Reads a statement that was verified before it was committed. The seal of the journal stands for that.
pub(crate) fn statement<T: Statement>(compact: &str) -> Result<Claimed<T>, NotACommit> {
    Claimed::parse(compact, STATEMENT_BYTES_MAX).ok().ok_or(NotACommit)
}

impl KeptKey {
    fn of(key: &SymmetricKey) -> Self {
        Self(key.bytes())
    }

    /// The key.
    pub(crate) fn open(&self) -> SymmetricKey {
        SymmetricKey::from_bytes(self.0.clone())
    }
}

impl Serialize for KeptKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_slice())
    }
}

impl<'de> Deserialize<'de> for KeptKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ByteArray::deserialize(deserializer).map(|bytes| Self(Zeroizing::new(bytes.into_array())))
    }
}
