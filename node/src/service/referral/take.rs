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
use futures::future::join_all;
use tokio::task::block_in_place;
use tracing::warn;

use super::commit::{Came, commit};
use crate::clock;
use crate::service::context::Context;
use crate::store::{By, CommitError, EventPlace, StoreError};

/// How often somebody else may be first with something in the same referral.
const TRIES: u32 = 8;

/// What is not an event that can be looked at.
const MALFORMED: &str = "malformed";

/// Signed by a key that is not its author's, or not trusted.
const SIGNATURE: &str = "signature";

/// What the other side says of one referral.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'a> {
    /// Which.
    pub(super) name: ReferralName,
    /// How much of both chains it holds.
    pub(super) held: Held,
    /// Events.
    pub(super) events: &'a [String],
}

/// What came of it.
pub(super) struct Outcome {
    /// How much of both chains is here; nothing when the referral is not.
    pub(super) held: Option<Held>,
    /// Why an event was not taken, and so none behind it.
    pub(super) fault: Option<&'static str>,
    /// How many of this organisation's events the other side holds, when that is news that is not durable yet.
    pub(super) delivered: Option<(ReferralName, u32)>,
}

/// What follows, before it is committed.
struct Draft {
    state: Option<State>,
    /// How much the other side was known to hold.
    known: u32,
    came: Vec<Came>,
    fault: Option<&'static str>,
}

/// Takes what `peer` says of referrals: of each the events, and how much of both chains it holds. They are looked at together and
/// committed side by side, so that one sync is for all of them.
///
/// Of each there is an error when the store cannot be read or written; nothing of it was taken then.
pub(super) async fn take(
    ctx: &Context,
    peer: &Member,
    told: &[Told<'_>],
) -> Vec<Result<Outcome, StoreError>> {
    let draft = |told: &Told<'_>| Draft::of(ctx, peer, told);
    let drafts: Vec<_> = block_in_place(|| told.iter().map(draft).collect());
    let taking = told.iter().zip(drafts);
    join_all(taking.map(|(told, draft)| settle(ctx, peer, told, draft))).await
}

/// Commits what follows, and looks at it anew as often as somebody else was first.
async fn settle(
    ctx: &Context,
    peer: &Member,
    told: &Told<'_>,
    mut draft: Result<Draft, StoreError>,
) -> Result<Outcome, StoreError> {
    let mut tries = 0;
    loop {
        let taken = draft?;
        let (Some(state), Some(side)) = (&taken.state, taken.side(ctx)) else {
            return Ok(Outcome { held: None, fault: taken.fault, delivered: None });
        };
        let number = |side| state.chain(side).number();
        let held = Some(Held { own: number(side), theirs: number(side.other()) });
        let delivered = told.held.theirs.min(number(side));
        let delivered = (delivered != taken.known).then_some((told.name, delivered));
        if taken.came.is_empty() {
            return Ok(Outcome { held, fault: taken.fault, delivered });
        }
        let record = Record::by_node(Action::Receive, clock::now()).with_peer(peer.organisation);
        let record = record.of_referral(told.name, &state.request().patient);
        match commit(ctx, record, &taken.came, delivered).await {
            Ok(()) => {
                if taken.is_to_be_looked_at() {
                    ctx.desk.arrived();
                }
                return Ok(Outcome { held, fault: taken.fault, delivered: None });
            }
            Err(StoreError::Commit(CommitError::Moved)) if tries < TRIES => {
                tries = u32::saturating_add(tries, 1);
                draft = block_in_place(|| Draft::of(ctx, peer, told));
            }
            Err(error) => return Err(error),
        }
    }
}

impl Draft {
    /// What follows from what is here and what is told.
    fn of(ctx: &Context, peer: &Member, told: &Told<'_>) -> Result<Self, StoreError> {
        let before = ctx.store.referrals().get(told.name)?;
        let known = before.as_ref().map_or(0, |referral| referral.delivered);
        let state = before.map(|referral| referral.state);
        let mut draft = Self { state, known, came: Vec::new(), fault: None };
        draft.follow(ctx, peer, told)?;
        draft.acknowledge(ctx, (peer.organisation, told));
        Ok(draft)
    }

    /// Which side of the referral this organisation is on.
    fn side(&self, ctx: &Context) -> Option<Side> {
        self.state.as_ref()?.side(ctx.here())
    }

    /// Whether something has come that is not answered as the application yet.
    fn is_to_be_looked_at(&self) -> bool {
        let came = |by| {
            self.came.iter().filter(move |(how, _)| *how == by).map(|(_, it)| &it.statement().said)
        };
        let is_answer = |said: &Said| matches!(said, Said::Acknowledged { answer, .. } if *answer != Answer::Stored);
        came(By::There).any(|said| !said.attached().is_empty())
            || came(By::There).any(is_request) && !came(By::Here).any(is_answer)
    }

    /// Follows the events as far as they go.
    fn follow(&mut self, ctx: &Context, peer: &Member, told: &Told<'_>) -> Result<(), StoreError> {
        let name = told.name;
        for compact in told.events {
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

    /// Says that all is stored, when there is something that wants to know; and of a request that attaches nothing also that it
    /// is accepted as by the application, because nothing has to be fetched for that. Nothing is said while the other side holds
    /// more of what was said here than is here.
    fn acknowledge(&mut self, ctx: &Context, (peer, told): (OrganisationNumber, &Told<'_>)) {
        let (Some(state), Some(side)) = (&self.state, self.side(ctx)) else { return };
        if told.held.theirs > state.chain(side).number() {
            return ctx.desk.note_behind(told.name, peer);
        }
        ctx.desk.note_even(told.name, peer);
        if let Some(of) = state.owes(side) {
            self.say(ctx, side, Said::Acknowledged { of, answer: Answer::Stored });
        }
        let bare = |(by, event): &&Came| {
            let said = &event.statement().said;
            *by == By::There && is_request(said) && said.attached().is_empty()
        };
        if let Some(of) = self.came.iter().find(bare).map(|(_, event)| event.statement().number) {
            self.say(ctx, side, Said::Acknowledged { of, answer: Answer::Accepted });
        }
    }

    /// Says something as the node, if it may be said.
    fn say(&mut self, ctx: &Context, side: Side, said: Said) {
        let Some(state) = &self.state else { return };
        if state.may(side, &said).is_err() {
            return;
        }
        let now = clock::now();
        let Ok(event) = sign(state.next(side, said, None, now), &ctx.sign) else { return };
        if let Ok(state) = state.step(&event, &Facts { seen: None, now }) {
            self.state = Some(state);
            self.came.push((By::Here, event));
        }
    }
}

fn is_request(said: &Said) -> bool {
    matches!(said, Said::Requested(_))
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
