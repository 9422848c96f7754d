//! What happens to the sites: what people do, what the network does with messages, and what goes wrong.

use std::collections::BTreeSet;
use std::mem;

use budstikke_protocol::ids::{EventDigest, OrganisationNumber, ReferralId};
use budstikke_protocol::referral::delivery::{Input, Outcome, Output};
use budstikke_protocol::referral::fault::Fault;

use super::plan::{Plan, What};
use super::random::Random;
use super::site::{Effect, Parcel, Site};
use super::{Broken, laws, says};
use crate::cast;

/// When people stop acting and the network calms down, in milliseconds.
const CALM_AT: u64 = 120_000;

/// When everything must have been delivered: the longest wait of a courier is an hour, and a clock may be an hour ahead.
const END_AT: u64 = CALM_AT + 4 * 3_600_000;

/// When a delivery that is not answered has failed.
const ANSWER_WITHIN: u64 = 5_000;

/// How many things may happen in a run; more is a storm of messages that feeds itself.
const STEPS_MAX: usize = 100_000;

/// What came of a run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Events that somebody was promised.
    pub events: usize,
    /// Messages, those that were lost among them.
    pub messages: usize,
    /// Crashes.
    pub crashes: usize,
}

struct World {
    random: Random,
    broken: Broken,
    sites: Vec<Site>,
    cut: BTreeSet<(usize, usize)>,
    is_calm: bool,
    now: u64,
    plan: Plan,
    flights: u64,
    promised: Vec<EventDigest>,
    tally: Tally,
}

/// Plays the run of a seed.
///
/// # Errors
/// The law that was broken.
pub fn run(seed: u64, broken: Broken) -> Result<Tally, String> {
    let mut world = World::new(seed, broken);
    while let Some((at, what)) = world.plan.next().filter(|(at, _)| *at <= END_AT) {
        if world.plan.count() > STEPS_MAX {
            return Err("messages never come to an end".to_owned());
        }
        world.now = at;
        world.happen(what)?;
    }
    laws::ended(&world.sites, &world.promised)?;
    Ok(Tally { events: world.promised.len(), ..world.tally })
}

impl World {
    fn new(seed: u64, broken: Broken) -> Self {
        let mut random = Random::new(seed);
        let sites = 2 + random.place(3);
        let numbers = [cast::HOSPITAL, cast::MUNICIPALITY, cast::GP, "310000043"];
        let sites = numbers.into_iter().take(sites).map(|number| {
            let is_wrong = random.percent(5);
            let ahead = if is_wrong { random.of(0..3_600_000) } else { random.of(0..250_000) };
            Site::new(cast::organisation(number), ahead)
        });
        let mut world = Self {
            sites: sites.collect(),
            random,
            broken,
            cut: BTreeSet::new(),
            is_calm: false,
            now: 0,
            plan: Plan::default(),
            flights: 0,
            promised: Vec::new(),
            tally: Tally::default(),
        };
        world.trouble();
        world.plan.add(CALM_AT, What::Calm);
        world
    }

    /// Plans what people do, and what goes wrong.
    fn trouble(&mut self) {
        let sites = self.sites.len();
        for _ in 0..self.random.of(10..40) {
            let (at, site) = (self.random.of(0..CALM_AT), self.random.place(sites));
            self.plan.add(at, What::Act(site));
        }
        for _ in 0..self.random.of(0..6) {
            let (at, site) = (self.random.of(0..CALM_AT), self.random.place(sites));
            self.plan.add(at, What::Crash(site));
        }
        for _ in 0..self.random.of(0..6) {
            let (at, one) = (self.random.of(0..CALM_AT), self.random.place(sites));
            let other = (one + 1 + self.random.place(sites - 1)) % sites;
            let mended = at + self.random.of(100..60_000);
            self.plan.add(at, What::Cut(one, other));
            self.plan.add(mended.min(CALM_AT), What::Mend(one, other));
        }
    }

    fn happen(&mut self, what: What) -> Result<(), String> {
        match what {
            What::Act(site) => self.act(site),
            What::Crash(site) => self.crash(site),
            What::Restart(site) => self.restart(site),
            What::Commit { site, run } if self.sites[site].run == run => self.commit(site)?,
            What::Tick { site, run, peer } if self.sites[site].run == run => {
                self.tell(site, peer, Input::Tick);
            }
            What::TimedOut { site, run, peer, flight }
                if self.sites[site].run == run
                    && self.sites[site].flights.get(&peer) == Some(&flight) =>
            {
                self.sites[site].flights.remove(&peer);
                self.tell(site, peer, Input::Answered(Outcome::Failed));
            }
            What::Commit { .. } | What::Tick { .. } | What::TimedOut { .. } => {}
            What::Cut(one, other) => {
                self.cut.extend([(one, other), (other, one)]);
            }
            What::Mend(one, other) => self.mend(one, other),
            What::Delivery { from, to, flight, parcels } => {
                self.delivered(from, to, flight, &parcels)?;
            }
            What::Answer { from, to, flight, parcels } => {
                self.answered(from, to, flight, &parcels)?;
            }
            What::Calm => self.calm(),
        }
        Ok(())
    }

    fn act(&mut self, at: usize) {
        if !self.sites[at].is_up {
            return;
        }
        let threads: Vec<_> = self.sites[at].memory.keys().copied().collect();
        if threads.is_empty() || (threads.len() < 4 && self.random.percent(10)) {
            let to = (at + 1 + self.random.place(self.sites.len() - 1)) % self.sites.len();
            let mut random = [0; 10];
            random[2..].copy_from_slice(&self.random.any().to_be_bytes());
            let referral = says::Referral {
                id: ReferralId::from_parts(self.now, random),
                referrer: self.sites[at].organisation,
                receiver: self.sites[to].organisation,
            };
            self.sites[at].refer(referral, to, self.now);
        } else {
            let name = threads[self.random.place(threads.len())];
            let thread = &self.sites[at].memory[&name];
            let side = thread.side(self.sites[at].organisation);
            let other = thread.state.party(side.other());
            let Some(said) = says::anything(&mut self.random, &thread.state, side) else { return };
            let to = self.place_of(other);
            self.sites[at].say(name, said, to, self.now);
        }
        self.changed(at);
    }

    /// Commits soon: with whatever else comes until then.
    fn changed(&mut self, site: usize) {
        let at = self.now + self.random.of(1..30);
        let run = self.sites[site].run;
        if self.broken == Broken::SendsUncommitted {
            let effects = mem::take(&mut self.sites[site].after_commit);
            for effect in effects {
                self.take_effect(site, effect);
            }
        }
        self.plan.add(at, What::Commit { site, run });
    }

    fn commit(&mut self, at: usize) -> Result<(), String> {
        let site = &mut self.sites[at];
        laws::committed(&site.disk, &site.memory)?;
        site.disk.clone_from(&site.memory);
        let effects = mem::take(&mut site.after_commit);
        for effect in effects {
            self.take_effect(at, effect);
        }
        Ok(())
    }

    fn take_effect(&mut self, at: usize, effect: Effect) {
        match effect {
            Effect::Promise(event) => self.promised.push(event),
            Effect::Work(peer) => self.tell(at, peer, Input::Work),
            Effect::Ended(peer, outcome) => self.tell(at, peer, Input::Answered(outcome)),
            Effect::Answer { to, flight, parcels } => {
                let site = &self.sites[at];
                let answer = |(name, have, fault)| site.answer(name, have, fault);
                let parcels = parcels.into_iter().map(answer).collect();
                self.send(
                    at,
                    to,
                    |parcels| What::Answer { from: at, to, flight, parcels },
                    parcels,
                );
            }
        }
    }

    /// Tells a courier something, and does what it wants.
    fn tell(&mut self, at: usize, peer: usize, input: Input) {
        let random = self.random.any();
        let site = &mut self.sites[at];
        let (run, now) = (site.run, self.now);
        match site.couriers.entry(peer).or_default().step(input, now, random) {
            Output::Rest => {}
            Output::Wake(until) => self.plan.add(until, What::Tick { site: at, run, peer }),
            Output::Send => self.dispatch(at, peer),
        }
    }

    fn dispatch(&mut self, at: usize, peer: usize) {
        let parcels = self.sites[at].parcels(self.sites[peer].organisation, self.broken);
        if parcels.is_empty() {
            return self.tell(at, peer, Input::Answered(Outcome::Done));
        }
        if self.broken == Broken::TrustsTheNetwork {
            for parcel in &parcels {
                let sent = u32::try_from(parcel.events.len()).unwrap();
                let delivered = self.sites[at].memory[&parcel.name].delivered + sent;
                self.sites[at].note(parcel.name, delivered);
            }
        }
        self.flights += 1;
        let (flight, run) = (self.flights, self.sites[at].run);
        self.sites[at].flights.insert(peer, flight);
        self.plan.add(self.now + ANSWER_WITHIN, What::TimedOut { site: at, run, peer, flight });
        self.send(
            at,
            peer,
            |parcels| What::Delivery { from: at, to: peer, flight, parcels },
            parcels,
        );
    }

    /// Sends a message, which may get lost, come late, or come twice.
    fn send(
        &mut self,
        from: usize,
        to: usize,
        message: impl Fn(Vec<Parcel>) -> What,
        parcels: Vec<Parcel>,
    ) {
        self.tally.messages += 1;
        let (lost, twice) = if self.is_calm { (0, 0) } else { (20, 10) };
        if self.cut.contains(&(from, to)) || self.random.percent(lost) {
            return;
        }
        if self.random.percent(twice) {
            let late = self.now + self.random.of(1..20_000);
            self.plan.add(late, message(parcels.clone()));
        }
        let at = self.now + self.random.of(1..2_000);
        self.plan.add(at, message(parcels));
    }

    fn delivered(
        &mut self,
        from: usize,
        to: usize,
        flight: u64,
        parcels: &[Parcel],
    ) -> Result<(), String> {
        if !self.sites[to].is_up {
            return Ok(());
        }
        let mut taken = Vec::with_capacity(parcels.len());
        for parcel in parcels {
            let fault = self.taken(to, from, parcel)?;
            taken.push((parcel.name, parcel.have, fault));
        }
        self.sites[to].after_commit.push(Effect::Answer { to: from, flight, parcels: taken });
        self.changed(to);
        Ok(())
    }

    fn answered(
        &mut self,
        from: usize,
        to: usize,
        flight: u64,
        parcels: &[Parcel],
    ) -> Result<(), String> {
        // A connection on which nobody waits for the answer any more is closed.
        if !self.sites[to].is_up || self.sites[to].flights.get(&from) != Some(&flight) {
            return Ok(());
        }
        self.sites[to].flights.remove(&from);
        let mut outcome = Outcome::More;
        for parcel in parcels {
            self.sites[to].note(parcel.name, parcel.have);
            let fault = self.taken(to, from, parcel)?;
            if parcel.fault.or(fault) == Some(Fault::NotYet) {
                outcome = Outcome::Failed;
            }
        }
        self.sites[to].after_commit.push(Effect::Ended(from, outcome));
        self.changed(to);
        Ok(())
    }

    /// Takes a parcel; no honest event is refused for good.
    fn taken(&mut self, at: usize, from: usize, parcel: &Parcel) -> Result<Option<Fault>, String> {
        match self.sites[at].take(parcel, from, self.now, self.broken) {
            // The first events of a referral got lost, and come again.
            Some(Fault::NotRequested) if !self.sites[at].memory.contains_key(&parcel.name) => {
                Ok(None)
            }
            Some(fault) if !fault.may_pass() => {
                Err(format!("an event that its author could say was refused: {fault}"))
            }
            fault => Ok(fault),
        }
    }

    fn crash(&mut self, at: usize) {
        if self.sites[at].is_up {
            self.tally.crashes += 1;
            self.sites[at].crash();
            let back = self.now + self.random.of(10..20_000);
            self.plan.add(back.min(CALM_AT), What::Restart(at));
        }
    }

    fn restart(&mut self, at: usize) {
        if self.sites[at].is_up {
            return;
        }
        self.sites[at].is_up = true;
        for peer in (0..self.sites.len()).filter(|peer| *peer != at) {
            if self.broken != Broken::ForgetsOutbox {
                self.tell(at, peer, Input::Work);
            }
            self.appear(at, peer);
        }
    }

    fn mend(&mut self, one: usize, other: usize) {
        self.cut.remove(&(one, other));
        self.cut.remove(&(other, one));
        self.appear(one, other);
    }

    /// Two sites are connected anew.
    fn appear(&mut self, one: usize, other: usize) {
        if self.sites[one].is_up && self.sites[other].is_up && !self.cut.contains(&(one, other)) {
            self.tell(one, other, Input::Appeared);
            self.tell(other, one, Input::Appeared);
        }
    }

    fn calm(&mut self) {
        self.is_calm = true;
        self.cut.clear();
        for site in 0..self.sites.len() {
            self.restart(site);
        }
    }

    fn place_of(&self, organisation: OrganisationNumber) -> usize {
        self.sites.iter().position(|site| site.organisation == organisation).unwrap()
    }
}
