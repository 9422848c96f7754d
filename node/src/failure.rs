//! A failure as its reader meets it: one line that says what is wrong, and one that says what to do.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What went wrong, and what to do about it. Neither line holds patient data.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("{error}")]
pub struct Failure {
    /// What is wrong.
    pub error: String,
    /// What to do.
    pub hint: String,
}

impl Failure {
    /// A failure with its two lines.
    pub fn new(error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { error: error.into(), hint: hint.into() }
    }

    /// A failure of `error` with all its causes in the first line.
    pub fn of(error: &dyn std::error::Error, hint: impl Into<String>) -> Self {
        Self::new(chain(error), hint)
    }
}

/// An error with its causes, on one line: `cannot open x: permission denied`. A cause that its error has said already, as
/// those of some libraries do, is not said again.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = cause.source();
    }
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}
