//! Looking for a patient's records at every member at once, for as long as somebody waits.

use std::time::Duration;

use budstikke_keys::jws::Verified;
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::federation::roster::Member;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::index::outcome::{Outcome, Unknown};
use budstikke_protocol::patient::Identifier;
use futures::StreamExt as _;
use futures::stream;
use tokio::time::{Instant, timeout_at};

use super::begin::begin;
use super::kept::keep;
use super::member::ask;
use super::outcomes::{ByName, Order, Outcomes};
use super::own;
use super::rosters::Rosters;
use super::said::{Said, Search};
use crate::clock;
use crate::failure::Failure;
use crate::service::ask::list;
use crate::service::context::Context;

/// How many members are asked at a time; the rest of the node's questions to others keep their places.
const AT_ONCE: usize = 32;

/// The longest that anybody may wait.
const DEADLINE_MAX: Duration = Duration::from_mins(1);

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
