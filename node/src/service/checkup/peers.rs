//! Asking every active member, and what each has said.

use std::time::{Duration, Instant};

use budstikke_keys::public::PublicKey;
use budstikke_protocol::ids::OrganisationNumber;
use futures::StreamExt as _;
use futures::stream;
use tokio::time::timeout;

use crate::clock;
use crate::failure::Failure;
use crate::finding::Finding;
use crate::service::context::Context;
use crate::service::membership;

/// How long all members together may take: one that is silent takes ten seconds, and somebody waits at a terminal.
const DEADLINE: Duration = Duration::from_secs(20);

/// How many are asked at a time; the rest of the node's questions to others keep half of their places.
const AT_ONCE: usize = 16;

/// A member that was asked.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) organisation: OrganisationNumber,
    pub(super) node: PublicKey,
    pub(super) heard: Result<Heard, Failure>,
}

/// What it has said.
#[derive(Debug)]
pub(super) struct Heard {
    /// How long it took, with a new connection where there was none.
    pub(super) took: Duration,
    /// How far its clock is ahead of this one.
    pub(super) seconds_ahead: i64,
    /// The version of its newest roster.
    pub(super) roster: u64,
}

/// Says hello to every active member but this one.
pub(super) async fn ask(ctx: &Context, progress: &mut (dyn FnMut(u64, u64) + Send)) -> Vec<Asked> {
    let view = ctx.federation.view();
    let others = view.roster().active().filter(|member| member.organisation != ctx.here());
    let others: Vec<_> = others.map(|member| (member.organisation, member.keys.node)).collect();
    let total = u64::try_from(others.len()).unwrap_or(u64::MAX);
    let mut done: Vec<Asked> = Vec::new();
    let mut answers = stream::iter(others.clone())
        .map(async |(organisation, node)| Asked {
            organisation,
            node,
            heard: greet(ctx, node).await,
        })
        .buffer_unordered(AT_ONCE);
    let all = async {
        while let Some(asked) = answers.next().await {
            done.push(asked);
            progress(u64::try_from(done.len()).unwrap_or(u64::MAX), total);
        }
    };
    if timeout(DEADLINE, all).await.is_ok() {
        return done;
    }
    for (organisation, node) in others {
        if !done.iter().any(|asked| asked.organisation == organisation) {
            done.push(Asked { organisation, node, heard: Err(late()) });
        }
    }
    done
}

async fn greet(ctx: &Context, node: PublicKey) -> Result<Heard, Failure> {
    let began = Instant::now();
    let theirs = ctx.net.hello(node, membership::hello(ctx)).await?;
    let seconds_ahead = theirs.time.saturating_sub(clock::now().unix_seconds());
    Ok(Heard { took: began.elapsed(), seconds_ahead, roster: theirs.roster.version })
}

fn late() -> Failure {
    Failure::new(
        format!("no answer within the {} s that all members have", DEADLINE.as_secs()),
        "budstikke peer ping asks one member, and takes its time",
    )
}

/// How far the clocks of those who answered are ahead.
pub(super) fn clocks(asked: &[Asked]) -> Vec<(OrganisationNumber, i64)> {
    let ahead = |asked: &Asked| {
        asked.heard.as_ref().ok().map(|heard| (asked.organisation, heard.seconds_ahead))
    };
    asked.iter().filter_map(ahead).collect()
}

/// Who answers and who does not: a line for all who do, and one for each who does not.
pub(super) fn findings(asked: &[Asked]) -> Vec<Finding> {
    const CHECK: &str = "peers";
    let took = asked.iter().filter_map(|asked| asked.heard.as_ref().ok().map(|heard| heard.took));
    let (answered, all) = (took.clone().count(), asked.len());
    let slowest = took.max().unwrap_or_default().as_millis();
    let summary = match (answered, all) {
        (_, 0) => Finding::ok(CHECK, "there is no other active member"),
        (0, _) => Finding::fault(
            CHECK,
            Failure::new(
                format!("none of the {all} other members answers"),
                "look at this machine's own network first; the lines below say what happened to each",
            ),
        ),
        _ => Finding::ok(
            CHECK,
            format!("{answered} of {all} members answer, the slowest after {slowest} ms"),
        ),
    };
    let silent = asked.iter().filter_map(|asked| {
        let Failure { error, hint } = asked.heard.as_ref().err()?;
        let why = Failure::new(format!("{}: {error}", asked.organisation), hint);
        Some(Finding::warning(CHECK, why))
    });
    std::iter::once(summary).chain(silent).collect()
}
