//! Delivering what waits: for each organisation for which something does, a courier that takes one delivery at a time there.
//!
//! When it goes is the machine's to say (`referral::delivery` in the protocol); what rides is read from the store each time, so
//! nothing is lost with a courier.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::federation::roster::Member;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::limits::{DELIVERY_BYTES_MAX, DELIVERY_THREADS_MAX};
use budstikke_protocol::referral::delivery::{
    Courier, DEAD_AFTER, Input, Outcome, Output, Waiting, batch,
};
use budstikke_protocol::referral::event::ReferralName;
use budstikke_protocol::wire::referral::{Held, Parcel, ReferralAnswer, ReferralDelivery, Taken};
use tokio::task::{JoinSet, block_in_place};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::desk::{Call, Trouble};
use super::marks;
use super::parcel::{held, lacking, parcel};
use super::take::{Told, take};
use crate::clock;
use crate::entropy;
use crate::failure::{Failure, chain};
use crate::service::context::Context;
use crate::store::{Referral, StoreError};

/// How long something that was told in an answer may wait for the word that it has arrived.
const IDLE_WORK_EVERY: Duration = Duration::from_secs(2);

/// How many referrals with something new are looked at for one delivery: as many as go before others.
const FRESH_EACH: usize = 8;

/// Referrals that are read from the store at a time.
const PAGE: usize = 256;

/// One that carries, and what it has been told.
struct Round {
    ctx: Arc<Context>,
    to: OrganisationNumber,
    fresh: BTreeSet<ReferralName>,
    /// How much of each referral the other side has said that it holds; for what is not here it holds all that it has sent.
    told: BTreeMap<ReferralName, Held>,
    /// What the other side does not take. It is left alone until the next pause is over.
    stuck: BTreeSet<ReferralName>,
    /// Whether everything rides that waits.
    is_all: bool,
    error: String,
}

/// Keeps couriers going until `stop`.
pub async fn keep(ctx: Arc<Context>, stop: CancellationToken) {
    if let Err(error) = block_in_place(|| begin(&ctx)) {
        warn!(error = chain(&error), "the outbox cannot be read");
    }
    let mut idle = interval(IDLE_WORK_EVERY);
    idle.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut running, mut busy) = (JoinSet::new(), BTreeSet::new());
    loop {
        let called = ctx.desk.called().notified();
        tokio::pin!(called);
        called.as_mut().enable();
        for to in ctx.desk.receivers() {
            if busy.insert(to) {
                running.spawn(carry(Arc::clone(&ctx), to));
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            Some(ended) = running.join_next(), if !running.is_empty() => match ended {
                Ok(to) => drop(busy.remove(&to)),
                // A courier that has panicked is started anew, with all others.
                Err(error) => {
                    warn!(%error, "a courier has failed");
                    running.shutdown().await;
                    busy.clear();
                }
            },
            () = called => {}
            _ = idle.tick() => ctx.desk.call_idle(),
        }
    }
}

/// Calls a courier for everybody for whom something waits. In a home that was copied or put back nothing is signed in a referral
/// before its other side has said what it holds; and everybody is asked for the referrals that it may have lost as a whole.
fn begin(ctx: &Context) -> Result<(), StoreError> {
    ctx.store.referrals().receivers()?.into_iter().for_each(|to| ctx.desk.waits(to));
    if !ctx.restored.is_waiting() {
        return Ok(());
    }
    for member in &ctx.federation.view().roster().members {
        if member.organisation != ctx.here() {
            ctx.desk.note_recall(member.organisation, true);
            ctx.desk.waits(member.organisation);
        }
    }
    let mut after = None;
    loop {
        let page = ctx.store.referrals().all(after, PAGE)?;
        for referral in &page {
            ctx.desk.note_behind(referral.name, referral.other());
            ctx.desk.waits(referral.other());
        }
        match page.last() {
            Some(last) => after = Some(last.name),
            None => return Ok(()),
        }
    }
}

/// Carries what waits for one organisation, until nothing does.
async fn carry(ctx: Arc<Context>, to: OrganisationNumber) -> OrganisationNumber {
    let began = Instant::now();
    let now = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut courier = Courier::default();
    let mut round = Round {
        ctx,
        to,
        fresh: BTreeSet::new(),
        told: BTreeMap::new(),
        stuck: BTreeSet::new(),
        is_all: false,
        error: String::new(),
    };
    let mut output = Output::Rest;
    loop {
        let input = match output {
            Output::Send => {
                // While a backlog drains there is no rest, and what is new must not wait for one.
                round.called();
                let outcome = round.deliver().await;
                round.settle(&courier, outcome);
                Input::Answered(outcome)
            }
            Output::Wake(at) => {
                round.note_wait(&courier, at.saturating_sub(now()));
                let until = began.checked_add(Duration::from_millis(at)).unwrap_or(began);
                let input = round.wait(until).await;
                if input != Input::Work {
                    round.stuck.clear();
                }
                input
            }
            Output::Rest => match round.called() {
                // One that appears may be waited for by something that failed before this courier came.
                Some(_) => Input::Work,
                None => return to,
            },
        };
        output = courier.step(input, now(), random());
    }
}

impl Round {
    /// Takes the call, if there is one.
    fn called(&mut self) -> Option<Call> {
        let mut call = self.ctx.desk.take_call(self.to)?;
        self.fresh.append(&mut call.fresh);
        Some(call)
    }

    /// Waits for the time, or for something that changes what to do.
    async fn wait(&mut self, until: Instant) -> Input {
        let ctx = Arc::clone(&self.ctx);
        loop {
            let called = ctx.desk.called().notified();
            tokio::pin!(called);
            called.as_mut().enable();
            if let Some(call) = self.called() {
                return if call.is_there { Input::Appeared } else { Input::Work };
            }
            tokio::select! {
                () = sleep_until(until) => return Input::Tick,
                () = called => {}
            }
        }
    }

    /// Notes what trouble there is while it waits.
    fn note_wait(&self, courier: &Courier, milliseconds: u64) {
        self.ctx.desk.note_trouble(
            self.to,
            Some(Trouble {
                error: self.error.clone(),
                attempts: courier.failures(),
                next: clock::now().plus(Duration::from_millis(milliseconds)),
            }),
        );
    }

    fn settle(&mut self, courier: &Courier, outcome: Outcome) {
        match outcome {
            Outcome::Done | Outcome::More => {
                self.ctx.desk.note_trouble(self.to, None);
                self.error.clear();
            }
            Outcome::Failed | Outcome::Full { .. } => {
                debug!(to = %self.to, attempts = courier.failures(), error = self.error, "referrals were not delivered");
            }
        }
    }

    /// Takes one delivery there, and what comes back.
    async fn deliver(&mut self) -> Outcome {
        match self.try_deliver().await {
            Ok(outcome) => outcome,
            Err(failure) => {
                self.error = failure.error;
                Outcome::Failed
            }
        }
    }

    async fn try_deliver(&mut self) -> Result<Outcome, Failure> {
        let ctx = Arc::clone(&self.ctx);
        let view = ctx.federation.view();
        let is_recalling = ctx.desk.is_recalling(self.to);
        // Nothing in it says that everything is wanted.
        let parcels = if is_recalling { Vec::new() } else { block_in_place(|| self.parcels())? };
        if parcels.is_empty() && !is_recalling {
            return Ok(self.rest());
        }
        let member = view.active(self.to)?;
        if !view.standing(clock::now()).permits_exchange() {
            return Err(Failure::new(
                "no patient data is exchanged under the present roster",
                "budstikke status says why",
            ));
        }
        let sent: Vec<_> =
            parcels.iter().map(|parcel| (parcel.name(), parcel.events.len())).collect();
        let answer = ctx.net.referral(member.keys.node, ReferralDelivery { parcels }).await?;
        match answer {
            ReferralAnswer::Taken(taken) if taken.len() == sent.len() => {
                if is_recalling {
                    ctx.desk.note_recall(self.to, false);
                    return Ok(Outcome::More);
                }
                self.taken(member, &sent, &taken).await
            }
            ReferralAnswer::Taken(_) => Err(Failure::new(
                format!("{} answered for other referrals than were delivered", self.to),
                "tell their operator, it is a fault or an attack",
            )),
            ReferralAnswer::Full { retry_after } => {
                "it has no room at present".clone_into(&mut self.error);
                Ok(Outcome::Full { retry_after: Duration::from_secs(u64::from(retry_after)) })
            }
            ReferralAnswer::Refused(refusal) => Err(crate::service::ask::refused(member, refusal)),
        }
    }

    /// What is left when nothing can be sent.
    fn rest(&mut self) -> Outcome {
        if self.stuck.is_empty() {
            Outcome::Done
        } else {
            "it does not take some referrals: budstikke outbox list".clone_into(&mut self.error);
            Outcome::Failed
        }
    }

    /// What rides in the next delivery.
    fn parcels(&mut self) -> Result<Vec<Parcel>, StoreError> {
        let candidates = self.candidates()?;
        let (mut loads, mut waiting) = (BTreeMap::new(), Vec::new());
        for (at, (referral, is_fresh)) in (0_u64..).zip(candidates) {
            let name = referral.name;
            let is_asked = self.ctx.desk.is_asked(name, self.to);
            let since = referral.waiting.map(|waiting| waiting.since);
            let Some(since) = since.or(is_asked.then_some(Timestamp::UNIX_EPOCH)) else { continue };
            let told = self.told(&referral);
            self.told.insert(name, told);
            let events = lacking(&self.ctx, &referral, told, DELIVERY_BYTES_MAX)?;
            let bytes = events.iter().map(String::len).sum();
            let since = u64::try_from(since.unix_seconds()).unwrap_or(0);
            let newest = if is_fresh { u64::MAX.saturating_sub(at) } else { 0 };
            waiting.push(Waiting { thread: name, since, newest, bytes });
            loads.insert(name, (referral, events, is_asked));
        }
        let riding = batch(waiting).into_iter();
        let parcels = riding.filter_map(|(name, bytes)| {
            let (referral, events, is_asked) = loads.remove(&name)?;
            let parcel = parcel(&referral, events, bytes);
            (is_asked || !parcel.events.is_empty()).then_some(parcel)
        });
        let parcels = parcels.collect();
        self.is_all &= loads.is_empty();
        Ok(parcels)
    }

    /// The referrals to choose from: those with something new, and the oldest.
    fn candidates(&mut self) -> Result<Vec<(Referral, bool)>, StoreError> {
        let alive = clock::now().minus(DEAD_AFTER);
        let limit = DELIVERY_THREADS_MAX.saturating_add(self.stuck.len());
        let referrals = self.ctx.store.referrals();
        let outgoing = referrals.outgoing_whole(self.to, alive, limit)?;
        self.is_all = outgoing.len() < limit;
        let mut outgoing: BTreeMap<_, _> =
            outgoing.into_iter().map(|referral| (referral.name, referral)).collect();
        let mut named = Vec::new();
        while named.len() < FRESH_EACH
            && let Some(name) = self.fresh.pop_last()
        {
            if !self.stuck.contains(&name) {
                named.push((name, true));
            }
        }
        let asked = self.ctx.desk.asked(self.to).into_iter();
        let asked: Vec<_> = asked
            .filter(|name| !self.stuck.contains(name) && !named.contains(&(*name, true)))
            .take(DELIVERY_THREADS_MAX)
            .collect();
        named.extend(asked.into_iter().map(|name| (name, false)));
        let mut candidates = Vec::new();
        for (name, is_fresh) in named {
            let read = match outgoing.remove(&name) {
                Some(referral) => Some(referral),
                None => referrals.get(name)?,
            };
            candidates.extend(read.map(|referral| (referral, is_fresh)));
        }
        candidates.extend(outgoing.into_values().map(|referral| (referral, false)));
        candidates.retain(|(referral, _)| !self.stuck.contains(&referral.name));
        Ok(candidates)
    }

    /// How much of a referral the other side holds, as far as is known.
    fn told(&self, referral: &Referral) -> Held {
        let own = held(referral).theirs;
        let told = self.told.get(&referral.name).copied();
        told.unwrap_or(Held { own, theirs: referral.delivered })
    }

    /// Deals with what the other side has answered.
    async fn taken(
        &mut self,
        member: &Member,
        sent: &[(ReferralName, usize)],
        taken: &[Taken],
    ) -> Result<Outcome, Failure> {
        let told = sent.iter().zip(taken);
        let told: Vec<_> = told
            .map(|((name, _), taken)| Told { name: *name, held: taken.held, events: &taken.events })
            .collect();
        let outcomes = take(&self.ctx, member, &told).await;
        let (mut delivered, mut has_moved, mut are_even) = (Vec::new(), false, true);
        for (((name, events), taken), outcome) in sent.iter().zip(taken).zip(outcomes) {
            let outcome = outcome?;
            let before = self.told.insert(*name, taken.held);
            let untaken = *events > 0 && before == Some(taken.held);
            let ungiven = taken.events.is_empty() && self.ctx.desk.is_behind(*name);
            let silent = (untaken || ungiven).then_some("no-progress");
            let fault = taken.fault.as_deref().or(outcome.fault).or(silent);
            self.ctx.desk.note_fault(*name, fault.map(shortened));
            if fault.is_some() {
                self.stuck.insert(*name);
            }
            has_moved |= fault.is_none();
            are_even &= outcome.held.is_some_and(|held| held.own == taken.held.theirs);
            // From then on the store knows the same.
            if outcome.held.is_some_and(|held| held.theirs <= taken.held.own) {
                self.told.remove(name);
            }
            delivered.extend(outcome.delivered);
        }
        marks::commit(&self.ctx, self.to, delivered).await?;
        // What is stuck must not be tried without a pause.
        if !has_moved {
            return Ok(self.rest());
        }
        // Whatever is said from now on calls.
        let is_done = self.is_all && are_even && self.fresh.is_empty() && self.stuck.is_empty();
        Ok(if is_done { Outcome::Done } else { Outcome::More })
    }
}

/// What a peer says of a fault, for people.
fn shortened(fault: &str) -> String {
    fault.chars().filter(|char| char.is_ascii_alphanumeric() || *char == '-').take(40).collect()
}

fn random() -> u64 {
    // Without random bytes all pauses are whole ones.
    entropy::draw::<8>().map_or(u64::MAX, |bytes| u64::from_be_bytes(*bytes))
}
