//! The entries of a log, and their bytes: the first says of which type, and each type has one length.

use budstikke_keys::digest::Sha256Digest;
use thiserror::Error;

use super::commitment::Commitment;
use super::tree::{TreeHash, leaf_hash};

/// Bytes of the longest entry, a STATE.
pub const ENTRY_BYTES_MAX: usize = 142;

const RECORD: u8 = 0x01;
const STATE: u8 = 0x02;
const TICKET: u8 = 0x03;
const ERASE: u8 = 0x04;
const PREDECESSOR: u8 = 0x05;

/// The version of a STATE entry.
const STATE_VERSION: u8 = 0x01;

/// An entry of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Commits to a signed statement: a manifest, a sharing, a withdrawal. RECORD.
    Record(Commitment),
    /// What the index is at this point; the last leaf of every checkpoint. STATE.
    State(State),
    /// Commits to a question that the node is about to ask blindly; in the access log only. TICKET.
    Ticket(Sha256Digest),
    /// Commits to a signed erasure statement. ERASE.
    Erase(Commitment),
    /// The first entry of a log that continues one whose key was lost: SHA-256 of the text of the last checkpoint there.
    /// PRED.
    Predecessor(Sha256Digest),
}

/// What the index of a node is when a checkpoint is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// When, in milliseconds since the Unix epoch, as the node claims.
    pub time_ms: u64,
    /// The epoch of the key for blind questions; 0 when there is none yet.
    pub epoch: u32,
    /// The public half of that key; zero when there is none yet.
    pub voprf_key: [u8; 32],
    /// The root of the map from patients to lists.
    pub map_root: Sha256Digest,
    /// How many lists the map has.
    pub map_count: u64,
    /// How many RECORD entries stand before this one.
    pub record_count: u64,
    /// How many records all lists have together.
    pub live_count: u64,
    /// The bytes of the presence file.
    pub presence_bytes: u64,
    /// SHA-256 of the presence file.
    pub presence_sha256: Sha256Digest,
}

/// Why bytes are no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EntryError {
    /// The first byte names no type of entry, or there is none.
    #[error("the entry is of a type that is not known")]
    Type,
    /// The entry has another length than its type.
    #[error("the entry has another length than its type")]
    Length,
    /// A STATE of a version that is not known.
    #[error("the entry is a state of version {0}, which is not known")]
    Version(u8),
}

impl State {
    /// The state of a log whose index has no map and no presence file yet.
    pub fn without_index(time_ms: u64, record_count: u64) -> Self {
        let nothing = Sha256Digest::of(b"");
        Self {
            time_ms,
            epoch: 0,
            voprf_key: [0; 32],
            map_root: nothing,
            map_count: 0,
            record_count,
            live_count: 0,
            presence_bytes: 0,
            presence_sha256: nothing,
        }
    }
}

/// An entry as it is hashed and kept.
#[derive(Clone, Copy, Debug)]
pub struct EntryBytes {
    bytes: [u8; ENTRY_BYTES_MAX],
    length: usize,
}

impl EntryBytes {
    const fn new() -> Self {
        Self { bytes: [0; ENTRY_BYTES_MAX], length: 0 }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, part: &[u8]) -> &mut Self {
        let end = self.length.saturating_add(part.len());
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(part);
            self.length = end;
        }
        self
    }
}

impl Entry {
    /// Reads an entry, all of `bytes`.
    ///
    /// # Errors
    /// [`EntryError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        let (kind, rest) = bytes.split_first().ok_or(EntryError::Type)?;
        let digest = || <[u8; 32]>::try_from(rest).ok().ok_or(EntryError::Length);
        match *kind {
            RECORD => Ok(Self::Record(Commitment::from_bytes(digest()?))),
            STATE => state(rest).map(Self::State),
            TICKET => Ok(Self::Ticket(Sha256Digest::from_bytes(digest()?))),
            ERASE => Ok(Self::Erase(Commitment::from_bytes(digest()?))),
            PREDECESSOR => Ok(Self::Predecessor(Sha256Digest::from_bytes(digest()?))),
            _ => Err(EntryError::Type),
        }
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> EntryBytes {
        let mut bytes = EntryBytes::new();
        match self {
            Self::Record(commitment) => bytes.push(&[RECORD]).push(commitment.as_bytes()),
            Self::State(state) => write(state, &mut bytes),
            Self::Ticket(ticket) => bytes.push(&[TICKET]).push(ticket.as_bytes()),
            Self::Erase(commitment) => bytes.push(&[ERASE]).push(commitment.as_bytes()),
            Self::Predecessor(digest) => bytes.push(&[PREDECESSOR]).push(digest.as_bytes()),
        };
        bytes
    }

    /// The hash of its leaf.
    pub fn leaf_hash(&self) -> TreeHash {
        leaf_hash(self.to_bytes().as_bytes())
    }
}

fn write<'a>(state: &State, bytes: &'a mut EntryBytes) -> &'a mut EntryBytes {
    bytes
        .push(&[STATE, STATE_VERSION])
        .push(&state.time_ms.to_be_bytes())
        .push(&state.epoch.to_be_bytes())
        .push(&state.voprf_key)
        .push(state.map_root.as_bytes())
        .push(&state.map_count.to_be_bytes())
        .push(&state.record_count.to_be_bytes())
        .push(&state.live_count.to_be_bytes())
        .push(&state.presence_bytes.to_be_bytes())
        .push(state.presence_sha256.as_bytes())
}

fn state(rest: &[u8]) -> Result<State, EntryError> {
    let (version, rest) = rest.split_first().ok_or(EntryError::Length)?;
    if *version != STATE_VERSION {
        return Err(EntryError::Version(*version));
    }
    fields(rest).ok_or(EntryError::Length)
}

fn fields(mut rest: &[u8]) -> Option<State> {
    let state = State {
        time_ms: u64::from_be_bytes(take(&mut rest)?),
        epoch: u32::from_be_bytes(take(&mut rest)?),
        voprf_key: take(&mut rest)?,
        map_root: Sha256Digest::from_bytes(take(&mut rest)?),
        map_count: u64::from_be_bytes(take(&mut rest)?),
        record_count: u64::from_be_bytes(take(&mut rest)?),
        live_count: u64::from_be_bytes(take(&mut rest)?),
        presence_bytes: u64::from_be_bytes(take(&mut rest)?),
        presence_sha256: Sha256Digest::from_bytes(take(&mut rest)?),
    };
    rest.is_empty().then_some(state)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(*taken)
}

#[cfg(test)]
mod tests;
