//! The receipts of events: those of this organisation from its own log, those of the other side asked of its node.

use budstikke_keys::jws::Claimed;
use budstikke_protocol::document::judge::Signed;
use budstikke_protocol::federation::roster::Member;
use budstikke_protocol::log::receipt::{Grade, RECEIPT_BYTES_MAX};
use budstikke_protocol::referral::event::{Event, ReferralName};
use budstikke_protocol::wire::index::{EventQuestion, IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::refusal::Refusal;
use tokio::task::block_in_place;
use tracing::debug;

use crate::failure::Failure;
use crate::service::ask::{PeerFault, blame, refused};
use crate::service::context::Context;
use crate::service::index::receipt_of;
use crate::service::receipts::{Fitting, checked};
use crate::store::EventPlace;

/// The receipt of an event that is here. Whatever it comes from, it is checked before anybody is handed it.
///
/// # Errors
/// Why there is none.
pub async fn of(ctx: &Context, event: &Claimed<Event>) -> Result<Fitting, Failure> {
    let is_own = event.claimed().author == ctx.here();
    let text = if is_own {
        own(ctx, EventPlace::of(event.claimed())).await?.0
    } else {
        asked(ctx, event.claimed()).await?
    };
    let signed =
        Signed { organisation: event.claimed().author, kid: event.kid(), digest: event.digest() };
    checked(ctx, text, &signed).await
}

/// The receipt of an event of this organisation.
async fn own(ctx: &Context, place: EventPlace) -> Result<(String, Grade), Failure> {
    let record = block_in_place(|| ctx.store.referrals().record(place))?;
    let record = record.ok_or_else(|| {
        Failure::new(
            "the log holds no record of this event",
            "it was said before the home was put back from a copy; the other side has the receipt of that time",
        )
    })?;
    let (receipt, grade) = receipt_of(ctx, record).await?;
    Ok((receipt.to_string(), grade))
}

async fn asked(ctx: &Context, event: &Event) -> Result<String, Failure> {
    let view = ctx.federation.view();
    let member = view.active(event.author)?;
    let ReferralName { referrer, referral } = event.name();
    let question = EventQuestion { referrer, referral, number: event.number };
    match ctx.net.index(member.keys.node, IndexQuestion::Event(question)).await? {
        IndexAnswer::Receipt(text) if text.len() <= RECEIPT_BYTES_MAX => Ok(text),
        IndexAnswer::Unknown => Err(Failure::new(
            format!("{} {} has no receipt for it", member.organisation, member.name),
            "its record has no signed head yet, or its log is stopped; ask again later",
        )),
        IndexAnswer::Refused(reason) => Err(refused(member, reason)),
        _ => Err(blame(member, PeerFault::NoReceipt)),
    }
}

/// Answers the other side of a referral, which asks for the receipt of an event of this organisation.
pub async fn answer(ctx: &Context, member: &Member, question: &EventQuestion) -> IndexAnswer {
    let EventQuestion { referrer, referral, number } = *question;
    let name = ReferralName { referrer, referral };
    let found = block_in_place(|| ctx.store.referrals().get(name));
    let Ok(Some(referral)) = found else { return IndexAnswer::Refused(Refusal::NotPermitted) };
    if referral.other() != member.organisation {
        return IndexAnswer::Refused(Refusal::NotPermitted);
    }
    match own(ctx, EventPlace { name, side: referral.here, number }).await {
        Ok((text, _)) => IndexAnswer::Receipt(text),
        Err(failure) => {
            debug!(error = failure.error, "there is no receipt to give");
            IndexAnswer::Unknown
        }
    }
}
