//! Auditing searches: the tickets of a day are opened, and what does not open is said.
//!
//! What is shown here, and the signed question that a member has kept, is all that an auditor needs: from seed, identifier and
//! record he computes the ticket, and from the seed the tag and the blinded element of each question.

use std::collections::BTreeSet;

use budstikke_keys::time::Date;
use budstikke_protocol::access::decide::{Facts, Request, decide};
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::index::ticket::input;
use budstikke_protocol::log::checkpoint::Checkpoint;
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::policy::Policy;
use budstikke_protocol::log::tree::{TreeHead, prove_inclusion};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use tokio::task::block_in_place;

use super::context::Context;
use crate::clock;
use crate::failure::{Failure, chain};
use crate::store::{Commit, Opening, Ticket};

/// The tickets of the searches of a day in UTC, opened, after the look has been recorded.
///
/// # Errors
/// When it is not permitted, or cannot be recorded, or the access log cannot be read.
pub async fn day(ctx: &Context, caller: &Caller, day: Date) -> Result<Value, Failure> {
    let (from, to) = (day.start(), day.plus_days(1).start());
    let log = ctx.store.access_log();
    let tickets = block_in_place(|| log.tickets(from, to))?;
    recorded(ctx, caller, &tickets).await?;
    let anchored = block_in_place(|| log.anchored())?;
    let head = anchored.map(|(head, _)| head);
    let rows: Vec<_> = tickets.iter().map(|ticket| shown(ctx, ticket, head.as_ref())).collect();
    let unopened = tickets.iter().filter(|ticket| !ticket.opens()).count();
    Ok(json!({
        "day": day,
        "origin": ctx.log.access_origin().to_string(),
        "anchor": anchored.map(|(head, entry)| anchor(ctx, head, entry)).transpose()?,
        "tickets": rows,
        "unopened": unopened,
    }))
}

/// How the log of records commits to the access log: its checkpoint, the entry, the proof that this is in the tree of the newest
/// signed checkpoint, and since when that is witnessed.
fn anchor(ctx: &Context, head: TreeHead, entry: u64) -> Result<Value, Failure> {
    let hint = "see docs/operate.md, A log that is stopped";
    let checkpoint = Checkpoint { origin: ctx.log.access_origin(), head };
    let logged = block_in_place(|| ctx.store.log().reader().entry(entry))?;
    if logged != Entry::Record(checkpoint.anchor()).to_bytes().as_bytes() {
        let wrong = "the access log is not the one that the log of records commits to";
        return Err(Failure::new(wrong, hint));
    }
    let signed = ctx.log.newest().borrow().clone();
    let signed = signed.filter(|signed| signed.head.size > entry);
    let proof = signed.as_ref().map(|signed| {
        block_in_place(|| prove_inclusion(&ctx.store.log().reader(), entry, signed.head.size))
    });
    let proof = proof.transpose().map_err(|error| Failure::of(&error, hint))?;
    let policy = Policy::of(ctx.federation.view().roster(), ctx.log.origin());
    let since = signed.as_ref().and_then(|it| policy.witnessed(&it.checkpoint).ok().flatten());
    Ok(json!({
        "size": head.size,
        "root": head.root.to_string(),
        "entry": entry,
        "proof": proof.map(|proof| proof.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "checkpoint": signed.map(|signed| signed.checkpoint.note().to_string()),
        "witnessed": since,
    }))
}

/// Records the look at all the patients who were searched for.
async fn recorded(ctx: &Context, caller: &Caller, tickets: &[Ticket]) -> Result<(), Failure> {
    let standing = ctx.federation.view().standing(clock::now());
    let facts = Facts { here: ctx.here(), caller, standing };
    let record = Record::permitted(Action::Audit, caller, clock::now());
    let opened = tickets.iter().filter_map(|ticket| ticket.opening.as_ref().ok());
    let patients: BTreeSet<_> = opened.map(|opening| &opening.identifier).collect();
    let record = patients.into_iter().fold(record, Record::of_patient);
    let permit = decide(&facts, Request::List);
    let record = match &permit {
        Ok(_) => record,
        Err(reason) => record.denied(*reason),
    };
    ctx.store.commit(Commit::new(record)).await?;
    let refused = |reason| {
        Failure::new(
            format!("the policy of this node does not permit it ({reason:?})"),
            "see docs/operate.md, Access",
        )
    };
    permit.map(drop).map_err(refused)
}

/// A ticket as it is shown: its place and proof in the access log, and what it commits to.
fn shown(ctx: &Context, ticket: &Ticket, head: Option<&TreeHead>) -> Value {
    let head = head.filter(|head| ticket.index < head.size);
    let proof = head.and_then(|head| {
        let log = ctx.store.access_log();
        block_in_place(|| log.prove(ticket.index, head.size)).ok()
    });
    let proof = proof.map(|proof| proof.iter().map(ToString::to_string).collect::<Vec<_>>());
    let mut value = json!({
        "index": ticket.index,
        "time": ticket.time,
        "leaf": ticket.leaf.to_string(),
        "proof": proof,
        "opens": ticket.opens(),
    });
    let members = match &ticket.opening {
        Ok(opening) => opened(opening),
        Err(error) => json!({ "trouble": chain(error) }),
    };
    if let (Value::Object(value), Value::Object(members)) = (&mut value, members) {
        value.extend(members);
    }
    value
}

fn opened(Opening { identifier, seed, record, record_bytes }: &Opening) -> Value {
    let caller = record.caller.as_ref();
    json!({
        "patient": identifier.reveal(),
        "person": caller.map(|caller| caller.person),
        "role": caller.map(|caller| caller.role),
        "purpose": caller.map(|caller| caller.purpose),
        "input": String::from_utf8_lossy(&input(identifier)),
        "seed": HEXLOWER.encode(seed.bytes()),
        "record": BASE64.encode(record_bytes),
    })
}
