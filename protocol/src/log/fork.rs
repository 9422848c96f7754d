//! Proof that a log has shown two histories, and the accusation of one that is not proven yet.
//!
//! A [`ForkProof`] stands by itself: two notes that one log has signed, and what shows that no single log holds both. Who
//! holds only two roots of different sizes makes an [`Accusation`]; the log answers it with a consistency proof or is
//! taken for forked. Both are text, the version on the first line and the two notes at the end, each below an empty line.

mod accusation;
mod notes;
mod proof;

pub use accusation::{ANSWER_WITHIN, Accusation, Accused};
pub use notes::{FORK_BYTES_MAX, ForkError};
pub use proof::{Branch, Fork, ForkKind, ForkProof};

#[cfg(test)]
mod tests;
