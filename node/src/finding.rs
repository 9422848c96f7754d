//! A finding: one thing that was looked at, whether it is in order, and what to do when it is not.

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What was looked at, and what was found. It holds no patient data and no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What was looked at, in a word.
    pub check: String,
    /// Whether it is in order.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Whether a thing is in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It is.
    Ok,
    /// The node works, worse than it should or not for long.
    Warning,
    /// The node does not do what it is for until somebody acts.
    Fault,
}

impl Finding {
    /// What is in order.
    pub fn ok(check: &str, found: impl Into<String>) -> Self {
        Self { check: check.to_owned(), verdict: Verdict::Ok, found: found.into(), hint: None }
    }

    /// What is worse than it should be.
    pub fn warning(check: &str, why: impl Into<Failure>) -> Self {
        Self::wrong(check, Verdict::Warning, why.into())
    }

    /// What is wrong.
    pub fn fault(check: &str, why: impl Into<Failure>) -> Self {
        Self::wrong(check, Verdict::Fault, why.into())
    }

    fn wrong(check: &str, verdict: Verdict, Failure { error, hint }: Failure) -> Self {
        Self { check: check.to_owned(), verdict, found: error, hint: Some(hint) }
    }
}
