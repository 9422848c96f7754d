//! The signed head of a log (C2SP `tlog-checkpoint`), and the cosignatures on it.
//!
//! Three lines, and never a fourth: what is more to say stands in the STATE entry that is the last leaf.
//!
//! ```text
//! <origin>
//! <size, decimal>
//! <root, base64>
//! ```

use std::fmt;
use std::str::FromStr;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::note::{
    CheckedSignature, KeyKind, NotTrusted, Note, NoteName, NoteSignature, VerifierKey,
};
use budstikke_keys::secret::SecretKey;
use budstikke_keys::time::Timestamp;
use thiserror::Error;

use super::commitment::{Commitment, tagged};
use super::lines::number;
use super::origin::Origin;
use super::tree::TreeHead;

/// The head of a log as it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose log.
    pub origin: Origin,
    /// Its size and root.
    pub head: TreeHead,
}

/// Why a text is no checkpoint, or a note is none of this log.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Not an origin, a size and a root on three lines.
    #[error("a checkpoint is an origin, a size and a root on three lines")]
    Form,
    /// The checkpoint is of another log than the key.
    #[error("the checkpoint is of the log {0}")]
    OtherLog(Origin),
    /// The log's key has not signed it, or a signature by a known key is bad.
    #[error("the checkpoint is not signed as it must be")]
    NotTrusted(#[from] NotTrusted),
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        read(text).ok_or(CheckpointError::Form)
    }
}

fn read(text: &str) -> Option<Checkpoint> {
    let mut lines = text.strip_suffix('\n')?.split('\n');
    let origin = lines.next()?.parse().ok()?;
    let head = TreeHead { size: number(lines.next()?)?, root: lines.next()?.parse().ok()? };
    lines.next().is_none().then_some(Checkpoint { origin, head })
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.head.size, self.head.root)
    }
}

impl Checkpoint {
    /// What the first entry of a log that continues this one names: SHA-256 of the text.
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(self.to_string().as_bytes())
    }

    /// What a RECORD says that ties a log to another: `budstikke/access/v1`. The checkpoint of an access log is tied so to the log of
    /// records, whose witnesses see it then.
    pub fn anchor(&self) -> Commitment {
        let digest = tagged("budstikke/access/v1", &[self.digest().as_bytes()]);
        Commitment::from_bytes(*digest.as_bytes())
    }

    /// Signs it with the log's key.
    #[expect(
        clippy::missing_panics_doc,
        clippy::expect_used,
        reason = "three short lines of plain ASCII are a note"
    )]
    pub fn sign(self, key: &SecretKey) -> SignedCheckpoint {
        let note = Note::sign(self.to_string(), self.origin.key_name(), key)
            .expect("a checkpoint is a note");
        SignedCheckpoint { checkpoint: self, note }
    }
}

/// A checkpoint that the key of its log has signed, by [`Checkpoint::sign`] or checked by [`SignedCheckpoint::open`], in
/// the note that carries it and perhaps cosignatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

/// A cosignature that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// The key that made it.
    pub witness: VerifierKey,
    /// When the witness had seen no larger tree and none that contradicts this, as it says.
    pub time: Timestamp,
}

impl SignedCheckpoint {
    /// Believes `note` to be a checkpoint of the log whose key is `log`. The origin must be the name of the key.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open(note: Note, log: &VerifierKey) -> Result<Self, CheckpointError> {
        let verified = note.verify(std::slice::from_ref(log))?;
        let checkpoint: Checkpoint = verified.text().parse()?;
        if log.kind() != KeyKind::Signature || *log.name() != checkpoint.origin.key_name() {
            return Err(CheckpointError::OtherLog(checkpoint.origin));
        }
        Ok(Self { checkpoint, note: verified.into_note() })
    }

    /// What the log has signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Size and root.
    pub fn head(&self) -> &TreeHead {
        &self.checkpoint.head
    }

    /// The note, with every line that it carries.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// Makes the cosignature of a witness that has persisted this head as its last; it is not added.
    pub fn cosign(&self, witness: NoteName, key: &SecretKey, time: Timestamp) -> NoteSignature {
        NoteSignature::cosign(self.note.text(), witness, key, time)
    }

    /// Adds what a witness has answered when it is a cosignature by `witness`.
    ///
    /// Of one witness the earliest and the latest stay: the one bounds when the head was there, the other says that it is
    /// still the newest. A line that names the witness and does not verify is dropped, because it would spoil the note.
    ///
    /// # Errors
    /// [`CosignatureError`]; nothing has changed then.
    pub fn add(
        &mut self,
        line: NoteSignature,
        witness: &VerifierKey,
    ) -> Result<Cosignature, CosignatureError> {
        let text = self.note.text();
        let timed = |line: &NoteSignature| line.verify(text, witness).ok().flatten();
        let time = timed(&line).ok_or(CosignatureError::Refused)?;
        let lines = self.note.signatures().iter().chain([&line]);
        let mut lines: Vec<_> = lines.filter_map(|line| Some((timed(line)?, line))).collect();
        lines.sort_by_key(|(time, _)| *time);
        let kept = match lines.as_slice() {
            [(earliest, first), .., (latest, last)] if earliest < latest => vec![*first, *last],
            several => several.first().map(|(_, line)| *line).into_iter().collect(),
        };
        let kept = kept.into_iter().cloned().collect();
        self.note.replace(witness, kept).ok().ok_or(CosignatureError::NoRoom)?;
        Ok(Cosignature { witness: witness.clone(), time })
    }

    /// The cosignatures by `witnesses`, in the order of their lines; there may be none.
    ///
    /// # Errors
    /// [`NotTrusted::BadSignature`] when a line names one of them and does not verify.
    pub fn cosignatures(&self, witnesses: &[VerifierKey]) -> Result<Vec<Cosignature>, NotTrusted> {
        let cosignature =
            |CheckedSignature { key, time }| time.map(|time| Cosignature { witness: key, time });
        Ok(self.note.check(witnesses)?.into_iter().filter_map(cosignature).collect())
    }
}

/// Why a line was not added to a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CosignatureError {
    /// The line is no cosignature of this checkpoint by that witness.
    #[error("the line is no cosignature of the checkpoint by the witness")]
    Refused,
    /// The note carries all the lines that it may.
    #[error("the note carries all the signatures that it may")]
    NoRoom,
}

#[cfg(test)]
mod tests;
