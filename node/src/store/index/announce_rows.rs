//! What announcements do to the rows of the index.
//!
//! | table | key | value |
//! |---|---|---|
//! | announce | organisation, custodian, id | –; that own document is shared with it by name, and it was not told of it yet |
//! | known | MAC of the identifier, custodian, id | where in the journal the announcement of that document of another organisation stands |

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::patient::Identifier;

use super::draft::Rows;
use super::mode::RowsError;
use super::tables::{PatientMac, Table, organisation, parse_organisation};
use crate::store::bytes::take;
use crate::store::journal::frame::Position;
use crate::store::names::DocumentName;

/// The key of a document of which an organisation is to be told.
pub(crate) fn announce(to: OrganisationNumber, name: DocumentName) -> Vec<u8> {
    let (custodian, document) = (organisation(name.custodian), name.document.to_bytes());
    Table::Announce.key(&[&organisation(to), &custodian, &document])
}

/// What the keys of the table `announce` begin with that concern an organisation.
pub(crate) fn announce_to(to: OrganisationNumber) -> Vec<u8> {
    Table::Announce.key(&[&organisation(to)])
}

/// The organisation that is to be told.
pub(crate) fn receiver_in_key(key: &[u8]) -> Option<OrganisationNumber> {
    let mut rest = key.get(1..)?;
    parse_organisation(take(&mut rest)?)
}

/// The key of a document of a patient that was announced.
pub(crate) fn known(patient: &PatientMac, name: DocumentName) -> Vec<u8> {
    Table::Known.key(&[patient, &organisation(name.custodian), &name.document.to_bytes()])
}

impl Rows<'_> {
    /// A document of another organisation is known of from now on. It can be erased as a copy can.
    pub(super) fn known(
        &mut self,
        name: DocumentName,
        patient: &Identifier,
        at: Position,
    ) -> Result<(), RowsError> {
        self.trace(name, at, None)?;
        let mac = self.index.patient(patient.reveal());
        self.set(known(&mac, name), &at)
    }

    /// An organisation was told of a document.
    pub(super) fn told(&mut self, to: OrganisationNumber, name: DocumentName) {
        self.remove(announce(to, name));
    }

    /// Whether an organisation is still to be told of a document.
    pub(super) fn is_to_be_told(
        &self,
        to: OrganisationNumber,
        name: DocumentName,
    ) -> Result<bool, RowsError> {
        Ok(!self.keys(announce(to, name))?.is_empty())
    }
}
