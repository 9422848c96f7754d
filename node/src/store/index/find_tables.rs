//! The tables of searches.
//!
//! | table | key | value |
//! |---|---|---|
//! | find | id, position | –; a part of what that search found stands there |
//! | found | MAC of the identifier, member | where in the journal it stands what the member said last |
//! | inflated | member | see [`InflatedRow`] |

use budstikke_protocol::ids::{FindId, OrganisationNumber};
use serde::{Deserialize, Serialize};

use super::tables::{PatientMac, Table, organisation, parse_organisation};
use crate::store::journal::frame::Position;

/// A member that has claimed records and showed none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InflatedRow {
    /// In which epoch of its index.
    pub(crate) epoch: u32,
    /// Where in the journal the evidence stands.
    pub(crate) at: Position,
}

/// The key of a part of what a search found.
pub(crate) fn part(find: FindId, at: Position) -> Vec<u8> {
    Table::Find.key(&[&find.to_bytes(), &at.to_bytes()])
}

/// What the keys begin with of what a search found.
pub(crate) fn of_find(find: FindId) -> Vec<u8> {
    Table::Find.key(&[&find.to_bytes()])
}

/// The key of what a member said last of a patient.
pub(crate) fn found(patient: &PatientMac, member: OrganisationNumber) -> Vec<u8> {
    Table::Found.key(&[patient, &organisation(member)])
}

/// The key of a member that has claimed records and showed none.
pub(crate) fn inflated(member: OrganisationNumber) -> Vec<u8> {
    Table::Inflated.key(&[&organisation(member)])
}

/// The position that a key of the table `find` ends with.
pub(crate) fn position_in_key(key: &[u8]) -> Option<Position> {
    key.last_chunk::<{ Position::BYTES }>().copied().map(Position::from_bytes)
}

/// The member that a key of the tables `found` and `inflated` ends with.
pub(crate) fn member_in_key(key: &[u8]) -> Option<OrganisationNumber> {
    parse_organisation(*key.last_chunk()?)
}
