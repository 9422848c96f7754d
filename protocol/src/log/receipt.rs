//! The receipt: proof that an entry is in a log, in the text form of C2SP `tlog-proof`.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra <base64>            perhaps, and nobody vouches for it
//! index <n>
//! <hash, base64>            none or more lines
//!
//! <checkpoint note>
//! ```

use std::fmt;

use budstikke_keys::note::{NOTE_BYTES_MAX, NotTrusted, Note, NoteError, VerifierKey, base64};
use budstikke_keys::time::Timestamp;
use data_encoding::BASE64;
use thiserror::Error;

use super::checkpoint::{CheckpointError, SignedCheckpoint};
use super::lines::{hashes, number};
use super::policy::Policy;
use super::tree::{ProofError, TreeHash, verify_inclusion};

/// The first line.
const VERSION: &str = "c2sp.org/tlog-proof@v1";

/// The most bytes of a receipt: the largest note, a proof, and as much again for what others put into `extra`.
pub const RECEIPT_BYTES_MAX: usize = 2 * NOTE_BYTES_MAX;

/// A receipt as it arrived: well-formed, and nothing of it checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    extra: Option<Vec<u8>>,
    index: u64,
    proof: Vec<TreeHash>,
    note: Note,
}

/// What a receipt is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// The log alone has signed: it could still show others a history without the entry.
    Promised,
    /// A quorum of the log's witnesses has cosigned: the entry was there at this time at the latest, and stays there.
    Witnessed {
        /// When the quorum was complete.
        since: Timestamp,
    },
}

/// A receipt that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The place of the entry in the log.
    pub index: u64,
    /// The head that contains it.
    pub checkpoint: SignedCheckpoint,
    /// What it is worth.
    pub grade: Grade,
}

/// Why bytes are no receipt, or a receipt proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// More than [`RECEIPT_BYTES_MAX`].
    #[error("a receipt has at most {RECEIPT_BYTES_MAX} bytes")]
    TooLarge,
    /// Another first line.
    #[error("the receipt is of a version that is not known")]
    Version,
    /// Not the lines of a receipt.
    #[error("a receipt is a version, an index, at most 63 hashes, an empty line and a note")]
    Form,
    /// The note is none.
    #[error("the note of the receipt is refused")]
    Note(#[source] NoteError),
    /// The checkpoint is not one of this log.
    #[error("the checkpoint of the receipt is refused")]
    Checkpoint(#[from] CheckpointError),
    /// The proof does not lead from the entry to the checkpoint.
    #[error("the entry is not in the log")]
    Proof(#[from] ProofError),
    /// A cosignature of a known witness is bad.
    #[error("the cosignatures of the receipt are refused")]
    Cosignatures(#[source] NotTrusted),
}

impl Receipt {
    /// A receipt for the entry at `index`, with the inclusion proof to the head that `checkpoint` has signed.
    pub fn new(index: u64, proof: Vec<TreeHash>, checkpoint: &SignedCheckpoint) -> Self {
        Self { extra: None, index, proof, note: checkpoint.note().clone() }
    }

    /// The same, with bytes for whoever holds it, which nobody vouches for: the salt of a commitment, say.
    #[must_use]
    pub fn with_extra(self, extra: Vec<u8>) -> Self {
        Self { extra: Some(extra), ..self }
    }

    /// Reads a receipt, all of `bytes`.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        if bytes.len() > RECEIPT_BYTES_MAX {
            return Err(ReceiptError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).ok().ok_or(ReceiptError::Form)?;
        let (version, text) = text.split_once('\n').ok_or(ReceiptError::Version)?;
        if version != VERSION {
            return Err(ReceiptError::Version);
        }
        let (before, note) = text.split_once("\n\n").ok_or(ReceiptError::Form)?;
        let mut lines = before.split('\n').peekable();
        let extra = lines
            .next_if(|line| line.starts_with("extra "))
            .and_then(|line| line.strip_prefix("extra "));
        let extra = extra.map(|text| base64::decode(text).ok_or(ReceiptError::Form)).transpose()?;
        let index = lines.next().and_then(|line| number(line.strip_prefix("index ")?));
        let index = index.ok_or(ReceiptError::Form)?;
        let proof = hashes(lines).ok_or(ReceiptError::Form)?;
        let note = Note::parse(note.as_bytes()).map_err(ReceiptError::Note)?;
        Ok(Self { extra, index, proof, note })
    }

    /// The place of the entry, a claim only.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The inclusion proof.
    pub fn proof(&self) -> &[TreeHash] {
        &self.proof
    }

    /// The note that carries the checkpoint.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// What stands in `extra`; nobody has signed it.
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// Checks that the entry whose leaf has the hash `leaf` is in the log whose key is `log`, and says how far that is
    /// witnessed by those that `policy` asks for.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub fn verify(
        &self,
        leaf: &TreeHash,
        log: &VerifierKey,
        policy: &Policy,
    ) -> Result<Proven, ReceiptError> {
        let checkpoint = SignedCheckpoint::open(self.note.clone(), log)?;
        self.verify_in(leaf, &checkpoint)?;
        let grade = match policy.witnessed(&checkpoint).map_err(ReceiptError::Cosignatures)? {
            Some(since) => Grade::Witnessed { since },
            None => Grade::Promised,
        };
        Ok(Proven { index: self.index, checkpoint, grade })
    }

    /// Checks that the entry whose leaf has the hash `leaf` is in the tree that `checkpoint`, the receipt's own, is of.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn verify_in(
        &self,
        leaf: &TreeHash,
        checkpoint: &SignedCheckpoint,
    ) -> Result<(), ProofError> {
        verify_inclusion(leaf, self.index, &self.proof, checkpoint.head())
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Promised => "promised",
            Self::Witnessed { .. } => "witnessed",
        })
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{VERSION}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", BASE64.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.note)
    }
}

#[cfg(test)]
mod tests;
