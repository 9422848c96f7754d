//! What every event of this organisation has: a signature, and most of them a person.

use budstikke_keys::jws::{Verified, sign};
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::ids::{OrganisationNumber, ReferralId};
use budstikke_protocol::referral::event::{Event, Person};
use budstikke_protocol::referral::said::{Requested, Said};
use budstikke_protocol::referral::state::State;

use crate::clock;
use crate::entropy;
use crate::failure::Failure;
use crate::service::context::Context;

/// Signs an event.
///
/// # Errors
/// When its fields do not fit each other.
pub(super) fn signed(ctx: &Context, event: Event) -> Result<Verified<Event>, Failure> {
    sign(event, &ctx.sign).map_err(|error| Failure::of(&error, "check what is said"))
}

/// The person of a caller, as an event names them.
pub(super) fn person(caller: &Caller) -> Person {
    Person { hpr: caller.person, role: caller.role }
}

/// A new id of a referral.
///
/// # Errors
/// When the operating system has no random bytes.
pub(super) fn new_id() -> Result<ReferralId, Failure> {
    let random = entropy::draw::<10>()
        .map_err(|error| Failure::of(&error, "the operating system gives no random bytes"))?;
    Ok(ReferralId::from_parts(clock::unix_milliseconds(), *random))
}

/// Signs the request of a new referral, and gives the state that it opens.
///
/// # Errors
/// When its fields do not fit each other.
pub(super) fn request(
    ctx: &Context,
    caller: &Caller,
    (id, to): (ReferralId, OrganisationNumber),
    requested: Requested,
    now: Timestamp,
) -> Result<(Verified<Event>, State), Failure> {
    let event = Event {
        referral: id,
        referrer: ctx.here(),
        receiver: to,
        author: ctx.here(),
        number: 1,
        previous: None,
        seen: None,
        time: now,
        person: Some(person(caller)),
        said: Said::Requested(Box::new(requested)),
    };
    let event = signed(ctx, event)?;
    let state = State::opened(&(&event).into());
    let state = state.map_err(|fault| Failure::of(&fault, "check what is asked for"))?;
    Ok((event, state))
}
