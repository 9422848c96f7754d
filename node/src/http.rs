//! What programs on this machine are served over HTTP. It listens on loopback only, so nothing here knows who asks: what is
//! given out must be what everybody may know.

mod index;
mod metrics;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{HOST, X_CONTENT_TYPE_OPTIONS};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::config::Loopback;
use crate::failure::Failure;
use crate::service::context::Context;

/// The most connections at a time; more than a person and their tools open.
const CONNECTIONS_MAX: usize = 64;

/// How long a connection may take to say what it wants.
const HEAD_WAIT: Duration = Duration::from_secs(5);

/// The most bytes of the head of a request.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// How long a connection is served; one that wants more opens another.
const CONNECTION_MAX: Duration = Duration::from_mins(5);

/// How long the last answer on a connection may take to leave.
const LAST_ANSWER_MAX: Duration = Duration::from_secs(2);

/// How long the listener rests after it could not accept, because what it lacks, such as descriptors, comes back with time.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Opens the port, and says which it is.
///
/// # Errors
/// When it is taken.
pub async fn listen(address: Loopback) -> Result<(TcpListener, SocketAddr), Failure> {
    let taken = |error: std::io::Error| {
        Failure::new(
            format!("cannot listen on {address} for HTTP: {error}"),
            "choose another port as `http` in config.toml, or leave it out",
        )
    };
    let listener = TcpListener::bind(address.socket()).await.map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    Ok((listener, address))
}

/// Serves until `stop`, then lets the answers under way leave.
pub async fn serve(ctx: Arc<Context>, listener: TcpListener, stop: CancellationToken) {
    let routes = index::routes(Arc::clone(&ctx))
        .merge(metrics::routes(ctx))
        .layer(middleware::from_fn(guard));
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = running.join_next(), if !running.is_empty() => {}
            accepted = listener.accept(), if running.len() < CONNECTIONS_MAX => match accepted {
                Ok((stream, _)) => drop(running.spawn(connection(routes.clone(), stream, stop.clone()))),
                Err(error) => {
                    warn!(%error, "the port for HTTP does not accept");
                    sleep(ACCEPT_REST).await;
                }
            }
        }
    }
    while running.join_next().await.is_some() {}
}

async fn connection(routes: Router, stream: TcpStream, stop: CancellationToken) {
    let service = TowerToHyperService::new(routes);
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD_WAIT).max_buf_size(HEAD_BYTES_MAX);
    let connection = server.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return told(ended),
        () = stop.cancelled() => {}
        () = sleep(CONNECTION_MAX) => {}
    }
    connection.as_mut().graceful_shutdown();
    if let Ok(ended) = timeout(LAST_ANSWER_MAX, connection).await {
        told(ended);
    }
}

fn told(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        debug!(%error, "a connection for HTTP broke off");
    }
}

/// Refuses what was sent to another name: a page in a browser on this machine could otherwise have its own name lead here.
async fn guard(request: Request, next: Next) -> Response {
    if !is_for_this_machine(request.headers()) {
        let said = "this is served to programs on this machine only, by the name localhost or a loopback address\n";
        return (StatusCode::MISDIRECTED_REQUEST, said).into_response();
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn is_for_this_machine(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    host.is_some_and(|host| {
        let name = host.host().trim_start_matches('[').trim_end_matches(']');
        name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests;
