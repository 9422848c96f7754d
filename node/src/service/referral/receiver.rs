//! Whether something can be sent to an organisation.

use budstikke_protocol::federation::roster::Status;
use budstikke_protocol::ids::OrganisationNumber;

use crate::failure::Failure;
use crate::service::context::Context;

/// Whether something can be sent to `to`: what an operator should know of it.
///
/// # Errors
/// When it is this organisation, was revoked, or is no member and that was not to be waited for.
pub(super) fn receiver(
    ctx: &Context,
    to: OrganisationNumber,
    wait: bool,
) -> Result<Option<String>, Failure> {
    if to == ctx.here() {
        return Err(Failure::new(
            "an organisation does not refer to itself",
            "say the organisation number of the receiver: --to ORG",
        ));
    }
    let view = ctx.federation.view();
    match view.roster().member(to).map(|member| (member.status, &member.name)) {
        Some((Status::Active, _)) => Ok(None),
        Some((Status::Suspended, name)) => Ok(Some(format!(
            "{to} {name} is suspended: the referral is kept and delivered when it is active again"
        ))),
        Some((Status::Revoked, name)) => Err(Failure::new(
            format!("{to} {name} has left the federation"),
            "budstikke peer list shows the members",
        )),
        None if wait => Ok(Some(format!(
            "{to} is no member of the federation yet: the referral is kept and delivered when it is"
        ))),
        None => Err(Failure::new(
            format!("{to} is not a member of the federation"),
            "check the number: budstikke peer list; with --wait the referral waits until it is one",
        )),
    }
}
