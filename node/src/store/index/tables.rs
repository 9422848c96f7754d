//! The tables of the index: one sled tree, in which the first byte of a key names the table.
//!
//! Rows are written in the order of their keys, and what a crash leaves is a beginning of what was written. So the tables stand
//! in the order in which a commit must reach them: first what can be written twice, then the document, whose row says what
//! the others were derived from, and last up to where the index goes. (sled's batches, which are atomic, write to the disk
//! each by itself: they cost three times the rest of a commit.)
//!
//! Numbers in keys are big-endian and every part has a fixed length, so that keys order as their parts do.
//!
//! | table | key | value |
//! |---|---|---|
//! | attached, event, outbox, referral, referral by patient, unassessed | | see `referral_tables` |
//! | find, found, inflated | | see `find_tables` |
//! | access node, ticket | | see `ticket_rows` |
//! | announce, known | | see `announce_rows` |
//! | access | time, position | – |
//! | access by patient | MAC of the identifier, time, position | – |
//! | erasing | custodian, id, position | a file of the document; what stands there is erased, but not yet gone from the disk |
//! | fetch | custodian, id | where in the journal it was started, and its file |
//! | head | origin | what is known of that log, see `head_row` |
//! | linked | MAC of the identifier | the commit that says which identifiers are one patient's, and the MACs of all of them |
//! | leaf | index in the log | the entry, unless it stands in a full tile |
//! | nonce | time, nonce | – |
//! | relist | MAC of the identifier, a commit that names the patient | whether something was erased; the list has changed since the last head |
//! | patient | MAC of the identifier, custodian, id | where in the log its record stands, and its commitment, when it is listed; else – |
//! | record | custodian, id, index in the log | the commit that it is of, and the how manieth entry of that; the record of the manifest stands in the document's row |
//! | shared | asking organisation, id, custodian | – |
//! | trace | custodian, id, position | a file of the document; something is said of it there that its row does not point to |
//! | witnessed | size of the own log | where in the journal that witnessed checkpoint stands |
//! | document | custodian, id | where in the journal it stands, see [`DocumentRow`] |
//! | applied | – | up to where in the journal the index goes, and how much it must hold then |

use std::collections::BTreeSet;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::{DocumentId, Nonce, OrganisationNumber};
use budstikke_protocol::log::origin::Origin;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::store::bytes::take;
use crate::store::documents::name::FileName;
use crate::store::journal::frame::Position;
use crate::store::log::head::Head;
use crate::store::names::{DocumentName, Kind};

/// The version of the tables; an index of another version is rebuilt.
pub(crate) const VERSION: u32 = 11;

/// The tables, in the order in which a commit reaches them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    Attached,
    Event,
    Find,
    Inflated,
    Found,
    AccessNode,
    Outbox,
    ReferralByPatient,
    Referral,
    Ticket,
    Unassessed,
    Access,
    AccessByPatient,
    Announce,
    Erasing,
    Fetch,
    Head,
    Linked,
    Known,
    Leaf,
    Nonce,
    Relist,
    Patient,
    Record,
    Shared,
    Trace,
    Witnessed,
    Document,
    Applied,
}

/// The first half of the MAC of a patient identifier: 128 bits keep patients apart, and there are two rows of each access.
pub(crate) type PatientMac = [u8; 16];

/// Up to where the index goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Applied {
    /// The version of the tables.
    pub(crate) version: u32,
    /// The last frame whose rows are here.
    pub(crate) last: Position,
    /// How many commits that makes, and so how many rows of accesses.
    pub(crate) frames: u64,
    /// How many documents there are.
    pub(crate) documents: u64,
    /// Of how many logs something is known.
    pub(crate) heads: u64,
    /// How many events of referrals there are.
    pub(crate) events: u64,
    /// The log up to there.
    pub(crate) log: LogRow,
    /// How many tickets the access log has.
    pub(crate) tickets: u64,
}

/// A document that is here, or was erased. There are as many of these rows as documents, so the names of the members are short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DocumentRow {
    /// Whose it is.
    #[serde(rename = "k")]
    pub(crate) kind: Kind,
    /// The commit with its manifest.
    #[serde(rename = "a")]
    pub(crate) at: Position,
    /// Its file, unless it rides in that commit.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<FileName>,
    /// Who may read it by name: whose rows in the table `shared` are to go when that changes.
    #[serde(rename = "n", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) named: BTreeSet<OrganisationNumber>,
    /// The commit with the latest sharing statement, and its number.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(crate) sharing: Option<(Position, u64)>,
    /// The commit with the withdrawal.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub(crate) withdrawal: Option<Position>,
    /// The index of its manifest's record in the log.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub(crate) logged: Option<u64>,
    /// The commit that has erased it. The row stays, so that who asks can be told.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub(crate) erased: Option<Position>,
}

/// The log, as far as the index goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogRow {
    /// How many entries it has.
    pub(crate) entries: u64,
    /// How many of them are RECORD.
    pub(crate) records: u64,
    /// The last head.
    pub(crate) head: Option<Head>,
    /// How many entries have no row any more, because they stand in full tiles.
    pub(crate) tiled: u64,
    /// Up to where the access log is tied to it, and by which entry.
    pub(crate) anchored: Option<Anchored>,
}

/// How far the access log is tied to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Anchored {
    /// How many tickets it had.
    pub(crate) tickets: u64,
    /// The entry that commits to its checkpoint.
    pub(crate) entry: u64,
}

/// A document that is being fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FetchRow {
    /// The commit that started it.
    pub(crate) at: Position,
    /// Its file.
    pub(crate) file: FileName,
}

impl DocumentRow {
    /// Whether it was not erased.
    pub(crate) fn is_here(&self) -> bool {
        self.erased.is_none()
    }
}

impl Table {
    /// Every table, in their order.
    pub(crate) const ALL: [Self; 29] = [
        Self::Attached,
        Self::Event,
        Self::Find,
        Self::Inflated,
        Self::Found,
        Self::AccessNode,
        Self::Outbox,
        Self::ReferralByPatient,
        Self::Referral,
        Self::Ticket,
        Self::Unassessed,
        Self::Access,
        Self::AccessByPatient,
        Self::Announce,
        Self::Erasing,
        Self::Fetch,
        Self::Head,
        Self::Linked,
        Self::Known,
        Self::Leaf,
        Self::Nonce,
        Self::Relist,
        Self::Patient,
        Self::Record,
        Self::Shared,
        Self::Trace,
        Self::Witnessed,
        Self::Document,
        Self::Applied,
    ];

    /// The table of a key.
    pub(crate) fn of(key: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|table| key.first() == Some(&table.prefix()))
    }

    /// What its keys begin with: their order is that of the tables.
    fn prefix(self) -> u8 {
        match self {
            Self::Attached => b'A',
            Self::Event => b'E',
            Self::Find => b'F',
            Self::Inflated => b'I',
            Self::Found => b'K',
            Self::AccessNode => b'M',
            Self::Outbox => b'O',
            Self::ReferralByPatient => b'P',
            Self::Referral => b'R',
            Self::Ticket => b'T',
            Self::Unassessed => b'U',
            Self::Access => b'a',
            Self::AccessByPatient => b'b',
            Self::Announce => b'd',
            Self::Erasing => b'e',
            Self::Fetch => b'f',
            Self::Head => b'h',
            Self::Linked => b'j',
            Self::Known => b'k',
            Self::Leaf => b'l',
            Self::Nonce => b'n',
            Self::Relist => b'o',
            Self::Patient => b'p',
            Self::Record => b'r',
            Self::Shared => b's',
            Self::Trace => b't',
            Self::Witnessed => b'w',
            Self::Document => b'x',
            Self::Applied => b'z',
        }
    }

    /// A key of this table.
    pub(crate) fn key(self, parts: &[&[u8]]) -> Vec<u8> {
        let mut key = Vec::with_capacity(80);
        key.push(self.prefix());
        for part in parts {
            key.extend_from_slice(part);
        }
        key
    }
}

/// The key of the one row of `applied`.
pub(crate) fn applied() -> Vec<u8> {
    Table::Applied.key(&[])
}

/// The key of the row that says where the journal was damaged when the index was built from it.
pub(crate) fn gaps() -> Vec<u8> {
    Table::Applied.key(&[b"gaps"])
}

/// The key of a document.
pub(crate) fn document(name: DocumentName) -> Vec<u8> {
    Table::Document.key(&[&organisation(name.custodian), &name.document.to_bytes()])
}

/// The key of a fetch.
pub(crate) fn fetch(name: DocumentName) -> Vec<u8> {
    Table::Fetch.key(&[&organisation(name.custodian), &name.document.to_bytes()])
}

/// What the keys of the tables `trace`, `erasing` and `record` begin with that concern a document.
pub(crate) fn of_document(table: Table, name: DocumentName) -> Vec<u8> {
    table.key(&[&organisation(name.custodian), &name.document.to_bytes()])
}

/// A key of the tables `trace` and `erasing`.
pub(crate) fn place(table: Table, name: DocumentName, at: Position) -> Vec<u8> {
    table.key(&[&organisation(name.custodian), &name.document.to_bytes(), &at.to_bytes()])
}

/// The key of an entry of the log.
pub(crate) fn leaf(index: u64) -> Vec<u8> {
    Table::Leaf.key(&[&index.to_be_bytes()])
}

/// The key of a record of a document.
pub(crate) fn record(name: DocumentName, index: u64) -> Vec<u8> {
    Table::Record.key(&[
        &organisation(name.custodian),
        &name.document.to_bytes(),
        &index.to_be_bytes(),
    ])
}

/// The index in the log that a key of the table `record` ends with.
pub(crate) fn entry_in_key(key: &[u8]) -> Option<u64> {
    key.last_chunk().copied().map(u64::from_be_bytes)
}

/// The key of what is known of a log.
pub(crate) fn head(origin: &str) -> Vec<u8> {
    Table::Head.key(&[origin.as_bytes()])
}

/// The log that a key of the table `head` names.
pub(crate) fn origin_in_key(key: &[u8]) -> Option<Origin> {
    std::str::from_utf8(key.get(1..)?).ok()?.parse().ok()
}

/// The key of a witnessed checkpoint of the own log.
pub(crate) fn witnessed(size: u64) -> Vec<u8> {
    Table::Witnessed.key(&[&size.to_be_bytes()])
}

/// The key of an access.
pub(crate) fn access(time: Timestamp, at: Position) -> Vec<u8> {
    Table::Access.key(&[&seconds(time), &at.to_bytes()])
}

/// The key of an access to a patient's data.
pub(crate) fn access_by_patient(patient: &PatientMac, time: Timestamp, at: Position) -> Vec<u8> {
    Table::AccessByPatient.key(&[patient, &seconds(time), &at.to_bytes()])
}

/// The key of a nonce that was used up.
pub(crate) fn nonce(time: Timestamp, nonce: &Nonce) -> Vec<u8> {
    Table::Nonce.key(&[&seconds(time), nonce.as_bytes()])
}

/// The nine digits of an organisation number.
pub(crate) fn organisation(number: OrganisationNumber) -> [u8; 9] {
    number.to_string().as_bytes().first_chunk().copied().unwrap_or_default()
}

/// The document that a key of the tables `document` and `patient` ends with.
pub(crate) fn name_in_key(key: &[u8]) -> Option<DocumentName> {
    let mut name = key.last_chunk::<25>()?.as_slice();
    Some(DocumentName {
        custodian: parse_organisation(take(&mut name)?)?,
        document: parse_document(take(&mut name)?)?,
    })
}

/// The document that a key of the tables `trace` and `erasing` names, and the position.
pub(crate) fn place_in_key(key: &[u8]) -> Option<(DocumentName, Position)> {
    let (name, at) = key.split_last_chunk::<{ Position::BYTES }>()?;
    Some((name_in_key(name)?, Position::from_bytes(*at)))
}

/// The position that a key of the two tables of accesses ends with.
pub(crate) fn position_in_key(key: &[u8]) -> Option<Position> {
    key.last_chunk::<{ Position::BYTES }>().copied().map(Position::from_bytes)
}

/// The nonce in a key, and when it was used up.
pub(crate) fn nonce_in_key(key: &[u8]) -> Option<(Nonce, Timestamp)> {
    let mut parts = key.last_chunk::<24>()?.as_slice();
    let time = i64::try_from(u64::from_be_bytes(take(&mut parts)?)).ok()?;
    Some((Nonce::from_bytes(take(&mut parts)?), Timestamp::from_unix_seconds(time).ok()?))
}

/// The bytes of a row: CBOR.
pub(crate) fn to_value<T: Serialize>(row: &T) -> Option<Vec<u8>> {
    let mut value = Vec::with_capacity(256);
    ciborium::into_writer(row, &mut value).ok().map(|()| value)
}

/// A row from its bytes.
pub(crate) fn from_value<T: DeserializeOwned>(value: &[u8]) -> Option<T> {
    ciborium::from_reader(value).ok()
}

/// The organisation whose number these nine digits are.
pub(super) fn parse_organisation(digits: [u8; 9]) -> Option<OrganisationNumber> {
    std::str::from_utf8(&digits).ok()?.parse().ok()
}

/// The id in a key.
pub(super) fn parse_document(bytes: [u8; 16]) -> Option<DocumentId> {
    DocumentId::from_bytes(bytes).ok()
}

/// A time in a key.
pub(super) fn seconds(time: Timestamp) -> [u8; 8] {
    time.unix_seconds().to_be_bytes()
}
