//! Saying something in a referral: what a person on this machine adds to the own chain.

use budstikke_keys::jws::Verified;
use budstikke_keys::time::{Date, Timestamp};
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::referral::codes::{Outcome, WaitEnd};
use budstikke_protocol::referral::event::{Event, ReferralName};
use budstikke_protocol::referral::fault::Fault;
use budstikke_protocol::referral::said::{Body, Cause, Said};
use budstikke_protocol::referral::state::State;
use budstikke_protocol::text::Text;
use serde::{Deserialize, Serialize};
use tracing::info;

use super::commit::commit;
use super::documents::attached;
use super::find::{ReferralRef, find};
use super::redirect::{Continuing, redirect};
use super::speech::{person, request, signed};
use crate::clock;
use crate::failure::Failure;
use crate::service::context::Context;
use crate::store::{By, CommitError, Referral, StoreError};

/// How often the other side may be first with something.
const TRIES: u32 = 8;

/// What a person says; documents are named by their ids here.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Adds to the referral.
    Supplement {
        /// What it says.
        text: Option<Body>,
        /// What it attaches.
        documents: Vec<DocumentId>,
    },
    /// Takes it back.
    Withdraw {
        /// Why.
        reason: Cause,
    },
    /// Accepts it.
    Accept {
        /// What the assessment came to.
        outcome: Outcome,
        /// From when waiting counts, when it is another date than the referrer says.
        seniority: Option<Date>,
        /// More of it.
        text: Option<Body>,
    },
    /// Rejects it.
    Reject {
        /// Why waiting ends.
        code: WaitEnd,
        /// Why, for the referrer to read.
        reason: Cause,
    },
    /// Gives the patient an appointment.
    Schedule {
        /// When.
        at: Timestamp,
        /// Where.
        place: Option<Text<256>>,
        /// More of it.
        text: Option<Body>,
    },
    /// Asks for more.
    Ask {
        /// What.
        text: Body,
    },
    /// Begins care.
    Start {
        /// More of it.
        text: Option<Body>,
    },
    /// Pauses.
    Hold {
        /// Why.
        reason: Cause,
    },
    /// Finishes care.
    Complete {
        /// More of it.
        text: Option<Body>,
        /// What it attaches.
        documents: Vec<DocumentId>,
    },
    /// Refers the patient on.
    Redirect {
        /// To whom.
        to: OrganisationNumber,
        /// Why.
        reason: Cause,
        /// The evidence file of this referral, published before.
        evidence: Option<DocumentId>,
    },
    /// Takes a rejection or completion back.
    Reopen {
        /// Why.
        reason: Cause,
    },
    /// Writes to the other side.
    Message {
        /// What it says.
        text: Option<Body>,
        /// What it attaches.
        documents: Vec<DocumentId>,
    },
}

/// What was said, and how the referral stands then.
#[derive(Debug)]
pub struct Spoken {
    /// The referral.
    pub name: ReferralName,
    /// How it stands.
    pub state: State,
    /// The referral that continues it, when it was redirected.
    pub continued: Option<(ReferralName, State)>,
}

/// Says something. It is durable when this returns, and on its way.
///
/// # Errors
/// When it cannot be said in this referral now, or the disk says no; nothing was said then.
pub async fn say(
    ctx: &Context,
    caller: &Caller,
    which: ReferralRef,
    what: What,
) -> Result<Spoken, Failure> {
    let mut tries = 0;
    loop {
        let referral = find(ctx, which)?;
        let draft = draft(ctx, caller, &referral, &what)?;
        let record = record(caller, &referral);
        match commit(ctx, record, &draft.events, None).await {
            Ok(()) => return Ok(told(ctx, referral, draft)),
            Err(StoreError::Commit(CommitError::Moved)) if tries < TRIES => {
                tries = tries.saturating_add(1);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// What is going to be committed, and what comes of it.
struct Draft {
    events: Vec<(By, Verified<Event>)>,
    state: State,
    continued: Option<State>,
}

fn draft(
    ctx: &Context,
    caller: &Caller,
    referral: &Referral,
    what: &What,
) -> Result<Draft, Failure> {
    if ctx.desk.is_behind(referral.name) {
        return Err(Failure::new(
            "the other side holds more of this referral than is here, because the home was put back from a copy",
            "it is asked for what is missing; try again when it is reached: budstikke outbox list",
        ));
    }
    let now = clock::now();
    let (said, continuing) = said(ctx, referral, what)?;
    let (event, state) = next(ctx, caller, referral, said, now)?;
    let mut draft = Draft { events: vec![(By::Here, event)], state, continued: None };
    if let Some(Continuing { id, to, requested }) = continuing {
        let (first, state) = request(ctx, caller, (id, to), requested, now)?;
        draft.events.push((By::Here, first));
        draft.continued = Some(state);
    }
    Ok(draft)
}

/// Signs the next event, and gives the state behind it.
fn next(
    ctx: &Context,
    caller: &Caller,
    referral: &Referral,
    said: Said,
    now: Timestamp,
) -> Result<(Verified<Event>, State), Failure> {
    let side = referral.here;
    referral.state.may(side, &said).map_err(|fault| not_now(referral, fault))?;
    let event = referral.state.next(side, said, Some(person(caller)), now);
    let event = signed(ctx, event)?;
    let state = referral.state.stepped(&(&event).into(), None);
    Ok((event, state.map_err(|fault| not_now(referral, fault))?))
}

fn record(caller: &Caller, referral: &Referral) -> Record {
    let record = Record::permitted(Action::Refer, caller, clock::now());
    let patient = &referral.state.request().patient;
    record.with_peer(referral.other()).of_referral(referral.name, patient)
}

/// What the next event says, and the referral that continues this one when it is redirected.
fn said(
    ctx: &Context,
    referral: &Referral,
    what: &What,
) -> Result<(Said, Option<Continuing>), Failure> {
    let patient = &referral.state.request().patient;
    let documents = |ids: &[DocumentId]| attached(ctx, patient, ids);
    let said = match what.clone() {
        What::Supplement { text, documents: ids } => {
            Said::Supplemented { text, documents: documents(&ids)? }
        }
        What::Withdraw { reason } => Said::Withdrawn { reason },
        What::Accept { outcome, seniority, text } => Said::Accepted { outcome, seniority, text },
        What::Reject { code, reason } => Said::Rejected { code, reason },
        What::Schedule { at, place, text } => Said::Scheduled { at, place, text },
        What::Ask { text } => Said::MoreInformationWanted { text },
        What::Start { text } => Said::Started { text },
        What::Hold { reason } => Said::OnHold { reason },
        What::Complete { text, documents: ids } => {
            Said::Completed { text, documents: documents(&ids)? }
        }
        What::Reopen { reason } => Said::Reopened { reason },
        What::Message { text, documents: ids } => {
            Said::Message { text, documents: documents(&ids)? }
        }
        What::Redirect { to, reason, evidence } => {
            let (said, continuing) = redirect(ctx, referral, (to, reason, evidence))?;
            return Ok((said, Some(continuing)));
        }
    };
    Ok((said, None))
}

fn told(ctx: &Context, referral: Referral, draft: Draft) -> Spoken {
    for (_, event) in &draft.events {
        let event = event.statement();
        info!(referral = %event.name(), number = event.number, kind = event.said.kind().name(), "said in a referral");
        ctx.desk.said(event.other(), event.name());
    }
    let continued = draft.continued.map(|state| (state.name(), state));
    Spoken { name: referral.name, state: draft.state, continued }
}

fn not_now(referral: &Referral, fault: Fault) -> Failure {
    let hint = match fault {
        Fault::WrongParty => "the other organisation of this referral says that",
        _ => "look at the referral as it is now: budstikke referral show",
    };
    Failure::new(format!("{fault} (the referral is {})", referral.state.status()), hint)
}
