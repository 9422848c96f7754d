//! What an event says: the kinds, and what each of them carries.

use budstikke_keys::time::{Date, Timestamp};
use serde::{Deserialize, Serialize};

use super::codes::{AppRecCode, Outcome, Priority, ReferralKind, WaitEnd};
use super::reference::{Attached, Continues};
use crate::ids::{OrganisationNumber, ReferralId};
use crate::patient::Identifier;
use crate::text::{Prose, Text};

/// What people write to one another.
pub type Body = Prose<4000>;

/// Why something is done.
pub type Cause = Prose<1000>;

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Said {
    /// The referrer refers a patient: the first event of every referral.
    Requested(Box<Requested>),
    /// The referrer adds to it, asked or unasked.
    Supplemented {
        /// What it says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Body>,
        /// What it attaches.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        documents: Vec<Attached>,
    },
    /// The referrer takes it back.
    Withdrawn {
        /// Why.
        reason: Cause,
    },
    /// A node or an application of either side has got what the other side said.
    Acknowledged {
        /// Up to which number of the other side's chain, for `stored`; else the number of the event that is answered.
        of: u32,
        /// What it has done with it.
        answer: Answer,
    },
    /// A person of the receiver has assessed it: the patient gets care.
    Accepted {
        /// What the assessment came to.
        outcome: Outcome,
        /// The date from which waiting counts, when it is another than the referrer says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seniority: Option<Date>,
        /// More of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Body>,
    },
    /// A person of the receiver has decided that the patient gets no care there.
    Rejected {
        /// Why waiting ends.
        code: WaitEnd,
        /// Why, for the referrer to read.
        reason: Cause,
    },
    /// The patient has an appointment.
    Scheduled {
        /// When.
        at: Timestamp,
        /// Where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<Text<256>>,
        /// More of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Body>,
    },
    /// The receiver asks the referrer for more.
    MoreInformationWanted {
        /// What.
        text: Body,
    },
    /// Care has begun, or goes on after a pause.
    Started {
        /// More of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Body>,
    },
    /// Care, or waiting for it, pauses.
    OnHold {
        /// Why.
        reason: Cause,
    },
    /// Care is finished.
    Completed {
        /// More of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Body>,
        /// What it attaches, the discharge summary above all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        documents: Vec<Attached>,
    },
    /// The receiver has referred the patient on, in a referral of its own.
    Redirected {
        /// To whom.
        to: OrganisationNumber,
        /// The new referral, whose referrer is the author of this event.
        referral: ReferralId,
        /// Why.
        reason: Cause,
    },
    /// The receiver takes its rejection or completion back.
    Reopened {
        /// Why.
        reason: Cause,
    },
    /// Either side writes to the other.
    Message {
        /// What it says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<Body>,
        /// What it attaches.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        documents: Vec<Attached>,
    },
}

/// What a referral asks for, for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requested {
    /// Whom it is about.
    pub patient: Identifier,
    /// How urgent the referrer thinks it is.
    pub priority: Priority,
    /// The date from which waiting counts: the day of the first referral for this need, also after redirections.
    pub seniority: Date,
    /// What is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral_kind: Option<ReferralKind>,
    /// What people see in a list.
    pub title: Text<128>,
    /// More of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Body>,
    /// What it attaches, the referral letter above all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Attached>,
    /// The referral that this one continues, when it was redirected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<Continues>,
}

/// What a node or an application has done with what it received. No person has decided anything by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It is on the disk, with everything before it.
    Stored,
    /// It can be read, its documents are there and are about this patient.
    Accepted,
    /// So it is, but a part of it cannot be used.
    AcceptedInPart(Refused),
    /// It cannot be used.
    Refused(Refused),
}

/// Why something that was received, or a part of it, cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Volven 8221.
    pub code: AppRecCode,
    /// More of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text<256>>,
}

/// The kind of an event, without what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the kind of the same name")]
pub enum Kind {
    Requested,
    Supplemented,
    Withdrawn,
    Acknowledged,
    Accepted,
    Rejected,
    Scheduled,
    MoreInformationWanted,
    Started,
    OnHold,
    Completed,
    Redirected,
    Reopened,
    Message,
}

impl Said {
    /// The kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Requested(_) => Kind::Requested,
            Self::Supplemented { .. } => Kind::Supplemented,
            Self::Withdrawn { .. } => Kind::Withdrawn,
            Self::Acknowledged { .. } => Kind::Acknowledged,
            Self::Accepted { .. } => Kind::Accepted,
            Self::Rejected { .. } => Kind::Rejected,
            Self::Scheduled { .. } => Kind::Scheduled,
            Self::MoreInformationWanted { .. } => Kind::MoreInformationWanted,
            Self::Started { .. } => Kind::Started,
            Self::OnHold { .. } => Kind::OnHold,
            Self::Completed { .. } => Kind::Completed,
            Self::Redirected { .. } => Kind::Redirected,
            Self::Reopened { .. } => Kind::Reopened,
            Self::Message { .. } => Kind::Message,
        }
    }

    /// Whether a node or an application says it, and no person.
    pub fn is_acknowledgement(&self) -> bool {
        self.kind() == Kind::Acknowledged
    }

    /// The documents that it attaches.
    pub fn attached(&self) -> &[Attached] {
        match self {
            Self::Requested(requested) => &requested.documents,
            Self::Supplemented { documents, .. }
            | Self::Completed { documents, .. }
            | Self::Message { documents, .. } => documents,
            Self::Withdrawn { .. }
            | Self::Acknowledged { .. }
            | Self::Accepted { .. }
            | Self::Rejected { .. }
            | Self::Scheduled { .. }
            | Self::MoreInformationWanted { .. }
            | Self::Started { .. }
            | Self::OnHold { .. }
            | Self::Redirected { .. }
            | Self::Reopened { .. } => &[],
        }
    }

    /// What must hold inside of it, in a referral of `referrer`.
    pub(super) fn check(&self, referrer: OrganisationNumber) -> Result<(), &'static str> {
        match self {
            Self::Requested(requested) => {
                let continues = requested.continues.as_ref();
                if continues.is_some_and(|continues| continues.receiver != referrer) {
                    return Err("only the receiver of a referral continues it");
                }
                Ok(())
            }
            Self::Supplemented { text: None, documents }
            | Self::Message { text: None, documents }
                if documents.is_empty() =>
            {
                Err("it says nothing and attaches nothing")
            }
            Self::Acknowledged { of: 0, .. } => Err("what is acknowledged has a number from 1"),
            Self::Rejected { code, .. } if code.is_begun() => Err("what has begun is not rejected"),
            Self::Supplemented { .. }
            | Self::Withdrawn { .. }
            | Self::Acknowledged { .. }
            | Self::Accepted { .. }
            | Self::Rejected { .. }
            | Self::Scheduled { .. }
            | Self::MoreInformationWanted { .. }
            | Self::Started { .. }
            | Self::OnHold { .. }
            | Self::Completed { .. }
            | Self::Redirected { .. }
            | Self::Reopened { .. }
            | Self::Message { .. } => Ok(()),
        }
    }
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Requested,
        Self::Supplemented,
        Self::Withdrawn,
        Self::Acknowledged,
        Self::Accepted,
        Self::Rejected,
        Self::Scheduled,
        Self::MoreInformationWanted,
        Self::Started,
        Self::OnHold,
        Self::Completed,
        Self::Redirected,
        Self::Reopened,
        Self::Message,
    ];

    /// The name in a statement.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Supplemented => "supplemented",
            Self::Withdrawn => "withdrawn",
            Self::Acknowledged => "acknowledged",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Scheduled => "scheduled",
            Self::MoreInformationWanted => "more-information-wanted",
            Self::Started => "started",
            Self::OnHold => "on-hold",
            Self::Completed => "completed",
            Self::Redirected => "redirected",
            Self::Reopened => "reopened",
            Self::Message => "message",
        }
    }
}
