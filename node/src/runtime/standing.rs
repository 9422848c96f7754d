//! What an operator is told about the standing of the roster, at the start and every minute.

use budstikke_protocol::federation::standing::Standing;

use crate::clock;
use crate::service::context::Context;

/// What is to be said about the roster's age, or a fork; nothing when it is in order.
pub(super) fn warning(ctx: &Context) -> Option<String> {
    match ctx.federation.view().standing(clock::now()) {
        Standing::Current => None,
        Standing::Grace { until } => Some(format!(
            "the roster has EXPIRED; exchange of patient data stops {until} unless a new one is imported"
        )),
        Standing::Expired => {
            Some("the roster has EXPIRED: no patient data is exchanged".to_owned())
        }
        Standing::Forked { version } => Some(format!(
            "two rosters of version {version}: no patient data is exchanged until it is settled"
        )),
    }
}
