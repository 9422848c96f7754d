//! Noting durably what has arrived where, when nothing else is to be written of it.

use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::referral::event::ReferralName;

use crate::clock;
use crate::service::context::Context;
use crate::store::{Change, Commit, StoreError};

/// Notes how much of each referral `at` holds.
///
/// # Errors
/// When it could not be written.
pub(super) async fn commit(
    ctx: &Context,
    at: OrganisationNumber,
    delivered: Vec<(ReferralName, u32)>,
) -> Result<(), StoreError> {
    if delivered.is_empty() {
        return Ok(());
    }
    let record = Record::by_node(Action::Deliver, clock::now()).with_peer(at);
    let changes = delivered.into_iter().map(|(name, to)| Change::Delivered(name, to));
    ctx.store.commit(changes.fold(Commit::new(record), Commit::with)).await
}
