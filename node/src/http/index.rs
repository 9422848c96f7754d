//! The log of this organisation, read-only, at the paths of C2SP `tlog-tiles`: `/index/checkpoint` and `/index/tile/…`.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use budstikke_protocol::log::tile::Tile;

use crate::service::context::Context;
use crate::service::index;

/// Where the log begins; what follows is the path of a file in an export.
const PREFIX: &str = "/index/";

/// A tile never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The routes.
pub(super) fn routes(ctx: Arc<Context>) -> Router {
    Router::new()
        .route("/index/checkpoint", get(checkpoint))
        .route("/index/tile/{*path}", get(tile))
        .fallback(async || {
            nothing(
                "there is /metrics, /index/checkpoint, and /index/tile/ as C2SP tlog-tiles says\n",
            )
        })
        .with_state(ctx)
}

/// The newest signed head, with the cosignatures that it has.
async fn checkpoint(State(ctx): State<Arc<Context>>) -> Response {
    let signed = ctx.log.newest().borrow().clone();
    let Some(signed) = signed else { return nothing("nothing is signed yet\n") };
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-cache")];
    (headers, signed.checkpoint.note().to_string()).into_response()
}

/// A tile of the newest signed head, or of one before it.
async fn tile(State(ctx): State<Arc<Context>>, uri: Uri) -> Response {
    let path = uri.path().strip_prefix(PREFIX).and_then(|path| path.parse::<Tile>().ok());
    let size = ctx.log.newest().borrow().as_ref().map_or(0, |signed| signed.head.size);
    let Some(tile) = path.filter(|tile| tile.entries_below() <= size) else {
        return nothing("the log has no such tile\n");
    };
    match index::tiles(&ctx, vec![tile]).await {
        Ok(mut tiles) => {
            let bytes = tiles.pop().map(|(_, bytes)| bytes).unwrap_or_default();
            let headers = [(CONTENT_TYPE, "application/octet-stream"), (CACHE_CONTROL, FOR_EVER)];
            (headers, bytes).into_response()
        }
        Err(failure) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{failure}\n")).into_response(),
    }
}

fn nothing(why: &'static str) -> Response {
    (StatusCode::NOT_FOUND, why).into_response()
}
