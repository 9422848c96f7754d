//! How the running node is: what can be found out only by the node itself, and with the other members.

mod clocks;
mod peers;
mod reach;

use budstikke_protocol::federation::roster::Roster;

use self::peers::Asked;
use super::context::Context;
use crate::failure::Failure;
use crate::finding::Finding;

/// Looks at the running node and asks every active member. `progress` is told how many of how many have answered.
pub async fn checkup(ctx: &Context, progress: &mut (dyn FnMut(u64, u64) + Send)) -> Vec<Finding> {
    let mut findings = vec![listening(ctx).await];
    findings.extend(store(ctx));
    let asked = peers::ask(ctx, progress).await;
    let view = ctx.federation.view();
    findings.extend(keys(ctx, view.roster()));
    findings.extend(news(view.roster().version, &asked));
    findings.extend(clocks::findings(&peers::clocks(&asked)));
    findings.extend(peers::findings(&asked));
    findings.extend(reach::findings(ctx, &asked).await);
    findings
}

async fn listening(ctx: &Context) -> Finding {
    let listeners = ctx.net.listeners().await;
    if listeners.is_empty() {
        let why = Failure::new(
            "the node listens nowhere",
            "look at listen in config.toml, and start the node again",
        );
        return Finding::fault("listening", why);
    }
    Finding::ok("listening", format!("the node runs, and listens on {}", listeners.join(", ")))
}

/// What was found in the store, when it was opened and since.
fn store(ctx: &Context) -> Vec<Finding> {
    const CHECK: &str = "store";
    let report = ctx.store.report();
    let lines = report.lines();
    if lines.is_empty() {
        return vec![Finding::ok(CHECK, "it was opened as it was left")];
    }
    let hint = "docs/operate.md says what each such line means, and what to do";
    let is_lossy =
        !(report.damaged.is_empty() && report.missing.is_empty() && report.lost.is_empty());
    let finding = if is_lossy { Finding::fault } else { Finding::warning };
    lines.into_iter().map(|line| finding(CHECK, Failure::new(line, hint))).collect()
}

/// Whether the node signs with the key that others know. That the roster does not list it at all is found in its home.
fn keys(ctx: &Context, roster: &Roster) -> Option<Finding> {
    const CHECK: &str = "keys in use";
    let listed = roster.member(ctx.here())?.keys.sign;
    if listed == ctx.sign.public() {
        return Some(Finding::ok(CHECK, "the node signs with the key that the roster lists"));
    }
    let why = Failure::new(
        "the node signs with a key that the roster does not list for this organisation",
        "restore the right keyring, or send a new request to the stewards",
    );
    Some(Finding::fault(CHECK, why))
}

/// Whether a member has a newer roster.
fn news(ours: u64, asked: &[Asked]) -> Option<Finding> {
    let heard = asked.iter().filter_map(|asked| asked.heard.as_ref().ok());
    let newest = heard.map(|heard| heard.roster).max().filter(|theirs| *theirs > ours)?;
    let why = Failure::new(
        format!("a member has version {newest} of the roster, and this node version {ours}"),
        "give the node a minute to take it; if this stays so, its log says why it refuses it",
    );
    Some(Finding::warning("news", why))
}
