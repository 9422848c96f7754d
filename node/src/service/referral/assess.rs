//! Acting as the receiving application: what an event attaches is fetched and looked at, and the other side is told what came of it.
//!
//! Nobody has decided anything by that: a person does so later. What cannot be fetched now is fetched when its custodian is
//! there again; until then nothing is said.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::referral::event::{Attached, Event, ReferralName};
use budstikke_protocol::referral::said::{Answer, Said};
use futures::future::join_all;
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::application::judge;
use super::commit::commit;
use super::speech::signed;
use crate::clock;
use crate::failure::{Failure, chain};
use crate::service::caller::{Who, caller};
use crate::service::context::Context;
use crate::service::fetch::fetch;
use crate::store::{By, CommitError, EventPlace, Referral, StoreError};

/// How long a custodian is left alone that could not be reached or did not give a document, at first and at most.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// Referrals that are looked at together: their documents come from a few custodians at a time.
const TOGETHER: usize = 8;

/// Referrals that are read from the store at a time.
const PAGE: usize = 256;

/// How often the other side may be first with something.
const TRIES: u32 = 8;

/// The custodians that are left alone, until when, and for how long.
type Pauses = BTreeMap<OrganisationNumber, (Instant, Duration)>;

/// Looks at what has come, until `stop`.
pub async fn keep(ctx: Arc<Context>, stop: CancellationToken) {
    let mut pauses = Pauses::new();
    loop {
        let left = tokio::select! {
            () = stop.cancelled() => return,
            left = round(&ctx, &mut pauses) => left,
        };
        let again =
            async { if left { sleep(PAUSE_MIN).await } else { std::future::pending().await } };
        tokio::select! {
            () = stop.cancelled() => return,
            () = ctx.desk.arrival() => {}
            () = again => {}
        }
    }
}

/// Looks at everything once, and says whether something is left.
async fn round(ctx: &Context, pauses: &mut Pauses) -> bool {
    let (mut after, mut left) = (None, false);
    loop {
        let page = match block_in_place(|| ctx.store.referrals().unassessed(after, PAGE)) {
            Ok(page) => page,
            Err(error) => {
                warn!(error = chain(&error), "what has come in referrals cannot be looked at");
                return true;
            }
        };
        after = page.last().map(|(name, _)| *name);
        for some in page.chunks(TOGETHER) {
            let now = Instant::now();
            let looking = some.iter().map(|(name, last)| look(ctx, *name, *last, pauses));
            for Left { custodian, failure } in
                join_all(looking).await.into_iter().filter_map(Result::err)
            {
                left = true;
                debug!(error = failure.error, "a document of a referral is not here yet");
                if let Some(custodian) = custodian {
                    pause(pauses, custodian, now);
                }
            }
        }
        if page.len() < PAGE {
            // One that has just ended is still to grow, should it fail again.
            pauses.retain(|_, (until, _)| until.elapsed() < PAUSE_MAX);
            return left;
        }
    }
}

fn pause(pauses: &mut Pauses, custodian: OrganisationNumber, now: Instant) {
    let before = pauses.get(&custodian);
    let pause = before.map_or(PAUSE_MIN, |(_, pause)| pause.saturating_mul(2).min(PAUSE_MAX));
    pauses.insert(custodian, (now.checked_add(pause).unwrap_or(now), pause));
}

/// Why something is not looked at yet.
struct Left {
    /// Who does not give what is needed.
    custodian: Option<OrganisationNumber>,
    failure: Failure,
}

impl From<StoreError> for Left {
    fn from(error: StoreError) -> Self {
        Self { custodian: None, failure: error.into() }
    }
}

/// Looks at every event of a referral up to `last` that needs it, in order.
async fn look(ctx: &Context, name: ReferralName, last: u32, pauses: &Pauses) -> Result<(), Left> {
    let Some(referral) = block_in_place(|| ctx.store.referrals().get(name))? else { return Ok(()) };
    let other = referral.here.other();
    let answered = referral.state.chain(referral.here).answered();
    for number in answered.saturating_add(1)..=last {
        let place = EventPlace { name, side: other, number };
        let Some(event) = block_in_place(|| ctx.store.referrals().event(place))? else {
            return Ok(());
        };
        let event = event.claimed();
        let has_application = number == last || !event.said.attached().is_empty();
        if !has_application {
            continue;
        }
        fetch_all(ctx, event, pauses).await?;
        let caller = caller(ctx, &Who::default()).ok();
        let refused = judge(ctx, caller.as_ref(), &referral, event).await;
        let refused = refused.map_err(|failure| Left { custodian: None, failure })?;
        let answer = refused.map_or(Answer::Accepted, Answer::Refused);
        say(ctx, name, Said::Acknowledged { of: number, answer }).await?;
    }
    Ok(())
}

/// Fetches what is attached and not here.
async fn fetch_all(ctx: &Context, event: &Event, pauses: &Pauses) -> Result<(), Left> {
    for Attached { custodian, document, .. } in event.said.attached() {
        let is_here = *custodian == ctx.here()
            || block_in_place(|| ctx.store.entry(*custodian, *document))?.is_some();
        if is_here {
            continue;
        }
        let left = |failure| Left { custodian: Some(*custodian), failure };
        if pauses.get(custodian).is_some_and(|(until, _)| *until > Instant::now()) {
            return Err(Left {
                custodian: None,
                failure: Failure::new("its custodian is left alone for a while", "wait"),
            });
        }
        let caller: Caller = caller(ctx, &Who::default()).map_err(left)?;
        fetch(ctx, &caller, *custodian, *document, &mut |_, _| ()).await.map_err(left)?;
    }
    Ok(())
}

/// Says it as the node, with nobody behind it.
async fn say(ctx: &Context, name: ReferralName, said: Said) -> Result<(), Left> {
    let mut tries = 0;
    loop {
        let Some(referral) = block_in_place(|| ctx.store.referrals().get(name))? else {
            return Ok(());
        };
        let Referral { state, here, .. } = &referral;
        if ctx.desk.is_behind(name) || state.may(*here, &said).is_err() {
            return Ok(());
        }
        let now = clock::now();
        let event = signed(ctx, state.next(*here, said.clone(), None, now));
        let event = event.map_err(|failure| Left { custodian: None, failure })?;
        let record = Record::by_node(Action::Refer, now).with_peer(referral.other());
        let record = record.of_referral(name, &state.request().patient);
        match commit(ctx, record, &[(By::Here, event)], None).await {
            Ok(()) => {
                info!(referral = %name, "looked at what has come in a referral");
                ctx.desk.waits(referral.other());
                return Ok(());
            }
            Err(StoreError::Commit(CommitError::Moved)) if tries < TRIES => {
                tries = u32::saturating_add(tries, 1);
            }
            Err(error) => return Err(error.into()),
        }
    }
}
