//! The arguments of the commands about referrals and the outbox.

use std::path::PathBuf;

use budstikke_keys::time::{Date, Timestamp};
use budstikke_protocol::document::codes::TypeCode;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber, ReferralId};
use budstikke_protocol::referral::codes::{Outcome, Priority, ReferralKind, WaitEnd};
use budstikke_protocol::referral::said::{Body, Cause};
use budstikke_protocol::referral::status::Status;
use budstikke_protocol::text::Text;
use clap::{Args as Arguments, Subcommand};

use super::looking::Looking;

#[derive(Debug, Subcommand)]
pub(crate) enum Referral {
    /// Refer a patient to another organisation, with documents
    Send(Box<Send>),
    /// List the referrals that were sent and received
    List {
        /// Of one patient only
        #[arg(long, value_name = "NR")]
        patient: Option<String>,
        /// In one status only, such as received
        #[arg(long, value_parser = status)]
        status: Option<Status>,
        #[command(flatten)]
        looking: Looking,
    },
    /// Show what both sides have said, what has arrived, and when it is due
    Show {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        looking: Looking,
    },
    /// Tell every new event as it comes, until Ctrl-C
    Watch,
    /// Accept it: the patient gets care
    Accept {
        #[command(flatten)]
        which: Which,
        /// What the assessment came to, Volven 8485
        #[arg(long, value_name = "CODE", default_value = "2")]
        outcome: Outcome,
        /// The date from which waiting counts, when it is another than the referrer says
        #[arg(long, value_name = "DATE")]
        seniority: Option<Date>,
        /// More of it
        #[arg(long)]
        text: Option<Body>,
        #[command(flatten)]
        looking: Looking,
    },
    /// Reject it: the patient gets no care here
    Reject {
        #[command(flatten)]
        which: Which,
        /// Why waiting ends, Volven 8445
        #[arg(long, value_name = "CODE", default_value = "9")]
        code: WaitEnd,
        /// Why, for the referrer to read
        #[arg(long)]
        reason: Cause,
        #[command(flatten)]
        looking: Looking,
    },
    /// Give the patient an appointment
    Schedule {
        #[command(flatten)]
        which: Which,
        /// When, in UTC, such as 2026-12-01T08:30:00Z
        #[arg(long, value_name = "TIME")]
        at: Timestamp,
        /// Where
        #[arg(long)]
        place: Option<Text<256>>,
        /// More of it
        #[arg(long)]
        text: Option<Body>,
        #[command(flatten)]
        looking: Looking,
    },
    /// Ask the referrer for more
    Ask {
        #[command(flatten)]
        which: Which,
        /// What is missing
        #[arg(long)]
        text: Body,
        #[command(flatten)]
        looking: Looking,
    },
    /// Add to a referral that was sent
    Supplement {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        content: Content,
        #[command(flatten)]
        looking: Looking,
    },
    /// Write to the other side
    Message {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        content: Content,
        #[command(flatten)]
        looking: Looking,
    },
    /// Say that care has begun, or goes on
    Start {
        #[command(flatten)]
        which: Which,
        /// More of it
        #[arg(long)]
        text: Option<Body>,
        #[command(flatten)]
        looking: Looking,
    },
    /// Say that care, or waiting for it, pauses
    Hold {
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long)]
        reason: Cause,
        #[command(flatten)]
        looking: Looking,
    },
    /// Say that care is finished, with the discharge summary
    Complete {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        content: Content,
        #[command(flatten)]
        looking: Looking,
    },
    /// Refer the patient on to another organisation; waiting still counts from the same date
    Redirect {
        #[command(flatten)]
        which: Which,
        /// To whom
        #[arg(long, value_name = "ORG")]
        to: OrganisationNumber,
        /// Why
        #[arg(long)]
        reason: Cause,
        #[command(flatten)]
        looking: Looking,
    },
    /// Take back a referral that was sent
    Withdraw {
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long)]
        reason: Cause,
        #[command(flatten)]
        looking: Looking,
    },
    /// Take up again what was rejected or completed
    Reopen {
        #[command(flatten)]
        which: Which,
        /// Why
        #[arg(long)]
        reason: Cause,
        #[command(flatten)]
        looking: Looking,
    },
}

/// Which referral.
#[derive(Debug, Clone, Copy, Arguments)]
pub(crate) struct Which {
    /// The referral
    pub(crate) referral: ReferralId,
    /// Who referred, when two organisations have given the same id
    #[arg(long, value_name = "ORG")]
    pub(crate) from: Option<OrganisationNumber>,
}

#[derive(Debug, Arguments)]
pub(crate) struct Send {
    /// The documents; each is signed and kept, for the receiver alone
    pub(crate) files: Vec<PathBuf>,
    /// To whom
    #[arg(long, value_name = "ORG")]
    pub(crate) to: OrganisationNumber,
    /// The patient's person number
    #[arg(long, value_name = "NR")]
    pub(crate) patient: String,
    /// How urgent it is, Volven 8304, such as 3 (soon) or N (ordinary)
    #[arg(long, value_name = "CODE")]
    pub(crate) priority: Priority,
    /// What people see in a list
    #[arg(long)]
    pub(crate) title: Text<128>,
    /// More of it
    #[arg(long)]
    pub(crate) text: Option<Body>,
    /// What is asked for, Volven 8455
    #[arg(long, value_name = "CODE")]
    pub(crate) kind: Option<ReferralKind>,
    /// The date from which waiting counts [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) seniority: Option<Date>,
    /// A document of this organisation that was published before (can be repeated)
    #[arg(long, value_name = "ID")]
    pub(crate) attach: Vec<DocumentId>,
    /// The type of the documents that are given as files, Volven 9602
    #[arg(long = "type", value_name = "CODE", default_value = "I01-2")]
    pub(crate) document_type: TypeCode,
    /// Keep it for an organisation that is not a member yet
    #[arg(long)]
    pub(crate) wait: bool,
    #[command(flatten)]
    pub(crate) looking: Looking,
}

/// What is written and attached.
#[derive(Debug, Arguments)]
pub(crate) struct Content {
    /// What to say
    #[arg(long)]
    pub(crate) text: Option<Body>,
    /// A document to sign, keep and attach (can be repeated)
    #[arg(long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// A document of this organisation that was published before (can be repeated)
    #[arg(long, value_name = "ID")]
    pub(crate) attach: Vec<DocumentId>,
    /// The type of the documents that are given as files, Volven 9602 [default: A03-2 of completing, else I02-2]
    #[arg(long = "type", value_name = "CODE")]
    pub(crate) document_type: Option<TypeCode>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Outbox {
    /// List what waits for other organisations
    List,
    /// Try at once what waits, also what is no longer tried by itself
    Retry {
        /// For one organisation only
        #[arg(value_name = "ORG")]
        to: Option<OrganisationNumber>,
    },
}

fn status(text: &str) -> Result<Status, String> {
    let found = Status::ALL.into_iter().find(|status| status.name() == text);
    let names: Vec<_> = Status::ALL.iter().map(|status| status.name()).collect();
    found.ok_or_else(|| format!("a status is one of {}", names.join(", ")))
}
