//! Looking for a patient's records at every member at once, for as long as somebody waits.

use std::collections::BTreeSet;
use std::time::Duration;

use budstikke_keys::jws::Verified;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::federation::roster::Member;
use budstikke_protocol::ids::{FindId, OrganisationNumber};
use budstikke_protocol::index::outcome::{Outcome, Unknown, Whole};
use budstikke_protocol::index::ticket::TicketSeed;
use budstikke_protocol::patient::{Identifier, PersonNumber};
use budstikke_protocol::text::Text;
use futures::StreamExt as _;
use futures::stream;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use super::kept::keep;
use super::member::{Said, Search, ask};
use super::own;
use super::rosters::Rosters;
use crate::clock;
use crate::entropy;
use crate::failure::Failure;
use crate::service::ask::list;
use crate::service::context::Context;
use crate::store::{Change, Commit, Entry};

/// How many members are asked at a time; the rest of the node's questions to others keep their places.
const AT_ONCE: usize = 32;

/// The longest that anybody may wait.
const DEADLINE_MAX: Duration = Duration::from_mins(1);

/// Whom to look for, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The patient's person number.
    pub patient: String,
    /// Organisations that are asked by name for documents that stand in no list.
    #[serde(default)]
    pub ask: BTreeSet<OrganisationNumber>,
    /// Why, in the words of whoever looks; it stays in the access log here.
    #[serde(default)]
    pub reason: Option<Text<256>>,
    /// How long to wait, in milliseconds.
    pub deadline_ms: u64,
}

/// What a search has found.
#[derive(Debug)]
pub struct Outcomes {
    /// Which search.
    pub find: FindId,
    /// When it ended.
    pub time: Timestamp,
    /// This organisation's own records.
    pub own: Vec<Entry>,
    /// What came of each other member, by organisation number.
    pub said: Vec<Said>,
}

/// What was asked for by name, of one organisation.
#[derive(Debug)]
pub struct ByName {
    /// Who.
    pub member: OrganisationNumber,
    /// The documents of the patient that it has shared with this organisation by name; or why that is not known.
    pub documents: Result<Vec<Verified<Manifest>>, Failure>,
}

impl Outcomes {
    /// What all of it comes to.
    pub fn whole(&self) -> Whole {
        Whole::of(self.said.iter().map(|said| &said.outcome))
    }
}

/// A search that has been recorded.
pub(super) struct Begun {
    pub(super) find: FindId,
    pub(super) patients: Vec<Identifier>,
    pub(super) seeds: Vec<(Identifier, TicketSeed)>,
}

/// Looks for the records of a patient at every active member, and tells what comes of each as it comes.
///
/// # Errors
/// When the patient's number is not one of this federation, or the search or what it found cannot be written down.
pub async fn find(
    ctx: &Context,
    caller: &Caller,
    order: &Order,
    told: &mut (dyn FnMut(&Said) + Send),
) -> Result<(Outcomes, Vec<ByName>), Failure> {
    let deadline = Duration::from_millis(order.deadline_ms).min(DEADLINE_MAX);
    let deadline = Instant::now().checked_add(deadline).unwrap_or_else(Instant::now);
    let begun = begin(ctx, caller, order).await?;
    let own = own::records(ctx, caller, &begun.patients)?;
    let rosters = Rosters::of(ctx).await;
    let (patients, seeds) = (&begun.patients, &begun.seeds);
    let search = Search { caller, patients, seeds, rosters: &rosters };
    let others = rosters.newest().active().filter(|member| member.organisation != ctx.here());
    let others: Vec<&Member> = others.collect();
    let asking = everybody(ctx, &search, &others, deadline, told);
    let by_name = by_name(ctx, caller, (order, patients), deadline);
    let (mut said, by_name) = tokio::join!(asking, by_name);
    said.sort_by_key(|said| said.member);
    let outcomes = Outcomes { find: begun.find, time: clock::now(), own, said };
    keep(ctx, caller, &begun.patients, &outcomes, &by_name).await?;
    Ok((outcomes, by_name))
}

/// Writes down that the patient is looked for, before anybody is asked.
///
/// # Errors
/// When the number is none, or it cannot be written.
pub(super) async fn begin(ctx: &Context, caller: &Caller, order: &Order) -> Result<Begun, Failure> {
    let patients = identifiers(ctx, &order.patient)?;
    let random = "the operating system gives no random bytes";
    let seed = |patient: &Identifier| {
        let seed = entropy::draw::<32>().map_err(|error| Failure::of(&error, random))?;
        Ok((patient.clone(), TicketSeed::from_bytes(seed)))
    };
    let seeds = patients.iter().map(seed).collect::<Result<Vec<_>, Failure>>()?;
    let id = entropy::draw::<10>().map_err(|error| Failure::of(&error, random))?;
    let find = FindId::from_parts(clock::unix_milliseconds(), *id);
    let record = Record::permitted(Action::Find, caller, clock::now());
    let record = patients.iter().fold(record, Record::of_patient);
    let record = order.reason.iter().fold(record, Record::because);
    ctx.store.commit(Commit::new(record).with(Change::Sought(&seeds))).await?;
    Ok(Begun { find, patients, seeds })
}

/// Every identifier that is known of the patient.
fn identifiers(ctx: &Context, number: &str) -> Result<Vec<Identifier>, Failure> {
    let environment = ctx.federation.view().roster().environment;
    let number = PersonNumber::parse(number, environment).map_err(|error| {
        let hint = format!("this is a {environment} federation; check the number and its kind");
        Failure::of(&error, hint)
    })?;
    Ok(vec![Identifier::of(&number, ctx.here())])
}

/// Asks all of them, some at a time, until the deadline. Those who have not answered by then were not reached.
async fn everybody(
    ctx: &Context,
    search: &Search<'_>,
    others: &[&Member],
    deadline: Instant,
    told: &mut (dyn FnMut(&Said) + Send),
) -> Vec<Said> {
    let mut said: Vec<Said> = Vec::new();
    // Collected before they are run: a closure that borrows cannot be named in a task.
    let asking: Vec<_> = others.iter().map(|member| ask(ctx, search, member)).collect();
    let mut answers = stream::iter(asking).buffer_unordered(AT_ONCE);
    let all = async {
        while let Some(answer) = answers.next().await {
            told(&answer);
            said.push(answer);
        }
    };
    if timeout_at(deadline, all).await.is_ok() {
        return said;
    }
    for member in others {
        if !said.iter().any(|said| said.member == member.organisation) {
            let late = Outcome::Unknown(Unknown::NotReached);
            let mut late = Said::nothing(member.organisation, late);
            late.why = Some("it has not answered before the deadline".to_owned());
            told(&late);
            said.push(late);
        }
    }
    said
}

/// Asks the organisations that were named for what they have shared with this one by name: restricted documents stand in no list.
async fn by_name(
    ctx: &Context,
    caller: &Caller,
    (order, patients): (&Order, &[Identifier]),
    deadline: Instant,
) -> Vec<ByName> {
    let asking: Vec<_> =
        order.ask.iter().map(|member| asked(ctx, caller, (*member, patients), deadline)).collect();
    stream::iter(asking).buffered(AT_ONCE).collect().await
}

async fn asked(
    ctx: &Context,
    caller: &Caller,
    (member, patients): (OrganisationNumber, &[Identifier]),
    deadline: Instant,
) -> ByName {
    let documents = match timeout_at(deadline, list(ctx, caller, member)).await {
        Ok(shared) => shared.map(|shared| {
            let of_patient =
                |manifest: &Verified<Manifest>| patients.contains(&manifest.statement().patient);
            shared.manifests.into_iter().filter(of_patient).collect()
        }),
        Err(_) => Err(Failure::new(
            format!("{member} has not answered before the deadline"),
            "ask again with a longer --deadline",
        )),
    };
    ByName { member, documents }
}
