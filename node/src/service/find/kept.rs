//! Writing down what a search has found, with everything that shows it.

use budstikke_keys::jws::Verified;
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::patient::Identifier;

use super::outcomes::{ByName, Outcomes};
use super::said::Said;
use crate::failure::Failure;
use crate::service::context::Context;
use crate::store::{Change, Commit, Found, FoundMember};

/// The most bytes of what is written down at once: half of what a commit may have, the other half is for the record.
const PART_BYTES: usize = 512 * 1024;

/// Writes down what a search has found: with the documents that were shown, because a patient has the right to know. What is too much for
/// one commit is written in several.
///
/// # Errors
/// When it cannot be written.
pub async fn keep(
    ctx: &Context,
    caller: &Caller,
    patients: &[Identifier],
    outcomes: &Outcomes,
    by_name: &[ByName],
) -> Result<(), Failure> {
    let mut part = Part::default();
    part.shown.extend(by_name.iter().filter_map(|asked| asked.documents.as_ref().ok()).flatten());
    let own = outcomes.own.iter().map(|entry| entry.manifest.claimed());
    let mut own: Vec<&Manifest> = own.collect();
    for said in &outcomes.said {
        let member = kept(said);
        let bytes = member.bytes();
        if part.bytes.saturating_add(bytes) > PART_BYTES && !part.members.is_empty() {
            let full = std::mem::take(&mut part);
            commit(ctx, caller, (patients, outcomes), full, std::mem::take(&mut own)).await?;
        }
        part.bytes = part.bytes.saturating_add(bytes);
        part.shown.extend(&said.records);
        part.members.push(member);
    }
    commit(ctx, caller, (patients, outcomes), part, own).await
}

/// What is written down at once.
#[derive(Default)]
struct Part<'a> {
    members: Vec<FoundMember>,
    shown: Vec<&'a Verified<Manifest>>,
    bytes: usize,
}

async fn commit(
    ctx: &Context,
    caller: &Caller,
    (patients, outcomes): (&[Identifier], &Outcomes),
    part: Part<'_>,
    own: Vec<&Manifest>,
) -> Result<(), Failure> {
    let record = Record::permitted(Action::Find, caller, outcomes.time);
    let record = patients.iter().fold(record, Record::of_patient);
    let shown = part.shown.into_iter().map(Verified::statement).chain(own);
    let record = shown.fold(record, Record::of);
    let found = Found { find: outcomes.find, patients: patients.to_vec(), members: part.members };
    Ok(ctx.store.commit(Commit::new(record).with(Change::Found(&found))).await?)
}

/// What is kept of a member. Manifests that are too long to be kept with the proof go, the last first: the proof stays.
fn kept(said: &Said) -> FoundMember {
    let mut member =
        FoundMember { member: said.member, outcome: said.outcome, proof: said.proof.clone() };
    while member.bytes() > PART_BYTES {
        let answers = member.proof.iter_mut().flat_map(|proof| &mut proof.answers);
        let Some(answer) = answers.rev().find(|answer| !answer.shown.is_empty()) else { break };
        answer.shown.pop();
        answer.unkept = answer.unkept.saturating_add(1);
    }
    member
}
