//! Commands about this organisation's log.

use budstikke_protocol::log::tree::TreeHead;
use serde_json::{Value, json};

use super::body::send;
use super::channel::Channel;
use super::message::{IndexOrder, Reply};
use crate::failure::Failure;
use crate::service::context::Context;
use crate::service::{index, peer_logs};

/// Tiles that are read together.
const TILES_AT_ONCE: usize = 64;

/// Carries out an order.
pub(super) async fn carry_out(
    ctx: &Context,
    channel: &mut Channel,
    order: IndexOrder,
) -> Result<Value, Failure> {
    match order {
        IndexOrder::Status => Ok(index::status(ctx)),
        IndexOrder::Prove(document) => index::prove(ctx, document).await,
        IndexOrder::Receipt(document) => {
            let (receipt, value) = index::receipt(ctx, document).await?;
            send(channel, receipt.to_string().as_bytes()).await?;
            Ok(value)
        }
        IndexOrder::Peers => Ok(json!(peer_logs::list(ctx)?)),
        IndexOrder::Against(organisation) => {
            let text = peer_logs::evidence(ctx, organisation)?;
            send(channel, text.as_bytes()).await?;
            Ok(json!({ "organisation": organisation, "bytes": text.len() }))
        }
        IndexOrder::Export(from) => export(ctx, channel, from).await,
    }
}

/// Sends an export: each part of the body is a file, its path before the first line feed and its bytes behind that. The
/// checkpoint comes last.
async fn export(
    ctx: &Context,
    channel: &mut Channel,
    from: Option<(u64, String)>,
) -> Result<Value, Failure> {
    let hint = "export into a new folder";
    let from = from.map(|(size, root)| Ok(TreeHead { size, root: root.parse()? })).transpose();
    let from = from
        .map_err(|error: budstikke_protocol::log::tree::NotATreeHash| Failure::of(&error, hint))?;
    let export = index::export(ctx, from).await?;
    let total = u64::try_from(export.tiles.len()).unwrap_or(u64::MAX);
    let mut done: u64 = 0;
    for part in export.tiles.chunks(TILES_AT_ONCE) {
        for (tile, bytes) in index::tiles(ctx, part.to_vec()).await? {
            file(channel, &tile.to_string(), &bytes).await?;
            done = done.saturating_add(1);
        }
        let progress = channel.send(&Reply::Progress { done, total }).await;
        progress.map_err(|error| Failure::of(&error, "the command's sender is gone"))?;
    }
    let checkpoint = export.signed.checkpoint.note().to_string();
    file(channel, "checkpoint", checkpoint.as_bytes()).await?;
    let head = export.signed.head;
    Ok(json!({
        "origin": ctx.log.origin().to_string(),
        "key": ctx.log.verifier().to_string(),
        "size": head.size,
        "root": head.root.to_string(),
        "tiles": total,
    }))
}

async fn file(channel: &mut Channel, path: &str, bytes: &[u8]) -> Result<(), Failure> {
    send(channel, &[path.as_bytes(), b"\n", bytes].concat()).await
}
