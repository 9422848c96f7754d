//! The list of a patient: which entries of the log are the open records of one patient, all of them.
//!
//! What stands in the map is a salted hash of the list: without the salt nobody can test whether an entry of the log is the one
//! record of a patient whose label he has seen.

use budstikke_keys::digest::Sha256Digest;

use super::map::MapValue;
use crate::log::commitment::{Commitment, Salt, tagged};
use crate::log::tree::{Frontier, TreeHash, leaf_hash};

/// An open record of a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Its place in the log.
    pub index: u64,
    /// What stands there.
    pub commitment: Commitment,
}

/// The records of a list are not each behind the one before, or there are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the records of a list stand in the order of the log, each once")]
pub struct ListError;

/// The root over the records of a list, in the order of the log.
///
/// # Errors
/// [`ListError`] for another order, or one that is there twice.
pub fn list_root(records: &[Listed]) -> Result<TreeHash, ListError> {
    let mut frontier = Frontier::default();
    let mut before = None;
    for Listed { index, commitment } in records {
        if before.is_some_and(|before| before >= index) {
            return Err(ListError);
        }
        before = Some(index);
        let leaf = [&index.to_be_bytes()[..], commitment.as_bytes()].concat();
        frontier.append(leaf_hash(&leaf)).ok().ok_or(ListError)?;
    }
    Ok(frontier.root())
}

/// What the map holds of a list: `budstikke/list/v1`. Its generation grows with each list that is made anew because something
/// was taken out of it.
///
/// # Errors
/// As [`list_root`].
pub fn list_value(salt: &Salt, generation: u32, records: &[Listed]) -> Result<MapValue, ListError> {
    let root = list_root(records)?;
    let count = u64::try_from(records.len()).ok().ok_or(ListError)?;
    let parts: [&[u8]; 4] =
        [salt.bytes(), &generation.to_be_bytes(), &count.to_be_bytes(), root.as_bytes()];
    let value: Sha256Digest = tagged("budstikke/list/v1", &parts);
    Ok(*value.as_bytes())
}
