//! A case of a message before it is written down.

use budstikke_protocol::wire::codec::{Message, encode};
use serde::{Deserialize, Serialize};

/// Which message.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// [`Hello`], either way.
    Hello,
    /// [`RosterQuestion`].
    RosterQuestion,
    /// [`RosterAnswer`].
    RosterAnswer,
    /// [`IndexQuestion`].
    IndexQuestion,
    /// [`IndexAnswer`].
    IndexAnswer,
    /// [`ReachQuestion`].
    ReachQuestion,
    /// [`ReachAnswer`].
    ReachAnswer,
    /// [`ReferralDelivery`].
    ReferralDelivery,
    /// [`ReferralAnswer`].
    ReferralAnswer,
    /// [`Get`].
    Get,
    /// [`Head`].
    Head,
}

/// A case.
pub(super) struct Row {
    /// What the file is called.
    pub(super) name: &'static str,
    /// What it shows.
    pub(super) shows: &'static str,
    /// What the reader expects.
    pub(super) expect: Kind,
    /// What arrives.
    pub(super) bytes: Vec<u8>,
    /// What is read, in diagnostic notation, or why it is refused.
    pub(super) outcome: Result<String, &'static str>,
}

impl Row {
    /// A message as the code writes it, and as it is written by hand.
    pub(super) fn good(
        name: &'static str,
        shows: &'static str,
        expect: Kind,
        message: &impl Message,
        text: &str,
    ) -> Self {
        let bytes = encode(message).unwrap();
        Self { name, shows, expect, bytes, outcome: Ok(text.to_owned()) }
    }

    /// Bytes that are no message.
    pub(super) fn bad(
        name: &'static str,
        shows: &'static str,
        expect: Kind,
        bytes: impl Into<Vec<u8>>,
        refusal: &'static str,
    ) -> Self {
        Self { name, shows, expect, bytes: bytes.into(), outcome: Err(refusal) }
    }
}
