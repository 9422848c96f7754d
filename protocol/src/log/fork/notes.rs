//! What fork proofs and accusations share: some lines and two notes, and what can be wrong with them.

use budstikke_keys::note::{NOTE_BYTES_MAX, Note, NoteError, VerifierKey};
use thiserror::Error;

use crate::log::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::log::tree::{PROOF_MAX, ProofError};

/// The most bytes of a fork proof or an accusation: the two largest notes, two proofs with the hash that each begins
/// with, at 45 bytes a line, and the first two lines.
pub const FORK_BYTES_MAX: usize = 2 * NOTE_BYTES_MAX + 2 * (PROOF_MAX + 1) * 50 + 128;

/// Why bytes are no fork proof and no accusation, or nothing is proven by them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ForkError {
    /// More than [`FORK_BYTES_MAX`].
    #[error("a fork proof has at most {FORK_BYTES_MAX} bytes")]
    TooLarge,
    /// Another first line.
    #[error("the fork proof is of a version that is not known")]
    Version,
    /// Not the lines that the version has.
    #[error("the fork proof is not made of the lines that it must have")]
    Form,
    /// One of the notes is none.
    #[error("a note of the fork proof is refused")]
    Note(#[source] NoteError),
    /// One of the notes is no checkpoint of the log.
    #[error("a checkpoint of the fork proof is refused")]
    Checkpoint(#[from] CheckpointError),
    /// One of the proofs does not lead to its checkpoint.
    #[error("a part of the fork proof is not in its tree")]
    Proof(#[from] ProofError),
    /// The two do not contradict each other, or not in the way that is said.
    #[error("the two checkpoints do not contradict each other")]
    NoContradiction,
}

/// Splits a text into the lines behind the first, which is `version`, and the two notes below them.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    version: &str,
) -> Result<(Vec<&'a str>, [Note; 2]), ForkError> {
    if bytes.len() > FORK_BYTES_MAX {
        return Err(ForkError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).ok().ok_or(ForkError::Form)?;
    if text.split('\n').next() != Some(version) {
        return Err(ForkError::Version);
    }
    // A checkpoint holds no empty line, and neither do signature lines: each note has exactly one.
    let parts: Vec<_> = text.splitn(6, "\n\n").collect();
    let [before, text, signatures, other_text, other_signatures] = parts.as_slice() else {
        return Err(ForkError::Form);
    };
    let note = |note: String| Note::parse(note.as_bytes()).map_err(ForkError::Note);
    let first = note(format!("{text}\n\n{signatures}\n"))?;
    let second = note(format!("{other_text}\n\n{other_signatures}"))?;
    Ok((before.split('\n').skip(1).collect(), [first, second]))
}

/// Believes both notes to be checkpoints of the log whose key is `log`.
pub(super) fn open(
    notes: &[Note; 2],
    log: &VerifierKey,
) -> Result<[SignedCheckpoint; 2], ForkError> {
    let [first, second] = notes;
    Ok([SignedCheckpoint::open(first.clone(), log)?, SignedCheckpoint::open(second.clone(), log)?])
}
