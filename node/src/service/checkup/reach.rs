//! Whether other members reach this node: a few of them are asked to dial back.

use std::time::Duration;

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::text::Text;
use budstikke_protocol::wire::reach::{Outcome, ReachAnswer, Tried};
use budstikke_protocol::wire::refusal::Refusal;
use futures::future::join_all;
use tokio::time::timeout;

use super::peers::Asked;
use crate::failure::{Failure, chain};
use crate::finding::Finding;
use crate::net::NetError;
use crate::service::context::Context;

const CHECK: &str = "reachable";

/// How many members are asked to dial back; one alone may be behind the same router, or lie.
const ASKED_MAX: usize = 3;

/// How long a member may take: whoever dials an address where nobody answers waits for ten seconds.
const DEADLINE: Duration = Duration::from_secs(15);

/// What a member has said, or why it has said nothing.
type Said = (OrganisationNumber, Result<Vec<Tried>, String>);

/// What members find where the roster says that this node is.
pub(super) async fn findings(ctx: &Context, asked: &[Asked]) -> Vec<Finding> {
    let view = ctx.federation.view();
    // That this organisation is no member is found elsewhere.
    let Some(own) = view.roster().active().find(|member| member.organisation == ctx.here()) else {
        return Vec::new();
    };
    let helpers = asked.iter().filter(|asked| asked.heard.is_ok()).take(ASKED_MAX);
    let said = helpers.map(async |helper| (helper.organisation, ask(ctx, helper).await));
    judge(&own.addresses, &join_all(said).await)
}

async fn ask(ctx: &Context, helper: &Asked) -> Result<Vec<Tried>, String> {
    let answer = timeout(DEADLINE, ctx.net.reach(helper.node)).await;
    match answer.unwrap_or(Err(NetError::NoAnswer)) {
        Ok(ReachAnswer::Tried(tried)) => Ok(tried),
        Ok(ReachAnswer::Refused(Refusal::Rate { retry_after })) => {
            Err(format!("it has dialled back a moment ago, and does so again in {retry_after} s"))
        }
        Ok(ReachAnswer::Refused(_)) => Err("it does not dial back now".to_owned()),
        Err(error) => Err(chain(&error)),
    }
}

fn judge(addresses: &[Text<256>], said: &[Said]) -> Vec<Finding> {
    if addresses.is_empty() {
        let why = Failure::new(
            "the roster lists no address of this node: it reaches others, and nobody reaches it",
            "say announce in config.toml, and give the stewards a new request (budstikke keys request)",
        );
        return vec![Finding::warning(CHECK, why)];
    }
    if said.iter().all(|(_, said)| said.is_err()) {
        return vec![unasked(said)];
    }
    let places: Vec<Place<'_>> = addresses.iter().map(|address| Place::of(address, said)).collect();
    let is_reached = places.iter().any(|place| !place.reached.is_empty());
    places.iter().map(|place| place.finding(is_reached)).collect()
}

fn unasked(said: &[Said]) -> Finding {
    let each = said
        .iter()
        .filter_map(|(helper, said)| Some(format!("{helper}: {}", said.as_ref().err()?)));
    let each: Vec<String> = each.collect();
    let why = if each.is_empty() {
        Failure::new(
            "no member could be asked whether it reaches this node",
            "mend what keeps this node from the others first",
        )
    } else {
        Failure::new(
            format!("no member has tried whether it reaches this node ({})", each.join("; ")),
            "give the command again in a moment",
        )
    };
    Finding::warning(CHECK, why)
}

/// One address of this node, and what the members found there.
struct Place<'a> {
    address: &'a Text<256>,
    reached: Vec<String>,
    somebody_else: Vec<String>,
    unreached: Vec<String>,
}

impl<'a> Place<'a> {
    fn of(address: &'a Text<256>, said: &[Said]) -> Self {
        let who = |outcome: Outcome| {
            let has_found = |tried: &[Tried]| {
                tried.iter().any(|tried| tried.address == *address && tried.outcome == outcome)
            };
            let finders = said.iter().filter(|(_, said)| said.as_deref().is_ok_and(has_found));
            finders.map(|(helper, _)| helper.to_string()).collect()
        };
        Self {
            address,
            reached: who(Outcome::Reached),
            somebody_else: who(Outcome::SomebodyElse),
            unreached: who(Outcome::Unreached),
        }
    }

    /// An address that nobody reaches is a fault, unless another one is reached.
    fn finding(&self, is_reached_elsewhere: bool) -> Finding {
        let address = self.address;
        if !self.reached.is_empty() {
            return Finding::ok(
                CHECK,
                format!("{address} was reached by {}", self.reached.join(", ")),
            );
        }
        let why = if !self.somebody_else.is_empty() {
            Failure::new(
                format!("at {address} another node answers {}", self.somebody_else.join(", ")),
                "correct announce in config.toml, or where the port is forwarded to; a new address needs a new request to the stewards",
            )
        } else if !self.unreached.is_empty() {
            Failure::new(
                format!("{address} was not reached by {}", self.unreached.join(", ")),
                "let TCP in on that port: look at the firewall, the forwarded port, and where the name leads; a new address needs a new request to the stewards",
            )
        } else {
            Failure::new(
                format!("{address} is not in the rosters of the members that were asked"),
                "give the command again when they have the newest roster",
            )
        };
        let is_untried = self.somebody_else.is_empty() && self.unreached.is_empty();
        if is_reached_elsewhere || is_untried {
            Finding::warning(CHECK, why)
        } else {
            Finding::fault(CHECK, why)
        }
    }
}

#[cfg(test)]
mod tests;
