//! Which referral a command means.

use std::iter;

use budstikke_protocol::ids::{OrganisationNumber, ReferralId};
use budstikke_protocol::referral::event::ReferralName;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::service::context::Context;
use crate::store::Referral;

/// A referral by its id, and by the organisation that refers when that must be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralRef {
    /// The id.
    pub referral: ReferralId,
    /// Who has chosen it.
    pub referrer: Option<OrganisationNumber>,
}

/// The referral that is meant.
///
/// # Errors
/// When it is not here, or two organisations have chosen the same id.
pub fn find(ctx: &Context, which: ReferralRef) -> Result<Referral, Failure> {
    let ReferralRef { referral, referrer } = which;
    let view = ctx.federation.view();
    let members = view.roster().members.iter().map(|member| member.organisation);
    let candidates: Vec<_> = match referrer {
        Some(referrer) => vec![referrer],
        None => iter::once(ctx.here()).chain(members.filter(|it| *it != ctx.here())).collect(),
    };
    let mut found = Vec::new();
    for referrer in candidates {
        found.extend(ctx.store.referrals().get(ReferralName { referrer, referral })?);
    }
    match (found.pop(), found.is_empty()) {
        (Some(referral), true) => Ok(referral),
        (Some(_), false) => Err(Failure::new(
            format!("two organisations have a referral {referral}"),
            "say whose is meant: --from ORG",
        )),
        (None, _) => Err(Failure::new(
            format!("there is no referral {referral} here"),
            "budstikke referral list shows those that are",
        )),
    }
}
