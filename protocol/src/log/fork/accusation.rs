//! The accusation: two heads of one log, of which nobody has shown that one continues the other.
//!
//! ```text
//! budstikke/accusation/v1
//!
//! <note of the smaller tree>
//!
//! <note of the larger tree>
//! ```

use std::fmt;
use std::time::Duration;

use budstikke_keys::note::{Note, VerifierKey};

use super::notes::{ForkError, open, read};
use crate::log::checkpoint::SignedCheckpoint;
use crate::log::tree::{ProofError, TreeHash, verify_consistency};

/// The first line.
const VERSION: &str = "budstikke/accusation/v1";

/// How long a log has to answer an accusation before it is taken for forked: a night and a working day, for small
/// organisations without a night shift.
pub const ANSWER_WITHIN: Duration = Duration::from_hours(24);

/// An accusation as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accusation {
    notes: [Note; 2],
}

/// An accusation that the log must answer: both heads are its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accused {
    /// The smaller tree, not empty.
    pub older: SignedCheckpoint,
    /// The larger tree.
    pub newer: SignedCheckpoint,
}

impl Accusation {
    /// Accuses a log of two heads; none when they are of two logs, or of one size, or one of them is empty: there is
    /// nothing to answer then.
    pub fn of(first: &SignedCheckpoint, second: &SignedCheckpoint) -> Option<Self> {
        let is_older = first.head().size < second.head().size;
        let (older, newer) = if is_older { (first, second) } else { (second, first) };
        let one_log = older.checkpoint().origin == newer.checkpoint().origin;
        let answerable = one_log && older.head().size > 0 && older.head().size < newer.head().size;
        answerable.then(|| Self { notes: [older.note().clone(), newer.note().clone()] })
    }

    /// Reads an accusation, all of `bytes`.
    ///
    /// # Errors
    /// [`ForkError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ForkError> {
        let (lines, notes) = read(bytes, VERSION)?;
        if lines.is_empty() { Ok(Self { notes }) } else { Err(ForkError::Form) }
    }

    /// The two notes.
    pub fn notes(&self) -> &[Note; 2] {
        &self.notes
    }

    /// Checks that both heads are of the log whose key is `log`, the smaller first and not empty.
    ///
    /// # Errors
    /// [`ForkError`].
    pub fn verify(&self, log: &VerifierKey) -> Result<Accused, ForkError> {
        let [older, newer] = open(&self.notes, log)?;
        if older.head().size == 0 || older.head().size >= newer.head().size {
            return Err(ForkError::NoContradiction);
        }
        Ok(Accused { older, newer })
    }
}

impl Accused {
    /// Checks the log's answer, a consistency proof.
    ///
    /// # Errors
    /// [`ProofError`] when it does not clear the log.
    pub fn answer(&self, proof: &[TreeHash]) -> Result<(), ProofError> {
        verify_consistency(self.older.head(), proof, self.newer.head())
    }
}

impl fmt::Display for Accusation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [older, newer] = &self.notes;
        write!(f, "{VERSION}\n\n{older}\n{newer}")
    }
}
