//! Making events durable, and telling whom it concerns.

use budstikke_keys::jws::Verified;
use budstikke_protocol::access::record::Record;
use budstikke_protocol::referral::event::{Event, ReferralName};

use crate::service::context::Context;
use crate::store::{By, Change, Commit, StoreError};

/// An event, and how it came here.
pub(super) type Came = (By, Verified<Event>);

/// Makes events durable together with the record of the access, and how many of this organisation's own the other side of a
/// referral holds.
///
/// # Errors
/// When what they were decided on no longer holds, or they could not be written; nothing has changed then.
pub(super) async fn commit(
    ctx: &Context,
    record: Record,
    events: &[Came],
    delivered: Option<(ReferralName, u32)>,
) -> Result<(), StoreError> {
    let mut commit = Commit::new(record);
    for (by, event) in events {
        commit = commit.with(Change::Event(*by, event));
    }
    if let Some((name, to)) = delivered {
        commit = commit.with(Change::Delivered(name, to));
    }
    ctx.store.commit(commit).await?;
    for (_, event) in events {
        ctx.desk.tell(event);
    }
    Ok(())
}
