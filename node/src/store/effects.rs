//! What a commit means to the index: the facts of it, without the statements and keys that stay in the journal.

use std::collections::BTreeSet;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::record::Record;
use budstikke_protocol::document::codes::Confidentiality;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::{Sharing, SharingChange, Withdrawal};
use budstikke_protocol::ids::{FindId, Nonce, OrganisationNumber};
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::patient::Identifier;
use budstikke_protocol::referral::event::{Kept as KeptEvent, ReferralName};

use super::documents::name::FileName;
use super::finds::found::Found;
use super::names::{By, DocumentName, EventPlace, Kind};

/// The facts of one commit.
#[derive(Debug)]
pub(crate) struct Effects {
    /// When the access was decided.
    pub(crate) time: Timestamp,
    /// The patients whose data it was about.
    pub(crate) patients: BTreeSet<Identifier>,
    /// The nonce that it used up.
    pub(crate) nonce: Option<Nonce>,
    /// What else changed.
    pub(crate) changes: Vec<Effect>,
    /// The entries that it makes in the log, in their order.
    pub(crate) logged: Vec<Logged>,
}

/// An entry in the log.
#[derive(Debug)]
pub(crate) struct Logged {
    /// What it is about; nothing once that was erased.
    pub(crate) about: Option<Subject>,
    /// The entry.
    pub(crate) entry: Entry,
}

/// What a change, and an entry in the log, is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A document, of which it is the first that is said.
    Manifest(DocumentName),
    /// A document.
    Document(DocumentName),
    /// An event of a referral.
    Event(EventPlace),
}

/// The facts of one change.
#[derive(Debug)]
pub(crate) enum Effect {
    /// A document is here from now on.
    Here {
        /// Which.
        name: DocumentName,
        /// Whose.
        kind: Kind,
        /// Whom it is about.
        patient: Identifier,
        /// Who may read it by name.
        named: BTreeSet<OrganisationNumber>,
        /// Its file, unless it rides in the journal.
        file: Option<FileName>,
        /// Whether it may stand in its patient's list: neither restricted nor blocked.
        is_open: bool,
    },
    /// Its custodian has said anew who may read it.
    Shared {
        /// Which.
        name: DocumentName,
        /// The number of the statement.
        sequence: u64,
        /// Who may read it by name.
        named: BTreeSet<OrganisationNumber>,
    },
    /// Its custodian has withdrawn it.
    Withdrawn(DocumentName),
    /// It is being fetched into a file.
    FetchStarted(DocumentName, FileName),
    /// It is no longer being fetched.
    FetchEnded(DocumentName),
    /// It is erased, with everything that was said of it before.
    Erased(DocumentName, Kind),
    /// An event of a referral is here from now on.
    Event(By, Box<KeptEvent>),
    /// The other side of a referral holds so many of this organisation's events.
    Delivered(ReferralName, u32),
    /// What waits for the other side of a referral is tried once more.
    Retried(ReferralName),
    /// These identifiers are one patient's.
    Linked(Vec<Identifier>),
    /// A patient is searched for: the tickets in the access log.
    Sought(Vec<Sha256Digest>),
    /// Another organisation has announced a document of its own.
    Known {
        /// Which.
        name: DocumentName,
        /// Whom it is about.
        patient: Identifier,
    },
    /// An organisation was told of a document that is shared with it.
    Told(OrganisationNumber, DocumentName),
    /// A search has ended.
    Found(Box<FoundEffect>),
}

/// The facts of a search that has ended, or of a part of it.
#[derive(Debug)]
pub(crate) struct FoundEffect {
    /// Which.
    pub(crate) find: FindId,
    /// Every identifier that the patient was sought under.
    pub(crate) patients: Vec<Identifier>,
    /// The members that have said what they have.
    pub(crate) answered: Vec<OrganisationNumber>,
    /// The members that have claimed records and showed none, each with its epoch.
    pub(crate) inflated: Vec<(OrganisationNumber, u32)>,
}

impl Effects {
    /// The facts of a commit that holds nothing but an access record.
    pub(crate) fn of(record: &Record) -> Self {
        let documents = record.about.iter().filter_map(|about| about.patient.clone());
        let referrals = record.referrals.iter().map(|about| about.patient.clone());
        let patients = documents.chain(referrals).chain(record.patients.iter().cloned()).collect();
        Self {
            time: record.time,
            patients,
            nonce: record.nonce,
            changes: Vec::new(),
            logged: Vec::new(),
        }
    }

    /// How many entries of the commit stand in the log before that of the manifest of this document, and that entry.
    pub(crate) fn of_manifest(&self, name: DocumentName) -> Option<(u64, &Entry)> {
        let is_it = |logged: &Logged| logged.about == Some(Subject::Manifest(name));
        let (before, logged) = self.logged.iter().enumerate().find(|(_, logged)| is_it(logged))?;
        Some((u64::try_from(before).ok()?, &logged.entry))
    }

    /// The identifiers of every patient that the commit names.
    pub(crate) fn identifiers(&self) -> BTreeSet<&Identifier> {
        let changed = self.changes.iter().flat_map(|effect| match effect {
            Effect::Here { patient, .. } => std::slice::from_ref(patient),
            Effect::Linked(group) => group.as_slice(),
            Effect::Shared { .. }
            | Effect::Withdrawn(_)
            | Effect::FetchStarted(..)
            | Effect::FetchEnded(_)
            | Effect::Erased(..)
            | Effect::Event(..)
            | Effect::Delivered(..)
            | Effect::Retried(_)
            | Effect::Sought(_)
            | Effect::Known { .. }
            | Effect::Told(..)
            | Effect::Found(_) => &[],
        });
        self.patients.iter().chain(changed).collect()
    }

    /// Whether the commit may change what a list holds.
    pub(crate) fn may_relist(&self) -> bool {
        self.changes.iter().any(|effect| match effect {
            Effect::Here { kind, is_open, .. } => *kind == Kind::Own && *is_open,
            Effect::Erased(_, kind) => *kind == Kind::Own,
            Effect::Withdrawn(_) | Effect::Linked(_) => true,
            Effect::Shared { .. }
            | Effect::FetchStarted(..)
            | Effect::FetchEnded(_)
            | Effect::Event(..)
            | Effect::Delivered(..)
            | Effect::Retried(_)
            | Effect::Sought(_)
            | Effect::Known { .. }
            | Effect::Told(..)
            | Effect::Found(_) => false,
        })
    }
}

impl Logged {
    /// The entry that a change makes.
    pub(crate) fn of(effect: Option<&Effect>, entry: Entry) -> Self {
        Self { about: effect.and_then(Effect::subject), entry }
    }
}

impl Effect {
    /// What it is about; nothing when no statement comes with it.
    pub(crate) fn subject(&self) -> Option<Subject> {
        match self {
            Self::Here { name, .. } => Some(Subject::Manifest(*name)),
            Self::Shared { name, .. }
            | Self::Withdrawn(name)
            | Self::FetchStarted(name, _)
            | Self::FetchEnded(name)
            | Self::Erased(name, _) => Some(Subject::Document(*name)),
            Self::Event(_, event) => Some(Subject::Event(EventPlace::of(&event.event))),
            Self::Delivered(..)
            | Self::Retried(_)
            | Self::Sought(_)
            | Self::Known { .. }
            | Self::Told(..)
            | Self::Found(_)
            | Self::Linked(_) => None,
        }
    }

    /// The fact that a document is here.
    pub(crate) fn here(manifest: &Manifest, kind: Kind, file: Option<FileName>) -> Self {
        let (patient, named) = (manifest.patient.clone(), named(&manifest.sharing));
        let is_open = manifest.confidentiality == Confidentiality::N && manifest.blocks.is_empty();
        Self::Here { name: DocumentName::of(manifest), kind, patient, named, file, is_open }
    }

    /// The fact that another organisation has announced it.
    pub(crate) fn known(manifest: &Manifest) -> Self {
        Self::Known { name: DocumentName::of(manifest), patient: manifest.patient.clone() }
    }

    /// The fact that it is shared anew.
    pub(crate) fn shared(change: &SharingChange) -> Self {
        let name = DocumentName { custodian: change.organisation, document: change.document };
        Self::Shared { name, sequence: change.sequence, named: named(&change.sharing) }
    }

    /// The fact that a search has found this.
    pub(crate) fn found(found: &Found) -> Self {
        let members = found.members.iter();
        let answered = members.clone().filter(|said| said.is_answer()).map(|said| said.member);
        let inflated = members.filter_map(|said| Some((said.member, said.inflated_in()?)));
        Self::Found(Box::new(FoundEffect {
            find: found.find,
            patients: found.patients.clone(),
            answered: answered.collect(),
            inflated: inflated.collect(),
        }))
    }

    /// The fact that it is withdrawn.
    pub(crate) fn withdrawn(withdrawal: &Withdrawal) -> Self {
        Self::Withdrawn(DocumentName {
            custodian: withdrawal.organisation,
            document: withdrawal.document,
        })
    }
}

fn named(sharing: &Sharing) -> BTreeSet<OrganisationNumber> {
    match sharing {
        Sharing::Organisations(named) => named.clone(),
        Sharing::Nobody | Sharing::Federation => BTreeSet::new(),
    }
}
