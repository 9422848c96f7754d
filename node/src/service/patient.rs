//! Linking: which identifiers are one patient's, so that whoever asks by one of them finds the records of all.

use std::collections::BTreeSet;

use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::patient::{Identifier, PersonNumber};
use tokio::task::block_in_place;

use super::context::Context;
use crate::clock;
use crate::failure::Failure;
use crate::store::{Change, Commit, LINKED_MAX};

/// Links two identifiers, with all that each was linked to before. Gives all of them.
///
/// # Errors
/// When one is no person number of this federation's environment, they are the same or linked already, there are too many, or it cannot be
/// recorded.
pub async fn link(
    ctx: &Context,
    caller: &Caller,
    [one, other]: [&str; 2],
) -> Result<Vec<Identifier>, Failure> {
    let (one, other) = (identifier(ctx, one)?, identifier(ctx, other)?);
    let known = block_in_place(|| {
        let (mut known, others) = (ctx.store.linked(&one)?, ctx.store.linked(&other)?);
        known.extend(others);
        Ok::<_, Failure>(known)
    })?;
    let group: BTreeSet<Identifier> = known.iter().cloned().collect();
    if one == other || group.len() < known.len() {
        return Err(Failure::new(
            "these are one patient's identifiers already",
            "there is nothing to do",
        ));
    }
    if group.len() > LINKED_MAX {
        return Err(Failure::new(
            format!("a patient has at most {LINKED_MAX} identifiers"),
            "look whether all of them are one patient's: budstikke access list --patient NR shows who linked them",
        ));
    }
    let group: Vec<Identifier> = group.into_iter().collect();
    let record = Record::permitted(Action::Link, caller, clock::now());
    let record = group.iter().fold(record, Record::of_patient);
    ctx.store.commit(Commit::new(record).with(Change::Linked(&group))).await?;
    Ok(group)
}

fn identifier(ctx: &Context, number: &str) -> Result<Identifier, Failure> {
    let environment = ctx.federation.view().roster().environment;
    let number = PersonNumber::parse(number, environment).map_err(|error| {
        let hint = format!("this is a {environment} federation; check the number and its kind");
        Failure::of(&error, hint)
    })?;
    Ok(Identifier::of(&number, ctx.here()))
}
