//! Whether a federation holds real patients.

use std::fmt;
use std::str::FromStr;

use super::as_text::serde_as_text;

/// Whether a federation exchanges made-up or real patients' documents; the roster says which.
///
/// Nothing may cross: the environment decides which person numbers exist at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Environment {
    /// Synthetic persons and published test persons only.
    Test,
    /// Real persons only.
    Production,
}

/// The text names no environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an environment is `test` or `production`")]
#[non_exhaustive]
pub struct EnvironmentError;

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Test => "test",
            Self::Production => "production",
        })
    }
}

impl FromStr for Environment {
    type Err = EnvironmentError;

    fn from_str(text: &str) -> Result<Self, EnvironmentError> {
        match text {
            "test" => Ok(Self::Test),
            "production" => Ok(Self::Production),
            _ => Err(EnvironmentError),
        }
    }
}

serde_as_text!(Environment);
