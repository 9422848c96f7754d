//! The proof that a list is all there is: from the head of a log to every open record of one patient.
//!
//! It leads from the tree to its last entry, the STATE; from that to the map; from the map by the patient's label to the value of the
//! list; and that value commits to every record and their number. Leave one out, add one, swap two, and it leads elsewhere.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use super::label::Label;
use super::list::{ListError, Listed, list_value};
use super::map::{MAP_PROOF_BYTES_MAX, MapProofError, verify_presence};
use super::state::{StateError, last_state};
use crate::limits::LISTED_MAX;
use crate::log::commitment::{Commitment, Salt};
use crate::log::entry::{Entry, State};
use crate::log::tree::{PROOF_MAX, TreeHash, TreeHead};

/// The first byte: the version of the form.
const VERSION: u8 = 1;

/// Bytes of a STATE.
const STATE_BYTES: usize = 142;

/// Bytes of a record: its place in the log, and what stands there.
const RECORD_BYTES: usize = 40;

/// The most bytes of a proof.
pub const LIST_PROOF_BYTES_MAX: usize = 1
    + STATE_BYTES
    + 1
    + 32 * PROOF_MAX
    + 2
    + MAP_PROOF_BYTES_MAX
    + 32
    + 4
    + 4
    + RECORD_BYTES * LISTED_MAX;

/// A proof as it arrived or was made: nothing of it is checked.
pub struct ListProof {
    /// The STATE at the end of the tree, as it stands there.
    pub state: [u8; STATE_BYTES],
    /// The hashes from it to the root of the tree.
    pub path: Vec<TreeHash>,
    /// The proof of presence in the map.
    pub map: Vec<u8>,
    /// The salt of the list.
    pub salt: Salt,
    /// The generation of the list.
    pub generation: u32,
    /// The open records, in the order of the log.
    pub records: Vec<Listed>,
}

/// Why a proof shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ListProofError {
    /// Not as the form has it.
    #[error("it is not a list proof, or it is cut short")]
    Form,
    /// A version that is not known.
    #[error("it is a list proof of version {0}, which is not known")]
    Version(u8),
    /// The STATE is not believed.
    #[error(transparent)]
    State(#[from] StateError),
    /// The map leads elsewhere: to another list, or from another label.
    #[error("the list is not the one that the map has for this patient")]
    Map(#[source] MapProofError),
    /// The records are not in order, or there is none.
    #[error(transparent)]
    List(#[from] ListError),
    /// There are no records, or more than all lists have together, or one stands behind the end of the log.
    #[error("the list does not fit the STATE")]
    Counts,
}

impl ListProof {
    /// Reads a proof, all of `bytes`.
    ///
    /// # Errors
    /// [`ListProofError::Form`] or [`ListProofError::Version`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ListProofError> {
        let (version, rest) = bytes.split_first().ok_or(ListProofError::Form)?;
        if *version != VERSION {
            return Err(ListProofError::Version(*version));
        }
        fields(rest).ok_or(ListProofError::Form)
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
        let [.., hashes] = count(self.path.len());
        let [_, _, map @ ..] = count(self.map.len());
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.state);
        bytes.push(hashes);
        bytes.extend(self.path.iter().flat_map(TreeHash::as_bytes));
        bytes.extend_from_slice(&map);
        bytes.extend_from_slice(&self.map);
        bytes.extend_from_slice(self.salt.bytes());
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(&count(self.records.len()));
        for Listed { index, commitment } in &self.records {
            bytes.extend_from_slice(&index.to_be_bytes());
            bytes.extend_from_slice(commitment.as_bytes());
        }
        bytes
    }

    /// Checks that `records` are all open records of the patient with this label, as the tree `head` commits to it; gives the STATE. That
    /// the head is the log's, and who has seen it, is checked by whoever has it.
    ///
    /// # Errors
    /// [`ListProofError`].
    pub fn verify(&self, head: &TreeHead, label: &Label) -> Result<State, ListProofError> {
        let state = last_state(&self.state, &self.path, head)?;
        let value = list_value(&self.salt, self.generation, &self.records)?;
        verify_presence(&state.map_root, label.as_bytes(), &value, &self.map)
            .map_err(ListProofError::Map)?;
        let count = u64::try_from(self.records.len()).ok().ok_or(ListProofError::Counts)?;
        let others = state.map_count.saturating_sub(1);
        let fits = count > 0
            && count.saturating_add(others) <= state.live_count
            && self.records.last().is_some_and(|last| last.index < head.size.saturating_sub(1));
        if fits { Ok(state) } else { Err(ListProofError::Counts) }
    }
}

fn fields(mut rest: &[u8]) -> Option<ListProof> {
    let state = take(&mut rest)?;
    let [hashes] = take(&mut rest)?;
    if usize::from(hashes) > PROOF_MAX {
        return None;
    }
    let path =
        (0..hashes).map(|_| take(&mut rest).map(TreeHash::from_bytes)).collect::<Option<_>>()?;
    let length = usize::from(u16::from_be_bytes(take(&mut rest)?));
    let (map, behind) = rest.split_at_checked(length)?;
    rest = behind;
    let salt = Salt::from_bytes(Zeroizing::new(take(&mut rest)?));
    let generation = u32::from_be_bytes(take(&mut rest)?);
    let count = usize::try_from(u32::from_be_bytes(take(&mut rest)?)).ok()?;
    // Before anything is allocated for it: as many as it says, and no more than there may be.
    if count > LISTED_MAX || rest.len() != count.checked_mul(RECORD_BYTES)? {
        return None;
    }
    let record = |_| {
        let index = u64::from_be_bytes(take(&mut rest)?);
        Some(Listed { index, commitment: Commitment::from_bytes(take(&mut rest)?) })
    };
    let records = (0..count).map(record).collect::<Option<_>>()?;
    Some(ListProof { state, path, map: map.to_vec(), salt, generation, records })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(*taken)
}

/// The bytes of a STATE, as a proof has them.
pub fn state_bytes(state: &State) -> [u8; STATE_BYTES] {
    let bytes = Entry::State(state.clone()).to_bytes();
    // A STATE has this length, whatever it says.
    bytes.as_bytes().try_into().unwrap_or([0; STATE_BYTES])
}

/// Shows how many records there are, and nothing of whom.
impl fmt::Debug for ListProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListProof").field("records", &self.records.len()).finish_non_exhaustive()
    }
}
