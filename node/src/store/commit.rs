//! A commit: everything that one use case changes, together with the record of the access. It is written whole or not at all.

use std::fmt;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Verified;
use budstikke_protocol::access::record::Record;
use budstikke_protocol::document::erasure::Erasure;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::{SharingChange, Withdrawal};
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::index::ticket::TicketSeed;
use budstikke_protocol::log::commitment::{Commitment, Salt};
use budstikke_protocol::patient::Identifier;
use budstikke_protocol::referral::event::{Event, ReferralName};
use zeroize::Zeroizing;

use super::bytes::length;
use super::documents::body::{Body, Place, Sealed};
use super::documents::fetch::Fetch;
use super::effects::{Effect, Effects, Logged};
use super::finds::found::Found;
use super::form::NotACommit;
use super::kept::{Kept, KeptAnnouncement, KeptChange, KeptKey, KeptSalt, KeptSeed, tickets};
use super::lists::epoch::Labelled;
use super::names::{By, DocumentName, Kind};

/// What a use case wants to be durable.
#[must_use = "a commit does nothing until the store has taken it"]
pub struct Commit {
    kept: Kept,
    effects: Effects,
    attachments: Vec<u8>,
    /// The digests of the statements that go into the log.
    to_log: Vec<Sha256Digest>,
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
    /// The custodian has erased a document: every statement about it but this one, its key and its bytes.
    Erased(&'a Verified<Erasure>),
    /// The copy of a document is erased in the same way, and its fetch, if one was started.
    CopyErased {
        /// Whose document.
        custodian: OrganisationNumber,
        /// Which.
        document: DocumentId,
    },
    /// An event of a referral, from whomever it came.
    Event(By, &'a Verified<Event>),
    /// The other side of a referral has told how many of this organisation's events it holds.
    Delivered(ReferralName, u32),
    /// What waits for the other side of a referral is to be tried once more.
    Retried(ReferralName),
    /// Another organisation has announced a document that it shares with this one.
    Announced {
        /// The manifest.
        manifest: &'a Verified<Manifest>,
        /// The change of sharing that names this organisation, when the manifest does not.
        sharing: Option<&'a Verified<SharingChange>>,
        /// The receipt of the manifest, which was checked.
        receipt: &'a str,
    },
    /// An organisation was told of a document of this one.
    Told {
        /// Who.
        to: OrganisationNumber,
        /// Whose document.
        custodian: OrganisationNumber,
        /// Which.
        document: DocumentId,
    },
    /// A patient is going to be searched for under these identifiers, with a seed for the ticket of each.
    Sought(&'a [(Identifier, TicketSeed)]),
    /// A search has ended, or a part of it.
    Found(&'a Found),
    /// These identifiers are one patient's: all that are known, each once.
    Linked(&'a [Identifier]),
}

/// A commit on its way to the writer.
#[derive(Debug)]
pub(crate) struct Order {
    /// The commit, not yet sealed.
    pub(crate) commit: Zeroizing<Vec<u8>>,
    /// What rides with it.
    pub(crate) attachments: Vec<u8>,
    /// What it means to the index.
    pub(crate) effects: Effects,
    /// Whose lists it may change, with the labels that were computed for them.
    pub(crate) labels: Vec<Labelled>,
}

/// Why there is no order.
#[derive(Debug)]
pub(crate) enum OrderError {
    /// It cannot be written as a commit.
    Form(NotACommit),
    /// The operating system has no random bytes.
    Salt(std::io::Error),
}

impl From<NotACommit> for OrderError {
    fn from(error: NotACommit) -> Self {
        Self::Form(error)
    }
}

impl Commit {
    /// A commit that holds the record of an access; there is none without.
    pub fn new(record: Record) -> Self {
        let effects = Effects::of(&record);
        let (attachments, to_log) = Default::default();
        Self { kept: Kept::new(record), effects, attachments, to_log }
    }

    /// The same, with a change.
    pub fn with(mut self, change: Change<'_>) -> Self {
        let digest = change.digest();
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
            Change::FetchStarted(fetch) => fetch_started(fetch),
            Change::FetchEnded { custodian, document } => {
                let name = DocumentName { custodian, document };
                (KeptChange::FetchEnded(custodian, document), Effect::FetchEnded(name))
            }
            Change::Erased(erasure) => {
                let Erasure { document, organisation, .. } = *erasure.statement();
                erased((organisation, document), Kind::Own, Some(erasure.compact().to_owned()))
            }
            Change::CopyErased { custodian, document } => {
                erased((custodian, document), Kind::Copy, None)
            }
            Change::Event(by, event) => (
                KeptChange::Event(by, event.compact().to_owned()),
                Effect::Event(by, Box::new(event.into())),
            ),
            Change::Delivered(name, to) => {
                (KeptChange::Delivered(name, to), Effect::Delivered(name, to))
            }
            Change::Announced { manifest, sharing, receipt } => (
                KeptChange::Announced(KeptAnnouncement {
                    manifest: manifest.compact().to_owned(),
                    sharing: sharing.map(|change| change.compact().to_owned()),
                    receipt: receipt.to_owned(),
                }),
                Effect::known(manifest.statement()),
            ),
            Change::Told { to, custodian, document } => {
                let name = DocumentName { custodian, document };
                (KeptChange::Told { to, custodian, document }, Effect::Told(to, name))
            }
            Change::Retried(name) => (KeptChange::Retried(name), Effect::Retried(name)),
            Change::Sought(sought) => self.sought(sought),
            Change::Found(found) => {
                (KeptChange::Found(Box::new(found.clone())), Effect::found(found))
            }
            Change::Linked(group) => {
                (KeptChange::Linked(group.to_vec()), Effect::Linked(group.to_vec()))
            }
        };
        self.to_log.extend(digest);
        self.kept.changes.push(kept);
        self.effects.changes.push(effect);
        self
    }

    /// The commit as the writer takes it, with salts for the entries that it makes in the log.
    pub(crate) fn into_order(
        mut self,
        mut salt: impl FnMut() -> std::io::Result<Zeroizing<[u8; 32]>>,
    ) -> Result<Order, OrderError> {
        let logged = self.kept.changes.iter().zip(&self.effects.changes);
        let logged = logged.filter_map(|(change, effect)| Some((change.logged_as()?, effect)));
        for ((as_, effect), digest) in logged.zip(&self.to_log) {
            let salt = Salt::from_bytes(salt().map_err(OrderError::Salt)?);
            let entry = as_.entry(Commitment::to(*digest, &salt));
            self.effects.logged.push(Logged::of(Some(effect), entry));
            self.kept.log.push(KeptSalt::of(&salt));
        }
        let commit = self.kept.encode()?;
        let Self { attachments, effects, .. } = self;
        Ok(Order { commit, attachments, effects, labels: Vec::new() })
    }

    fn sought(&self, sought: &[(Identifier, TicketSeed)]) -> (KeptChange, Effect) {
        let kept: Vec<_> =
            sought.iter().map(|(of, seed)| (of.clone(), KeptSeed::of(seed))).collect();
        // A record that cannot be written is none that a ticket commits to: the commit is refused with it.
        let effect = tickets::of(&self.kept.record, &kept);
        (KeptChange::Sought(kept), effect.unwrap_or_else(|_| Effect::Sought(Vec::new())))
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

impl Change<'_> {
    /// The digest of the statement of this organisation that the change brings; a log holds those and no others.
    fn digest(&self) -> Option<Sha256Digest> {
        match self {
            Self::Published { manifest, .. } => Some(manifest.digest()),
            Self::SharingChanged(statement) => Some(statement.digest()),
            Self::Withdrawn(statement) => Some(statement.digest()),
            Self::Erased(statement) => Some(statement.digest()),
            Self::Event(By::Here, event) => Some(event.digest()),
            Self::FetchStarted(_)
            | Self::FetchEnded { .. }
            | Self::CopyKept { .. }
            | Self::CopyErased { .. }
            | Self::Event(By::There | By::Back, _)
            | Self::Delivered(..)
            | Self::Retried(_)
            | Self::Announced { .. }
            | Self::Told { .. }
            | Self::Sought(_)
            | Self::Found(_)
            | Self::Linked(_) => None,
        }
    }
}

/// The beginning of a fetch, and what it means to the index.
fn fetch_started(fetch: &Fetch) -> (KeptChange, Effect) {
    let (manifest, file, key) =
        (fetch.manifest().to_owned(), fetch.file(), KeptKey::of(fetch.key()));
    (KeptChange::FetchStarted { manifest, file, key }, Effect::FetchStarted(fetch.name(), file))
}

/// The erasure of a document, and what it means to the index.
fn erased(
    (custodian, document): (OrganisationNumber, DocumentId),
    kind: Kind,
    statement: Option<String>,
) -> (KeptChange, Effect) {
    let name = DocumentName { custodian, document };
    (KeptChange::Erased { kind, custodian, document, statement }, Effect::Erased(name, kind))
}

/// Shows what kind of access it is about, and nothing of whom.
impl fmt::Debug for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commit").field("action", &self.kept.record.action).finish_non_exhaustive()
    }
}
