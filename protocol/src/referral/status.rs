//! What a referral is called for people, of both parts of its state.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a referral stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The receiver has not said that it has it.
    Sent,
    /// The receiver's node has stored it; nobody has assessed it.
    Received,
    /// The receiver has asked for more before it decides.
    InformationWanted,
    /// The patient gets care, and has no appointment yet.
    Accepted,
    /// The patient has an appointment.
    Scheduled,
    /// Care has begun.
    Started,
    /// Care, or waiting for it, pauses.
    OnHold,
    /// The referrer took it back before care began.
    Withdrawn,
    /// The patient gets no care there.
    Rejected,
    /// The receiver's application could not use it.
    Refused,
    /// Care is finished.
    Completed,
    /// The receiver referred the patient on.
    Redirected,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 12] = [
        Self::Sent,
        Self::Received,
        Self::InformationWanted,
        Self::Accepted,
        Self::Scheduled,
        Self::Started,
        Self::OnHold,
        Self::Withdrawn,
        Self::Rejected,
        Self::Refused,
        Self::Completed,
        Self::Redirected,
    ];

    /// The name in tables and messages; it stays the same.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
            Self::InformationWanted => "information-wanted",
            Self::Accepted => "accepted",
            Self::Scheduled => "scheduled",
            Self::Started => "started",
            Self::OnHold => "on-hold",
            Self::Withdrawn => "withdrawn",
            Self::Rejected => "rejected",
            Self::Refused => "refused",
            Self::Completed => "completed",
            Self::Redirected => "redirected",
        }
    }

    /// Whether nothing but messages and acknowledgements follows, unless it is reopened.
    pub const fn is_ended(self) -> bool {
        match self {
            Self::Sent
            | Self::Received
            | Self::InformationWanted
            | Self::Accepted
            | Self::Scheduled
            | Self::Started
            | Self::OnHold => false,
            Self::Withdrawn
            | Self::Rejected
            | Self::Refused
            | Self::Completed
            | Self::Redirected => true,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
