//! Taking what the other side has said of one referral: each event is checked, and all that follow are committed together, with
//! the acknowledgement that they are stored.

use budstikke_keys::jws::{Claimed, Verified, sign};
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::federation::roster::{KeyState, Member, Roster};
use budstikke_protocol::ids::{EventDigest, OrganisationNumber};
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use budstikke_protocol::referral::event::{Event, ReferralName, Seen};
use budstikke_protocol::referral::fault::Fault;
use budstikke_protocol::referral::said::{Answer, Said};
use budstikke_protocol::referral::state::{Side, State};
use budstikke_protocol::referral::step::{Facts, Place};
use budstikke_protocol::wire::referral::Held;
use tokio::task::block_in_place;
use tracing::warn;

use super::commit::{Came, commit};
use crate::clock;
use crate::service::context::Context;
use crate::store::{By, CommitError, EventPlace, Referral, StoreError};

/// How often somebody else may be first with something in the same referral.
const TRIES: u32 = 8;

/// What is not an event that can be looked at.
const MALFORMED: &str = "malformed";

/// Signed by a key that is not its author's, or not trusted.
const SIGNATURE: &str = "signature";

/// What came of one parcel.
pub(super) struct Outcome {
    /// How far the referral has come; nothing when it is not here.
    pub(super) referral: Option<Referral>,
    /// Why an event was not taken, and so none behind it.
    pub(super) fault: Option<&'static str>,
    /// How many of this organisation's events the other side holds, when that is news that is not durable yet.
    pub(super) delivered: Option<(ReferralName, u32)>,
}

/// What follows, before it is committed.
struct Draft {
    state: Option<State>,
    came: Vec<Came>,
    fault: Option<&'static str>,
}

/// Takes what `peer` says of a referral: the events, and how much of both chains it holds.
///
/// # Errors
/// When the store cannot be read or written; nothing was taken then.
pub(super) async fn take(
    ctx: &Context,
    peer: &Member,
    name: ReferralName,
    (told, events): (Held, &[String]),
) -> Result<Outcome, StoreError> {
    let mut tries = 0;
    loop {
        let before = block_in_place(|| ctx.store.referrals().get(name))?;
        let mut draft = Draft {
            state: before.as_ref().map(|referral| referral.state.clone()),
            came: Vec::new(),
            fault: None,
        };
        block_in_place(|| draft.follow(ctx, peer, name, events))?;
        draft.acknowledge(ctx, name, (peer.organisation, told));
        let known = before.as_ref().map_or(0, |referral| referral.delivered);
        let (Some(state), Some(side)) = (&draft.state, draft.side(ctx)) else {
            return Ok(Outcome { referral: None, fault: draft.fault, delivered: None });
        };
        let delivered = told.theirs.min(state.chain(side).number());
        let delivered = (delivered != known).then_some((name, delivered));
        if draft.came.is_empty() {
            return Ok(Outcome { referral: before, fault: draft.fault, delivered });
        }
        let record = Record::by_node(Action::Receive, clock::now()).with_peer(peer.organisation);
        let record = record.of_referral(name, &state.request().patient);
        match commit(ctx, record, &draft.came, delivered).await {
            Ok(()) => {
                let referral = block_in_place(|| ctx.store.referrals().get(name))?;
                return Ok(Outcome { referral, fault: draft.fault, delivered: None });
            }
            Err(StoreError::Commit(CommitError::Moved)) if tries < TRIES => {
                tries = tries.saturating_add(1);
            }
            Err(error) => return Err(error),
        }
    }
}

impl Draft {
    /// Which side of the referral this organisation is on.
    fn side(&self, ctx: &Context) -> Option<Side> {
        self.state.as_ref()?.side(ctx.here())
    }

    /// Follows the events as far as they go.
    fn follow(
        &mut self,
        ctx: &Context,
        peer: &Member,
        name: ReferralName,
        events: &[String],
    ) -> Result<(), StoreError> {
        for compact in events {
            match self.next(ctx, peer, name, compact)? {
                Ok(()) => {}
                Err(fault) => {
                    warn!(referral = %name, peer = %peer.organisation, fault, "an event of a referral was not taken");
                    self.fault = Some(fault);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Takes the next event, unless it is here.
    fn next(
        &mut self,
        ctx: &Context,
        peer: &Member,
        name: ReferralName,
        compact: &str,
    ) -> Result<Result<(), &'static str>, StoreError> {
        let Ok(claimed) = Claimed::<Event>::parse(compact, STATEMENT_BYTES_MAX) else {
            return Ok(Err(MALFORMED));
        };
        let (event, here) = (claimed.claimed(), ctx.here());
        let are_the_parties = [(event.author, event.other()), (event.other(), event.author)]
            .contains(&(here, peer.organisation));
        if event.name() != name || !are_the_parties {
            return Ok(Err(Fault::OtherReferral.code()));
        }
        let (by, place) =
            (if event.author == here { By::Back } else { By::There }, EventPlace::of(event));
        let seen = Seen { number: event.number, event: EventDigest::new(claimed.digest()) };
        if let Some(state) = &self.state {
            let held = self.held(ctx, place)?;
            match state.place(place.side, seen, held) {
                Ok(Place::Held) => return Ok(Ok(())),
                Ok(Place::Next) => {}
                Err(fault) => return Ok(Err(fault.code())),
            }
        }
        let Some(event) = verified(claimed, ctx.federation.view().roster()) else {
            return Ok(Err(SIGNATURE));
        };
        Ok(match self.step(ctx, &event)? {
            Ok(state) => {
                self.state = Some(state);
                self.came.push((by, event));
                Ok(())
            }
            Err(fault) => Err(fault.code()),
        })
    }

    fn step(
        &self,
        ctx: &Context,
        event: &Verified<Event>,
    ) -> Result<Result<State, Fault>, StoreError> {
        let now = clock::now();
        let Some(state) = &self.state else { return Ok(State::open(event, now)) };
        let seen = match event.statement().seen {
            Some(Seen { number, .. }) => {
                let place = EventPlace::of(event.statement());
                self.held(ctx, EventPlace { side: place.side.other(), number, ..place })?
            }
            None => None,
        };
        Ok(state.step(event, &Facts { seen, now }))
    }

    /// The digest of an event that is here, or comes with this.
    fn held(&self, ctx: &Context, place: EventPlace) -> Result<Option<EventDigest>, StoreError> {
        let coming = self.came.iter().find(|(_, event)| EventPlace::of(event.statement()) == place);
        match coming {
            Some((_, event)) => Ok(Some(EventDigest::new(event.digest()))),
            None => ctx.store.referrals().digest(place),
        }
    }

    /// Says that all is stored, when there is something that wants to know. Nothing is said while the other side holds more of
    /// what was said here than is here.
    fn acknowledge(
        &mut self,
        ctx: &Context,
        name: ReferralName,
        (peer, told): (OrganisationNumber, Held),
    ) {
        let (Some(state), Some(side)) = (&self.state, self.side(ctx)) else { return };
        if told.theirs > state.chain(side).number() {
            return ctx.desk.note_behind(name, peer);
        }
        ctx.desk.note_even(name, peer);
        let Some(of) = state.owes(side) else { return };
        let said = Said::Acknowledged { of, answer: Answer::Stored };
        if state.may(side, &said).is_err() {
            return;
        }
        let signed = sign(state.next(side, said, None, clock::now()), &ctx.sign);
        let Ok(event) = signed else { return };
        let facts = Facts { seen: None, now: clock::now() };
        if let Ok(state) = state.step(&event, &facts) {
            self.state = Some(state);
            self.came.push((By::Here, event));
        }
    }
}

/// The event, if its author has signed it with a key that is trusted.
fn verified(claimed: Claimed<Event>, roster: &Roster) -> Option<Verified<Event>> {
    let (member, key, state) = roster.signing_key(claimed.kid())?;
    let is_trusted = matches!(state, KeyState::Current | KeyState::Retired { .. });
    if member.organisation != claimed.claimed().author || !is_trusted {
        return None;
    }
    claimed.verify(&key).ok()
}
