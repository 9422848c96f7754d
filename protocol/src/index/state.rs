//! What a STATE must fulfil: at the end of its tree, after the one before, and for its presence file.
//!
//! A node says in each head what its index is. Whoever follows the node holds each STATE against the last one that he saw.

use budstikke_keys::voprf::VoprfPublicKey;
use thiserror::Error;

use super::map::is_root_of_nothing;
use super::presence::Presence;
use crate::log::entry::{Entry, EntryError, State};
use crate::log::tree::{ProofError, TreeHash, TreeHead, leaf_hash, verify_inclusion};

/// Why a STATE is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StateError {
    /// It is not the last entry of the tree.
    #[error("it is not the last entry of the tree")]
    Last(#[source] ProofError),
    /// It is no entry.
    #[error("it is no entry of a log")]
    Entry(#[source] EntryError),
    /// It is another entry.
    #[error("the last entry of the tree is not a STATE")]
    Kind,
    /// There is an index without a key, or a key without an epoch, or what stands for the key is none.
    #[error("epoch and key do not fit")]
    Key,
    /// There are lists without records, or records without lists, or more records than were ever logged.
    #[error("its counts do not fit")]
    Counts,
    /// Something is less than it was before, which only grows.
    #[error("it goes back behind the one before")]
    Back,
    /// An epoch has another key than before, or another epoch has the same.
    #[error("the key changed without a new epoch, or did not with one")]
    Epoch,
    /// The presence file is another one, or does not have as many tags as the map has lists.
    #[error("the presence file is not the one of the STATE")]
    Presence,
}

/// Reads the STATE that is the last entry of the tree `head`.
///
/// # Errors
/// [`StateError`] when `path` does not show that, or its parts do not fit each other.
pub fn last_state(entry: &[u8], path: &[TreeHash], head: &TreeHead) -> Result<State, StateError> {
    let last = head.size.saturating_sub(1);
    verify_inclusion(&leaf_hash(entry), last, path, head).map_err(StateError::Last)?;
    let Entry::State(state) = Entry::parse(entry).map_err(StateError::Entry)? else {
        return Err(StateError::Kind);
    };
    check(&state, last)?;
    Ok(state)
}

/// Checks a STATE in front of which `entries` entries stand.
fn check(state: &State, entries: u64) -> Result<(), StateError> {
    let has_key = state.epoch != 0;
    if has_key != VoprfPublicKey::from_bytes(state.voprf_key).is_ok()
        || (!has_key && (state.voprf_key != [0; 32] || state.map_count != 0))
    {
        return Err(StateError::Key);
    }
    let fits = state.record_count <= entries
        && (state.record_count > 0 || state.live_count == 0)
        && state.map_count <= state.live_count
        && (state.map_count == 0) == (state.live_count == 0)
        && (state.map_count == 0) == is_root_of_nothing(&state.map_root);
    if fits { Ok(()) } else { Err(StateError::Counts) }
}

/// Checks that `later` may follow `earlier` in one log.
///
/// # Errors
/// [`StateError::Back`] or [`StateError::Epoch`].
pub fn follows(earlier: &State, later: &State) -> Result<(), StateError> {
    let is_one_epoch = earlier.epoch == later.epoch;
    if later.epoch < earlier.epoch
        || later.time_ms < earlier.time_ms
        || later.record_count < earlier.record_count
        || (is_one_epoch && later.presence_bytes < earlier.presence_bytes)
    {
        return Err(StateError::Back);
    }
    if (earlier.voprf_key == later.voprf_key) == is_one_epoch {
        Ok(())
    } else {
        Err(StateError::Epoch)
    }
}

/// Checks that `presence` is the presence file of `state`: its bytes, and as many tags as there are lists. A file with more would
/// have askers show labels for which there is nothing.
///
/// # Errors
/// [`StateError::Presence`].
pub fn fits(presence: &Presence, state: &State) -> Result<(), StateError> {
    let is_it = presence.bytes() == state.presence_bytes
        && presence.sha256() == state.presence_sha256
        && u64::try_from(presence.count()) == Ok(state.map_count);
    if is_it { Ok(()) } else { Err(StateError::Presence) }
}
