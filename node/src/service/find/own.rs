//! The patient's records that are here: this organisation's own, and those that others have announced to it.

use budstikke_protocol::access::decide::{Facts, Permit, Request, decide};
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::patient::Identifier;
use tokio::task::block_in_place;

use crate::clock;
use crate::failure::Failure;
use crate::service::context::Context;
use crate::store::{Entry, Kind, KnownRecord};

/// The own documents of a patient that are not withdrawn; the look was recorded before.
///
/// # Errors
/// When it is not permitted, or one of them cannot be read.
pub fn records(
    ctx: &Context,
    caller: &Caller,
    patients: &[Identifier],
) -> Result<Vec<Entry>, Failure> {
    let permit = permit(ctx, caller)?;
    let mut records = Vec::new();
    for patient in patients {
        let page = block_in_place(|| ctx.store.entries_of(&permit, patient.reveal()))?;
        if let Some(damaged) = page.damaged.into_iter().next() {
            return Err(Failure::of(&damaged, "budstikke doctor says what to do"));
        }
        let own = page.found.into_iter();
        records.extend(own.filter(|entry| entry.kind == Kind::Own && entry.withdrawal.is_none()));
    }
    Ok(records)
}

/// The documents of a patient that others have announced; the look was recorded before.
///
/// # Errors
/// As [`records`].
pub fn announced(
    ctx: &Context,
    caller: &Caller,
    patients: &[Identifier],
) -> Result<Vec<KnownRecord>, Failure> {
    let permit = permit(ctx, caller)?;
    Ok(block_in_place(|| ctx.store.announcements().of(&permit, patients))?)
}

fn permit(ctx: &Context, caller: &Caller) -> Result<Permit, Failure> {
    let standing = ctx.federation.view().standing(clock::now());
    let facts = Facts { here: ctx.here(), caller, standing };
    decide(&facts, Request::List).map_err(|reason| {
        Failure::new(
            format!("the policy of this node does not permit it ({reason:?})"),
            "see docs/operate.md, Access",
        )
    })
}
