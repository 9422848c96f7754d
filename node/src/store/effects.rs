//! What a commit means to the index: the facts of it, without the statements and keys that stay in the journal.

use std::collections::BTreeSet;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::record::Record;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::{Sharing, SharingChange, Withdrawal};
use budstikke_protocol::ids::{Nonce, OrganisationNumber};
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::patient::Identifier;

use super::documents::name::FileName;
use super::names::{DocumentName, Kind};

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
    /// The document that it is about; nothing once that was erased.
    pub(crate) name: Option<DocumentName>,
    /// Whether it is the first record of that document, of its manifest.
    pub(crate) is_manifest: bool,
    /// The entry.
    pub(crate) entry: Entry,
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
}

impl Effects {
    /// The facts of a commit that holds nothing but an access record.
    pub(crate) fn of(record: &Record) -> Self {
        let patients = record.about.iter().filter_map(|about| about.patient.clone()).collect();
        Self {
            time: record.time,
            patients,
            nonce: record.nonce,
            changes: Vec::new(),
            logged: Vec::new(),
        }
    }

    /// How many entries of the commit stand in the log before that of the manifest of this document.
    pub(crate) fn before_manifest(&self, name: DocumentName) -> Option<u64> {
        let is_it = |logged: &Logged| logged.is_manifest && logged.name == Some(name);
        u64::try_from(self.logged.iter().position(is_it)?).ok()
    }
}

impl Logged {
    /// The entry that a change makes.
    pub(crate) fn of(effect: Option<&Effect>, entry: Entry) -> Self {
        let is_manifest = matches!(effect, Some(Effect::Here { .. }));
        Self { name: effect.map(Effect::name), is_manifest, entry }
    }
}

impl Effect {
    /// The document that it is about.
    pub(crate) fn name(&self) -> DocumentName {
        match self {
            Self::Here { name, .. }
            | Self::Shared { name, .. }
            | Self::Withdrawn(name)
            | Self::FetchStarted(name, _)
            | Self::FetchEnded(name)
            | Self::Erased(name, _) => *name,
        }
    }

    /// The fact that a document is here.
    pub(crate) fn here(manifest: &Manifest, kind: Kind, file: Option<FileName>) -> Self {
        let (patient, named) = (manifest.patient.clone(), named(&manifest.sharing));
        Self::Here { name: DocumentName::of(manifest), kind, patient, named, file }
    }

    /// The fact that it is shared anew.
    pub(crate) fn shared(change: &SharingChange) -> Self {
        let name = DocumentName { custodian: change.organisation, document: change.document };
        Self::Shared { name, sequence: change.sequence, named: named(&change.sharing) }
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
