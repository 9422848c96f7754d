//! How the node is, and how its members are reached.

use budstikke_protocol::federation::roster::Member;
use budstikke_protocol::federation::standing::Standing;
use budstikke_protocol::ids::OrganisationNumber;
use serde_json::{Value, json};

use super::context::Context;
use super::peer_logs;
use super::referral::overview::{Overview, overview};
use super::restoring;
use crate::clock;
use crate::failure::Failure;
use crate::net::PeerState;

/// From how many seconds on a clock that differs is told: half of what makes questions fail.
pub(super) const DRIFT_TOLD: u64 = 60;

/// How the node is.
pub async fn status(ctx: &Context) -> Value {
    let view = ctx.federation.view();
    let roster = view.roster();
    let now = clock::now();
    let peers = ctx.net.peers().await;
    let drift = ctx.drift.readings();
    let off: Vec<Value> = drift
        .iter()
        .filter(|(_, seconds)| seconds.unsigned_abs() >= DRIFT_TOLD)
        .map(|(organisation, seconds)| json!({"organisation": organisation, "seconds": seconds}))
        .collect();
    let own = roster.member(ctx.here());
    let report = ctx.store.report();
    json!({
        "organisation": ctx.here(),
        "name": ctx.config.name,
        "version": env!("CARGO_PKG_VERSION"),
        "time": now,
        "federation": {
            "name": roster.federation,
            "fingerprint": view.fingerprint,
            "environment": roster.environment,
            "roster": roster.version,
            "expires": roster.expires,
            "standing": standing(view.standing(now)),
            "fork": fork(ctx, view.forked).await,
            "membership": own.map(|member| member.status),
        },
        "listening": ctx.net.listeners().await,
        "http": ctx.http.map(|address| format!("http://{address}/index/")),
        "peers": { "active": peers.len(), "connected": peers.iter().filter(|peer| peer.connected).count() },
        "clock_drift": off,
        "referrals": referrals(ctx),
        "searches": searches(ctx),
        "lists": lists(ctx),
        "repairs": report.lines(),
        "restored": restoring::said(ctx),
        "scrubbed": { "bytes": report.scrubbed.done, "of": report.scrubbed.total },
        "unfinished_erasures": ctx.store.unfinished_erasures().ok(),
    })
}

/// How many referrals are open, and what of them somebody should look at.
fn referrals(ctx: &Context) -> Value {
    match overview(ctx) {
        Ok(Overview { census, waiting }) => json!({
            "open": census.open(),
            "overdue": census.overdue_here,
            "overdue_elsewhere": census.overdue_there,
            "documents_missing": census.unassessed,
            "waiting": waiting.waiting,
            "late": waiting.late,
            "dead": waiting.dead,
        }),
        Err(failure) => json!({ "unreadable": failure.error }),
    }
}

/// How the lists of patients' open records stand.
fn lists(ctx: &Context) -> Value {
    let standing = ctx.store.lists().standing();
    let preparing = standing.making.map(|(done, of)| match of {
        Some(of) => format!("preparing new labels: {done} of {of}"),
        None => "preparing new labels".to_owned(),
    });
    json!({
        "epoch": standing.epoch,
        "patients": standing.patients,
        "records": standing.records,
        "preparing": preparing,
    })
}

/// Who has claimed records of a patient and shown none: nobody is asked for by name there until the epoch after that.
fn searches(ctx: &Context) -> Value {
    match ctx.store.finds().inflated() {
        Ok(inflated) => {
            let members = inflated.into_iter();
            let members = members.map(
                |(organisation, epoch)| json!({ "organisation": organisation, "epoch": epoch }),
            );
            json!({ "inflated": members.collect::<Vec<_>>() })
        }
        Err(error) => json!({ "unreadable": error.to_string() }),
    }
}

async fn fork(ctx: &Context, version: Option<u64>) -> Option<Value> {
    let version = version?;
    let (ours, theirs) = ctx.federation.fork(version).await.ok()?;
    Some(json!({"version": version, "ours": ours, "theirs": theirs}))
}

fn standing(standing: Standing) -> Value {
    match standing {
        Standing::Current => json!("current"),
        Standing::Grace { until } => {
            json!(format!("EXPIRED; exchange stops {until} unless a new roster is imported"))
        }
        Standing::Expired => json!("EXPIRED; no patient data is exchanged"),
        Standing::Forked { version } => {
            json!(format!(
                "FORKED at version {version}; no patient data is exchanged until it is settled"
            ))
        }
    }
}

/// Every member but this one, and how it is reached.
pub async fn peers(ctx: &Context) -> Vec<Value> {
    let view = ctx.federation.view();
    let states = ctx.net.peers().await;
    let others = view.roster().members.iter().filter(|member| member.organisation != ctx.here());
    others.map(|member| peer(ctx, member, &states)).collect()
}

/// One member.
///
/// # Errors
/// When it is none.
pub async fn show(ctx: &Context, organisation: OrganisationNumber) -> Result<Value, Failure> {
    let view = ctx.federation.view();
    let states = ctx.net.peers().await;
    let member = view.roster().member(organisation).ok_or_else(|| {
        Failure::new(
            format!("{organisation} is not in the roster"),
            "budstikke peer list shows the members",
        )
    })?;
    Ok(peer(ctx, member, &states))
}

/// Reaches a member, and says how long the way there and back takes.
///
/// # Errors
/// When it is not active or cannot be reached.
pub async fn ping(ctx: &Context, organisation: OrganisationNumber) -> Result<Value, Failure> {
    let view = ctx.federation.view();
    let took = ctx.net.ping(view.active(organisation)?.keys.node).await?;
    Ok(json!({"organisation": organisation, "milliseconds": took.as_secs_f64() * 1000.0}))
}

fn peer(ctx: &Context, member: &Member, states: &[PeerState]) -> Value {
    let state = states.iter().find(|state| state.peer == member.keys.node);
    json!({
        "organisation": member.organisation,
        "name": member.name,
        "kind": member.kind,
        "status": member.status,
        "addresses": member.addresses,
        "signing_key": member.keys.sign.thumbprint(),
        "node_key": member.keys.node.thumbprint(),
        "connected": state.is_some_and(|state| state.connected),
        "round_trip_ms": state.and_then(|state| state.round_trip).map(|took| took.as_secs_f64() * 1000.0),
        "clock_seconds_ahead": ctx.drift.readings().get(&member.organisation),
        "warning": peer_logs::warning(ctx, member.organisation),
    })
}
