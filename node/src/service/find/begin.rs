//! Writing down that a patient is looked for, before anybody is asked.

use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::ids::FindId;
use budstikke_protocol::index::ticket::TicketSeed;
use budstikke_protocol::patient::{Identifier, PersonNumber};
use tokio::task::block_in_place;

use super::outcomes::Order;
use crate::clock;
use crate::entropy;
use crate::failure::Failure;
use crate::service::context::Context;
use crate::store::{Change, Commit};

/// A search that has been recorded.
#[derive(Debug)]
pub struct Begun {
    /// Which.
    pub find: FindId,
    /// Every identifier that is known of the patient.
    pub patients: Vec<Identifier>,
    /// The seed that was drawn for each.
    pub seeds: Vec<(Identifier, TicketSeed)>,
}

/// Writes down that the patient is looked for, before anybody is asked.
///
/// # Errors
/// When the number is none, or it cannot be written.
pub async fn begin(ctx: &Context, caller: &Caller, order: &Order) -> Result<Begun, Failure> {
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
    let identifier = Identifier::of(&number, ctx.here());
    Ok(block_in_place(|| ctx.store.linked(&identifier))?)
}
