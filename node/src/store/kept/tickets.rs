//! The tickets of a search, which follow from the seeds and the record of the access beside them.

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::access::record::Record;
use budstikke_protocol::index::ticket::input;
use budstikke_protocol::patient::Identifier;
use zeroize::Zeroizing;

use super::secrets::KeptSeed;
use crate::store::effects::Effect;
use crate::store::form::NotACommit;

/// What a search means to the index: its tickets, in the order of the identifiers.
pub(crate) fn of(record: &Record, sought: &[(Identifier, KeptSeed)]) -> Result<Effect, NotACommit> {
    let record = Sha256Digest::of(&record_bytes(record)?);
    let ticket = |(identifier, seed): &(Identifier, KeptSeed)| {
        seed.open().ticket(&input(identifier), &record)
    };
    Ok(Effect::Sought(sought.iter().map(ticket).collect()))
}

/// The bytes of an access record to which its tickets commit: those that stand in the journal.
pub(crate) fn record_bytes(record: &Record) -> Result<Zeroizing<Vec<u8>>, NotACommit> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(RECORD_BYTES));
    ciborium::into_writer(record, &mut *bytes).ok().ok_or(NotACommit)?;
    Ok(bytes)
}

/// What the record of a search usually has.
const RECORD_BYTES: usize = 1024;
