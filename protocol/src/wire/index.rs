//! `/budstikke/index/1`: what is here? In this version: the documents shared with the asking organisation by name.

use serde::{Deserialize, Serialize};

use super::codec::Message;
use super::refusal::Refusal;
use crate::ids::DocumentId;
use crate::limits::{LIST_BYTES_MAX, QUESTION_BYTES_MAX};

/// The protocol's name.
pub const PROTOCOL: &str = "/budstikke/index/1";

/// A question about the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndexQuestion {
    /// Asks for one page of a list: a signed question that asks to `list`.
    List(String),
}

/// Answers an [`IndexQuestion`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndexAnswer {
    /// One page.
    List {
        /// Manifests, compact JWS, by ascending document id.
        manifests: Vec<String>,
        /// How many documents belong on this page but cannot be read at present; the answer is then a partial one.
        unreadable: u64,
        /// The document behind which the next page begins; absent in the last.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<DocumentId>,
    },
    /// No answer.
    Refused(Refusal),
}

impl Message for IndexQuestion {
    const BYTES_MAX: usize = QUESTION_BYTES_MAX;
}

impl Message for IndexAnswer {
    const BYTES_MAX: usize = LIST_BYTES_MAX;
}
