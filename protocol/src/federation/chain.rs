//! The roster file: every version of the roster, a line each, oldest first.
//!
//! Stewards hand this one file around, a member joins with it, evidence carries it. Each line is a roster in the JSON
//! serialisation of JWS; nothing in the file is believed before [`Chain::walk`] has followed it from the fingerprint.

use budstikke_keys::jws::{JwsError, SignedByMany};
use thiserror::Error;

use super::accept::{Accepted, RosterError};
use super::roster::Roster;
use crate::ids::Fingerprint;
use crate::limits::ROSTER_BYTES_MAX;

/// The rosters of a file, not yet judged.
#[derive(Debug, Default)]
pub struct Chain {
    rosters: Vec<SignedByMany<Roster>>,
}

/// Why a roster file cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ChainError {
    /// No roster in it.
    #[error("the file holds no roster")]
    Empty,
    /// A line that is not a roster.
    #[error("line {line} is not a roster")]
    Line {
        /// Which, from 1.
        line: usize,
        /// Why.
        source: JwsError,
    },
}

impl Chain {
    /// Reads the text of a roster file.
    ///
    /// # Errors
    /// [`ChainError`] when it is empty or a line is not a roster.
    pub fn parse(text: &str) -> Result<Self, ChainError> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let rosters = lines
            .map(|(at, line)| {
                SignedByMany::parse(line.as_bytes(), ROSTER_BYTES_MAX)
                    .map_err(|source| ChainError::Line { line: at.saturating_add(1), source })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if rosters.is_empty() { Err(ChainError::Empty) } else { Ok(Self { rosters }) }
    }

    /// Follows the rosters from the first to the last, and gives each as accepted.
    ///
    /// # Errors
    /// The first rule that a roster breaks.
    pub fn walk(self, federation: Fingerprint) -> Result<Vec<Accepted>, RosterError> {
        let mut accepted: Vec<Accepted> = Vec::with_capacity(self.rosters.len());
        for signed in self.rosters {
            accepted.push(Accepted::after(accepted.last(), signed, federation)?);
        }
        Ok(accepted)
    }

    /// The rosters as read, oldest first.
    pub fn rosters(&self) -> &[SignedByMany<Roster>] {
        &self.rosters
    }

    /// The rosters as read, for a steward to add to.
    pub fn into_rosters(self) -> Vec<SignedByMany<Roster>> {
        self.rosters
    }
}
