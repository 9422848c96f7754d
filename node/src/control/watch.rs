//! Watching: every event of a referral is told as it comes, until whoever watches goes, or the node stops.

use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::channel::Channel;
use super::message::{Command, Reply};
use crate::clock;
use crate::failure::Failure;
use crate::service::context::Context;
use crate::service::referral::desk::News;

/// The most who watch at a time; the rest of the places for commands stays free.
const WATCHERS_MAX: usize = 32;

/// Tells every event from now on.
pub(super) async fn watch(
    ctx: &Context,
    channel: &mut Channel,
    stop: &CancellationToken,
) -> Result<Value, Failure> {
    if ctx.desk.watchers() >= WATCHERS_MAX {
        return Err(Failure::new(
            format!("{WATCHERS_MAX} commands watch already"),
            "end one of them with Ctrl-C",
        ));
    }
    let mut news = ctx.desk.watch();
    // From here on nothing is missed.
    let begun = channel.send(&Reply::Progress { done: 0, total: 0 }).await;
    begun.map_err(|error| Failure::of(&error, "the command's sender is gone"))?;
    loop {
        let told = tokio::select! {
            () = stop.cancelled() => return Ok(json!({ "ended": "the node stops" })),
            // A watcher says nothing more; whatever comes is its end.
            _ = channel.receive::<Command>() => return Ok(Value::Null),
            told = news.recv() => told,
        };
        let value = match told {
            Ok(news) => value(ctx, news),
            Err(RecvError::Lagged(missed)) => json!({ "missed": missed }),
            Err(RecvError::Closed) => return Ok(Value::Null),
        };
        if channel.send(&Reply::News(value)).await.is_err() {
            return Ok(Value::Null);
        }
    }
}

/// What an event was, and how the referral stands by now. Neither patient nor title: whoever watches has not looked at it.
fn value(ctx: &Context, news: News) -> Value {
    let referral = ctx.store.referrals().get(news.name).ok().flatten();
    json!({
        "referral": news.name.referral,
        "referrer": news.name.referrer,
        "author": news.author,
        "own": news.author == ctx.here(),
        "number": news.number,
        "kind": news.kind,
        "status": referral.map(|referral| referral.state.status()),
        "time": clock::now(),
    })
}
