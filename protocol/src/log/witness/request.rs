//! What a log asks of a witness: to cosign a checkpoint, with the proof that it continues the last one cosigned.
//!
//! ```text
//! old <size>
//! <hash, base64>            none or more lines
//!
//! <checkpoint note>
//! ```

use std::fmt;

use budstikke_keys::note::{NOTE_BYTES_MAX, Note, NoteError};
use thiserror::Error;

use crate::log::checkpoint::{Checkpoint, CheckpointError};
use crate::log::lines::{hashes, number};
use crate::log::origin::Origin;
use crate::log::tree::{PROOF_MAX, TreeHash};

/// The most bytes of a request: the largest note, 63 lines of 45 bytes, and the first line.
pub const REQUEST_BYTES_MAX: usize = NOTE_BYTES_MAX + PROOF_MAX * 45 + 32;

/// A request to cosign, as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The size from which the proof leads: of the head that the witness is thought to have cosigned last.
    pub old: u64,
    /// The consistency proof.
    pub proof: Vec<TreeHash>,
    /// The checkpoint.
    pub note: Note,
}

/// Why bytes are no request; status 400 of C2SP `tlog-witness`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// More than [`REQUEST_BYTES_MAX`].
    #[error("a request has at most {REQUEST_BYTES_MAX} bytes")]
    TooLarge,
    /// Not an old size, at most 63 hashes, an empty line and a note.
    #[error("a request is an old size, at most 63 hashes, an empty line and a note")]
    Form,
    /// The note is none.
    #[error("the note of the request is refused")]
    Note(#[source] NoteError),
}

impl Request {
    /// Reads a request, all of `bytes`.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > REQUEST_BYTES_MAX {
            return Err(RequestError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).ok().ok_or(RequestError::Form)?;
        let (before, note) = text.split_once("\n\n").ok_or(RequestError::Form)?;
        let mut lines = before.split('\n');
        let old = lines.next().and_then(|line| number(line.strip_prefix("old ")?));
        let old = old.ok_or(RequestError::Form)?;
        let proof = hashes(lines).ok_or(RequestError::Form)?;
        let note = Note::parse(note.as_bytes()).map_err(RequestError::Note)?;
        Ok(Self { old, proof, note })
    }

    /// The log that it claims to be of.
    ///
    /// # Errors
    /// [`CheckpointError::Form`] when the note holds no checkpoint.
    pub fn origin(&self) -> Result<Origin, CheckpointError> {
        self.note.text().parse::<Checkpoint>().map(|checkpoint| checkpoint.origin)
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.note)
    }
}
