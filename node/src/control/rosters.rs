//! Commands about rosters.

use budstikke_protocol::federation::chain::Chain;
use serde_json::{Value, json};

use super::body::receive;
use super::channel::Channel;
use crate::failure::Failure;
use crate::rosters::{CHAIN_BYTES_MAX, Handed, RostersError};
use crate::service::context::Context;

/// Takes the rosters in the command's body.
pub(super) async fn import(ctx: &Context, channel: &mut Channel) -> Result<Value, Failure> {
    let mut bytes = Vec::new();
    while let Some(part) = receive(channel).await? {
        bytes.extend(part);
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > CHAIN_BYTES_MAX {
            return Err(Failure::new(
                "the roster file is too large",
                "check that it is a roster file",
            ));
        }
    }
    let hint = "check that the file is a roster file, whole and unchanged";
    let text = String::from_utf8(bytes).map_err(|error| Failure::of(&error, hint))?;
    let chain = Chain::parse(&text).map_err(|error| Failure::from(RostersError::from(error)))?;
    let handed = ctx.federation.import(chain).await?;
    let accepted = handed.iter().filter(|handed| **handed == Handed::Accepted).count();
    let view = ctx.federation.view();
    Ok(json!({"accepted": accepted, "roster": view.roster().version, "fork": view.forked}))
}

/// Settles a fork.
pub(super) async fn settle(ctx: &Context, version: u64, keep: &str) -> Result<Value, Failure> {
    let keep = keep.parse().map_err(|error| {
        Failure::of(&error, "budstikke status shows the digests of both rosters")
    })?;
    ctx.federation.settle(version, keep).await?;
    let view = ctx.federation.view();
    Ok(json!({"roster": view.roster().version, "fork": view.forked}))
}
