//! The numbers of the node at `/metrics`, in the text format of Prometheus, version 0.0.4.

use std::iter;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::service::context::Context;
use crate::service::metrics::{Gauge, gauges};

/// The route.
pub(super) fn routes(ctx: Arc<Context>) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(ctx)
}

async fn metrics(State(ctx): State<Arc<Context>>) -> Response {
    let text = text(&gauges(&ctx).await);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// The gauges as text. A label's value may be anything that has no quote, backslash or line feed; none of ours has.
pub(super) fn text(gauges: &[Gauge]) -> String {
    gauges.iter().flat_map(lines).collect::<Vec<_>>().concat()
}

fn lines(Gauge { name, help, label, rows }: &Gauge) -> impl Iterator<Item = String> {
    let name = format!("budstikke_{name}");
    let head = format!("# HELP {name} {help}\n# TYPE {name} gauge\n");
    let rows = rows.iter().map(move |(value, number)| {
        let labels = label.map_or(String::new(), |label| format!("{{{label}=\"{value}\"}}"));
        format!("{name}{labels} {number}\n")
    });
    iter::once(head).chain(rows)
}
