//! Announcing what waits: for each organisation for which something does, a courier that says some of it at a time.
//!
//! When it goes is for the machine to say that carries referrals too (`referral::delivery` in the protocol). What it says is read from the
//! store each time, so nothing is lost with a courier.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use budstikke_keys::jws::Claimed;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::federation::roster::Member;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::referral::delivery::{Courier, Input, Outcome, Output};
use budstikke_protocol::wire::index::{Announcement, IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::refusal::Refusal;
use futures::future::join_all;
use tokio::task::{JoinSet, block_in_place};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::clock;
use crate::entropy;
use crate::failure::{Failure, chain};
use crate::service::context::Context;
use crate::service::index;
use crate::store::{Change, Commit, Entry};

/// Documents that are announced to one organisation at a time, and noted with one commit: half of the questions that a connection serves at a time.
const EACH: usize = 16;

/// One that announces, and what it has been told.
struct Round {
    ctx: Arc<Context>,
    to: OrganisationNumber,
    /// What the other side does not take. It is left alone until the next pause is over.
    stuck: BTreeSet<DocumentId>,
}

/// What came of telling of one document.
enum Told {
    /// It is on the other side's disk.
    Taken(Box<Claimed<Manifest>>),
    /// There is nothing to tell any more.
    Gone,
    /// The other side does not take it.
    Refused(DocumentId),
    /// The other side was not there, or this node cannot prove it yet.
    Failed(String),
    /// The other side says when to come again.
    Later(u32),
}

/// Keeps couriers going until `stop`.
pub async fn keep(ctx: Arc<Context>, stop: CancellationToken) {
    begin(&ctx);
    let (mut running, mut busy) = (JoinSet::new(), BTreeSet::new());
    loop {
        let called = ctx.announcing.called().notified();
        tokio::pin!(called);
        called.as_mut().enable();
        for to in ctx.announcing.receivers() {
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
                    warn!(%error, "a courier of announcements has failed");
                    running.shutdown().await;
                    busy.clear();
                    begin(&ctx);
                }
            },
            () = called => {}
        }
    }
}

/// Calls a courier for everybody for whom something waits.
fn begin(ctx: &Context) {
    match block_in_place(|| ctx.store.announcements().receivers()) {
        Ok(receivers) => receivers.into_iter().for_each(|to| ctx.announcing.waits(to)),
        Err(error) => warn!(error = chain(&error), "what is to be announced cannot be read"),
    }
}

/// Announces what waits for one organisation, until nothing does.
async fn carry(ctx: Arc<Context>, to: OrganisationNumber) -> OrganisationNumber {
    let began = Instant::now();
    let now = || u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let mut courier = Courier::default();
    let mut round = Round { ctx, to, stuck: BTreeSet::new() };
    let mut output = Output::Rest;
    loop {
        let input = match output {
            Output::Send => Input::Answered(round.announce().await),
            Output::Wake(at) => {
                let until = began.checked_add(Duration::from_millis(at)).unwrap_or(began);
                let input = round.wait(until).await;
                if input != Input::Work {
                    round.stuck.clear();
                }
                input
            }
            Output::Rest => match round.ctx.announcing.take(to) {
                // One that appears may be waited for by something that failed before this courier came.
                Some(_) => Input::Work,
                None => return to,
            },
        };
        output = courier.step(input, now(), random());
    }
}

impl Round {
    /// Waits for the time, or for something that changes what to do.
    async fn wait(&self, until: Instant) -> Input {
        loop {
            let called = self.ctx.announcing.called().notified();
            tokio::pin!(called);
            called.as_mut().enable();
            if let Some(call) = self.ctx.announcing.take(self.to) {
                return call;
            }
            tokio::select! {
                () = sleep_until(until) => return Input::Tick,
                () = called => {}
            }
        }
    }

    /// Says some of what waits, and notes what was taken.
    async fn announce(&mut self) -> Outcome {
        match self.try_announce().await {
            Ok(outcome) => outcome,
            Err(failure) => {
                debug!(to = %self.to, error = failure.error, "nothing could be announced");
                Outcome::Failed
            }
        }
    }

    async fn try_announce(&mut self) -> Result<Outcome, Failure> {
        let ctx = Arc::clone(&self.ctx);
        let limit = EACH.saturating_add(self.stuck.len());
        let waiting = block_in_place(|| ctx.store.announcements().waiting(self.to, limit))?;
        let fresh: Vec<_> = waiting.into_iter().filter(|it| !self.stuck.contains(it)).collect();
        if fresh.is_empty() {
            return Ok(if self.stuck.is_empty() { Outcome::Done } else { Outcome::Failed });
        }
        let view = ctx.federation.view();
        let member = view.active(self.to)?;
        if !view.standing(clock::now()).permits_exchange() {
            return Err(Failure::new(
                "no patient data is exchanged under the present roster",
                "budstikke status says why",
            ));
        }
        let telling = fresh.into_iter().take(EACH).map(|document| tell(&ctx, member, document));
        let (mut taken, mut later, mut failed) = (Vec::new(), None, None);
        for told in join_all(telling).await {
            match told {
                Told::Taken(manifest) => taken.push(manifest),
                Told::Gone => {}
                Told::Refused(document) => {
                    warn!(%document, to = %self.to, "an announcement was not taken");
                    self.stuck.insert(document);
                }
                Told::Failed(error) => failed = Some(error),
                Told::Later(seconds) => later = Some(seconds),
            }
        }
        self.note(&taken).await?;
        match (later, failed) {
            (Some(seconds), _) => {
                Ok(Outcome::Full { retry_after: Duration::from_secs(seconds.into()) })
            }
            (None, Some(error)) => Err(Failure::new(error, "it is tried again")),
            (None, None) => Ok(Outcome::More),
        }
    }

    /// Notes that the other side has been told. It was said before, with the sharing, that it may know.
    async fn note(&self, taken: &[Box<Claimed<Manifest>>]) -> Result<(), Failure> {
        if taken.is_empty() {
            return Ok(());
        }
        let record = Record::by_node(Action::Announce, clock::now()).with_peer(self.to);
        let record = taken.iter().fold(record, |record, manifest| record.of(manifest.claimed()));
        let told = |manifest: &Manifest| Change::Told {
            to: self.to,
            custodian: manifest.organisation,
            document: manifest.document,
        };
        let changes = taken.iter().map(|manifest| told(manifest.claimed()));
        self.ctx.store.commit(changes.fold(Commit::new(record), Commit::with)).await?;
        info!(to = %self.to, documents = taken.len(), "announced");
        Ok(())
    }
}

/// Tells one organisation of one document, with its receipt.
async fn tell(ctx: &Context, member: &Member, document: DocumentId) -> Told {
    let failed = |failure: Failure| Told::Failed(failure.error);
    let entry = match block_in_place(|| ctx.store.entry(ctx.here(), document)) {
        Ok(Some(entry)) => entry,
        Ok(None) => return Told::Gone,
        Err(error) => return Told::Failed(chain(&error)),
    };
    let receipt = match index::receipt(ctx, document).await {
        Ok((receipt, _)) => receipt.to_string(),
        Err(failure) => return failed(failure),
    };
    let announcement = announcement(&entry, member.organisation, receipt);
    match ctx.net.index(member.keys.node, IndexQuestion::Announce(announcement)).await {
        Ok(IndexAnswer::Announced) => Told::Taken(Box::new(entry.manifest)),
        Ok(IndexAnswer::Refused(Refusal::Rate { retry_after })) => Told::Later(retry_after),
        Ok(IndexAnswer::Refused(Refusal::Technical | Refusal::Clock { .. })) => {
            Told::Failed("it cannot take anything now".to_owned())
        }
        Ok(_) => Told::Refused(document),
        Err(error) => Told::Failed(chain(&error)),
    }
}

/// The change of sharing goes along when only that names the organisation.
fn announcement(entry: &Entry, to: OrganisationNumber, receipt: String) -> Announcement {
    let is_named = matches!(&entry.manifest.claimed().sharing, Sharing::Organisations(named) if named.contains(&to));
    let sharing = entry.sharing_statement.clone().filter(|_| !is_named);
    Announcement { manifest: entry.manifest.compact().to_owned(), sharing, receipt }
}

fn random() -> u64 {
    // Without random bytes all pauses are whole ones.
    entropy::draw::<8>().map_or(u64::MAX, |bytes| u64::from_be_bytes(*bytes))
}
