//! Referring a patient on: one commit closes the referral here and begins the one that continues it.

use budstikke_protocol::ids::{DocumentId, OrganisationNumber, ReferralId};
use budstikke_protocol::limits::ATTACHED_MAX;
use budstikke_protocol::referral::event::{Attached, Continues};
use budstikke_protocol::referral::said::{Body, Cause, Requested, Said};
use budstikke_protocol::referral::state::Side;

use super::documents::attached;
use super::receiver::receiver;
use super::speech::new_id;
use crate::failure::Failure;
use crate::service::context::Context;
use crate::store::{EventPlace, Referral};

/// The referral that continues one.
pub(super) struct Continuing {
    /// Its id.
    pub(super) id: ReferralId,
    /// To whom it goes.
    pub(super) to: OrganisationNumber,
    /// What it asks for.
    pub(super) requested: Requested,
}

/// What closes the referral, and what continues it: for the same patient, with the same documents and seniority, and with the
/// evidence of what came before.
///
/// # Errors
/// When the receiver is none, the evidence is not here, or the store cannot be read.
pub(super) fn redirect(
    ctx: &Context,
    referral: &Referral,
    (to, reason, evidence): (OrganisationNumber, Cause, Option<DocumentId>),
) -> Result<(Said, Continuing), Failure> {
    receiver(ctx, to, false)?;
    let state = &referral.state;
    let request = state.request();
    let mine: Vec<_> = evidence.into_iter().collect();
    let evidence = attached(ctx, &request.patient, &mine)?.pop();
    let heads = state.heads().ok_or_else(|| {
        Failure::new(
            "the referral has no events",
            "this is a fault of the program; please report it",
        )
    })?;
    // The evidence is attached like any other document, so that the next organisation may read it, and fetches it.
    let mut documents: Vec<_> = evidence.into_iter().chain(earlier(ctx, referral)?).collect();
    documents.truncate(ATTACHED_MAX);
    let continues = Continues { referral: referral.name, receiver: ctx.here(), heads, evidence };
    let requested = Requested {
        patient: request.patient.clone(),
        priority: request.priority,
        seniority: state.seniority(),
        referral_kind: request.referral_kind,
        title: request.title.clone(),
        text: first_text(ctx, referral)?,
        documents,
        continues: Some(continues),
    };
    let id = new_id()?;
    Ok((Said::Redirected { to, referral: id, reason }, Continuing { id, to, requested }))
}

/// What the request said.
fn first_text(ctx: &Context, referral: &Referral) -> Result<Option<Body>, Failure> {
    let place = EventPlace { name: referral.name, side: Side::Referrer, number: 1 };
    let first = ctx.store.referrals().event(place)?;
    Ok(first.and_then(|event| match &event.claimed().said {
        Said::Requested(requested) => requested.text.clone(),
        _ => None,
    }))
}

/// Every document of the referral, from both sides, each once.
fn earlier(ctx: &Context, referral: &Referral) -> Result<Vec<Attached>, Failure> {
    let mut documents: Vec<Attached> = Vec::new();
    for side in [Side::Referrer, Side::Receiver] {
        for number in 1..=referral.state.chain(side).number() {
            let place = EventPlace { name: referral.name, side, number };
            let Some(event) = ctx.store.referrals().event(place)? else { continue };
            for attached in event.claimed().said.attached() {
                if !documents.contains(attached) {
                    documents.push(*attached);
                }
            }
        }
    }
    Ok(documents)
}
