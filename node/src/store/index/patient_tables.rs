//! The tables that are keyed by a patient: documents, lists that have changed, and which identifiers are one patient's.

use serde::{Deserialize, Serialize};

use super::tables::{PatientMac, Table, organisation, position_in_key};
use crate::store::journal::frame::Position;
use crate::store::names::DocumentName;

/// The identifiers of one patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkRow {
    /// The commit that says so.
    pub(crate) at: Position,
    /// The MACs of all of them, this one too.
    pub(crate) group: Vec<PatientMac>,
}

/// The key of a document of a patient.
pub(crate) fn patient(patient: &PatientMac, name: DocumentName) -> Vec<u8> {
    Table::Patient.key(&[patient, &organisation(name.custodian), &name.document.to_bytes()])
}

/// The patient that a key of the table `patient` begins with.
pub(crate) fn patient_in_key(key: &[u8]) -> Option<PatientMac> {
    key.get(1..)?.first_chunk().copied()
}

/// The key of what links an identifier to others.
pub(crate) fn linked(patient: &PatientMac) -> Vec<u8> {
    Table::Linked.key(&[patient])
}

/// The key that says that a list has changed; the commit at `at` names the patient.
pub(crate) fn relist(patient: &PatientMac, at: Position) -> Vec<u8> {
    Table::Relist.key(&[patient, &at.to_bytes()])
}

/// The patient and the commit in such a key.
pub(crate) fn relist_in_key(key: &[u8]) -> Option<(PatientMac, Position)> {
    Some((patient_in_key(key)?, position_in_key(key)?))
}
