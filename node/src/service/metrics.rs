//! The numbers of a node, for whoever watches many of them. They name organisations, and no person, patient or document.

use budstikke_keys::time::Timestamp;
use budstikke_protocol::referral::status::Status;
use serde_json::Value;

use super::context::Context;
use super::index;
use super::referral::overview::{Overview, overview};
use crate::clock;

/// A number that goes up and down, or several of one kind that a label tells apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Gauge {
    /// Its name, without the one of the program before it.
    pub name: &'static str,
    /// What it counts.
    pub help: &'static str,
    /// The name of the label; there is one row without it.
    pub label: Option<&'static str>,
    /// The numbers, each with the value of the label.
    pub rows: Vec<(String, f64)>,
}

impl Gauge {
    fn one(name: &'static str, help: &'static str, value: f64) -> Self {
        Self { name, help, label: None, rows: vec![(String::new(), value)] }
    }

    fn count(name: &'static str, help: &'static str, count: usize) -> Self {
        Self::one(name, help, number(count))
    }

    fn fact(name: &'static str, help: &'static str, is_so: bool) -> Self {
        Self::one(name, help, if is_so { 1.0 } else { 0.0 })
    }
}

/// All of them.
pub async fn gauges(ctx: &Context) -> Vec<Gauge> {
    let now = clock::now();
    let mut gauges = of_federation(ctx, now);
    gauges.extend(of_peers(ctx).await);
    gauges.extend(of_log(ctx));
    gauges.extend(of_referrals(ctx));
    gauges
}

/// Nothing when the store cannot be read: a number that is wrong would be worse than one that is missing.
fn of_referrals(ctx: &Context) -> Vec<Gauge> {
    let Ok(Overview { census, waiting }) = overview(ctx) else { return Vec::new() };
    let by_status = Status::ALL.into_iter().map(|status| {
        let count = census.by_status.get(&status).copied().unwrap_or_default();
        (status.name().to_owned(), number(count))
    });
    vec![
        Gauge {
            name: "referrals",
            help: "Referrals that were sent or received, by status.",
            label: Some("status"),
            rows: by_status.collect(),
        },
        Gauge::count(
            "referrals_overdue",
            "Referrals that this organisation should have assessed by now.",
            census.overdue_here,
        ),
        Gauge::count(
            "referrals_overdue_elsewhere",
            "Referrals that others should have assessed by now.",
            census.overdue_there,
        ),
        Gauge::count(
            "referrals_documents_missing",
            "Referrals whose documents are not all here and looked at.",
            census.unassessed,
        ),
        Gauge::count("outbox_waiting", "Referrals in which something waits.", waiting.waiting),
        Gauge::count("outbox_late", "Those of them that wait for four hours.", waiting.late),
        Gauge::count("outbox_dead", "Those that are no longer tried by themselves.", waiting.dead),
    ]
}

fn of_federation(ctx: &Context, now: Timestamp) -> Vec<Gauge> {
    let view = ctx.federation.view();
    let roster = view.roster();
    let version = env!("CARGO_PKG_VERSION").to_owned();
    vec![
        Gauge {
            name: "info",
            help: "The version of the program.",
            label: Some("version"),
            rows: vec![(version, 1.0)],
        },
        Gauge::one(
            "roster_version",
            "The version of the newest roster.",
            f64::from(u32::try_from(roster.version).unwrap_or(u32::MAX)),
        ),
        Gauge::one(
            "roster_expires_in_seconds",
            "Until the newest roster expires; below 0 it has.",
            seconds(roster.expires.unix_seconds().saturating_sub(now.unix_seconds())),
        ),
        Gauge::fact(
            "roster_forked",
            "1 when two rosters of one version are known.",
            view.forked.is_some(),
        ),
    ]
}

async fn of_peers(ctx: &Context) -> Vec<Gauge> {
    let peers = ctx.net.peers().await;
    let connected = peers.iter().filter(|peer| peer.connected).count();
    let drift = ctx.drift.readings();
    let worst = drift.values().map(|seconds| seconds.unsigned_abs()).max().unwrap_or_default();
    vec![
        Gauge::count("peers", "Active members but this one.", peers.len()),
        Gauge::count("peers_connected", "Members that this node is connected to.", connected),
        Gauge::one(
            "clock_drift_seconds",
            "How far the clock of the member that differs most is from this one.",
            f64::from(u32::try_from(worst).unwrap_or(u32::MAX)),
        ),
    ]
}

fn of_log(ctx: &Context) -> Vec<Gauge> {
    let status = index::status(ctx);
    let count = |name| status.get(name).and_then(Value::as_f64).unwrap_or_default();
    let report = ctx.store.report();
    let is_stopped = status.get("stopped").is_some_and(|stopped| !stopped.is_null());
    let damaged =
        report.damaged.len().saturating_add(report.lost.len()).saturating_add(report.missing.len());
    vec![
        Gauge::one("log_records", "Records in the log of this organisation.", count("records")),
        Gauge::one("log_waiting", "Entries of the log under no signed head yet.", count("waiting")),
        Gauge::fact("log_stopped", "1 when nothing of the log is signed any more.", is_stopped),
        Gauge::count(
            "store_damaged",
            "Places of the store that are damaged, missing or lost.",
            damaged,
        ),
    ]
}

/// Prometheus knows no other numbers than these; counts of this size fit to the last digit.
fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

fn seconds(seconds: i64) -> f64 {
    let magnitude = f64::from(u32::try_from(seconds.unsigned_abs()).unwrap_or(u32::MAX));
    if seconds < 0 { -magnitude } else { magnitude }
}
