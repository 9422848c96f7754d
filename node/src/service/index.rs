//! What this organisation's log proves: its head, the records of a document, receipts, and everything for a reviewer.

use std::sync::Arc;
use std::time::Duration;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::federation::accept::Accepted;
use budstikke_protocol::ids::DocumentId;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::history::History;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::policy::Policy;
use budstikke_protocol::log::receipt::{Grade, Proven, Receipt};
use budstikke_protocol::log::tile::{Tile, tiles_between, tiles_of};
use budstikke_protocol::log::tree::{TreeHash, TreeHead, prove_inclusion, root_of};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::context::Context;
use super::peer_logs;
use super::restoring;
use super::signer::Signed;
use crate::failure::Failure;
use crate::store::{About, LogError, LoggedRecord, Store};

/// How long a record that was just made is waited for to stand under a signed head; twice what that takes at most.
const HEAD_WAIT: Duration = Duration::from_secs(2);

/// How the log is.
pub fn status(ctx: &Context) -> Value {
    let log = ctx.store.log();
    let signed = ctx.log.newest().borrow().clone();
    let head = signed.as_ref().map(|signed| signed.head);
    let entries = log.committed().unwrap_or(*log.entries().borrow());
    json!({
        "origin": ctx.log.origin().to_string(),
        "key": ctx.log.verifier().to_string(),
        "size": head.map(|head| head.size),
        "root": head.map(|head| head.root.to_string()),
        "time": head.map(|head| head.time_ms).and_then(time),
        "records": log.records_count(),
        "waiting": entries.saturating_sub(head.map_or(0, |head| head.size)),
        "witnessed": witnessed(ctx, signed.as_deref()),
        "stopped": log.stopped(),
        "restored": restoring::said(ctx),
        "witnesses": peer_logs::witnesses(ctx),
    })
}

/// How far the newest head is witnessed, in words.
fn witnessed(ctx: &Context, signed: Option<&Signed>) -> String {
    let policy = Policy::of(ctx.federation.view().roster(), ctx.log.origin());
    if policy.witnesses().is_empty() {
        return "unwitnessed: the federation has no other active member".to_owned();
    }
    let since = signed.and_then(|signed| policy.witnessed(&signed.checkpoint).ok().flatten());
    since.map_or_else(|| "no".to_owned(), |since| format!("since {since}"))
}

/// A record of a document under a signed head.
struct Standing {
    record: LoggedRecord,
    receipt: Receipt,
    proven: Proven,
}

/// Everything that the log holds of a document of this organisation, and that it verifies.
///
/// # Errors
/// When it holds nothing of it, or cannot prove it.
pub async fn prove(ctx: &Context, document: DocumentId) -> Result<Value, Failure> {
    let (signed, standing) = standing(ctx, document).await?;
    let records = standing.iter().map(|Standing { record, proven, .. }| {
        json!({
            "index": record.index,
            "about": about(record.about),
            "commitment": record.commitment.to_string(),
            "salt": data_encoding::HEXLOWER.encode(record.salt.bytes()),
            "statement": record.statement,
            "grade": proven.grade.to_string(),
        })
    });
    Ok(json!({
        "document": document,
        "origin": ctx.log.origin().to_string(),
        "size": signed.head.size,
        "root": signed.head.root.to_string(),
        "records": records.collect::<Vec<_>>(),
    }))
}

/// The receipt of a document of this organisation: that of its manifest, or, when it was erased, that of the erasure.
///
/// # Errors
/// As [`prove`].
pub async fn receipt(ctx: &Context, document: DocumentId) -> Result<(Receipt, Value), Failure> {
    let (_, standing) = standing(ctx, document).await?;
    let first = standing.into_iter().next();
    let Standing { record, receipt, proven } = first.ok_or_else(|| unlogged(document))?;
    let value = json!({
        "document": document,
        "origin": ctx.log.origin().to_string(),
        "about": about(record.about),
        "index": record.index,
        "statement": record.statement,
        "grade": proven.grade.to_string(),
        "witnessed": match proven.grade {
            Grade::Witnessed { since } => format!("since {since}"),
            Grade::Promised => witnessed(ctx, None),
        },
    });
    Ok((receipt, value))
}

/// The records of a document, each with a receipt that verifies.
async fn standing(
    ctx: &Context,
    document: DocumentId,
) -> Result<(Arc<Signed>, Vec<Standing>), Failure> {
    let (store, here) = (ctx.store.clone(), ctx.here());
    let records = blocking(move || store.log().records(here, document)).await?;
    let last = records.last().ok_or_else(|| unlogged(document))?.index;
    standing_up_to(ctx, records, last).await
}

/// The receipt of one record, and what it is worth.
///
/// # Errors
/// When it has no signed head yet, or cannot be proven.
pub(super) async fn receipt_of(
    ctx: &Context,
    record: LoggedRecord,
) -> Result<(Receipt, Grade), Failure> {
    let last = record.index;
    let (_, standing) = standing_up_to(ctx, vec![record], last).await?;
    let first = standing.into_iter().next().ok_or_else(|| {
        Failure::new("the record cannot be proven", "budstikke status says what is damaged")
    })?;
    Ok((first.receipt, first.proven.grade))
}

/// Receipts of records, of which that at `last` is the newest.
async fn standing_up_to(
    ctx: &Context,
    records: Vec<LoggedRecord>,
    last: u64,
) -> Result<(Arc<Signed>, Vec<Standing>), Failure> {
    let signed = signed_above(ctx, last).await?;
    let (store, above) = (ctx.store.clone(), Arc::clone(&signed));
    let (before, newest) = ctx.federation.all().await;
    let (origin, rosters) = (ctx.log.origin().clone(), (before.clone(), Arc::clone(&newest)));
    let proven = move || -> Result<Vec<_>, LogError> {
        let history = history(&rosters.0, &rosters.1);
        let prove = |record: LoggedRecord| {
            let under = earliest(&store, record.index, (&origin, &history));
            proof(&store, under.as_ref().unwrap_or(&above.checkpoint), record)
        };
        records.into_iter().map(prove).collect()
    };
    let history = history(&before, &newest);
    // A key that no roster lists as this log's, because the stewards do not know of it yet, is its own all the same.
    let (own, policy) = (ctx.log.verifier(), Policy::of(newest.roster(), ctx.log.origin()));
    let mut standing = Vec::new();
    for (record, receipt, leaf) in blocking(proven).await? {
        let proven = history
            .prove(&receipt, &leaf, ctx.log.origin())
            .or_else(|_| receipt.verify(&leaf, &own, &policy));
        let proven = proven.map_err(|error| {
            Failure::of(&error, "budstikke status says what is damaged; please report it otherwise")
        })?;
        standing.push(Standing { record, receipt, proven });
    }
    Ok((signed, standing))
}

/// What all rosters that this node has make of a checkpoint.
pub(super) fn history<'a>(before: &'a [Arc<Accepted>], newest: &'a Accepted) -> History<'a> {
    History::new(before.iter().map(|accepted| accepted.roster()), newest.roster())
}

/// The earliest checkpoint with an entry that witnesses vouch for, those of today or of its time: it says most of when that
/// was made. Nothing when there is none, or it cannot be read.
fn earliest(
    store: &Store,
    index: u64,
    (origin, history): (&Origin, &History<'_>),
) -> Option<SignedCheckpoint> {
    let note = store.heads().witnessed_with(index).ok()??;
    let (checkpoint, log) = history.open(&note, origin).ok()?;
    let grade = history.grade(&checkpoint, &log).ok()?;
    matches!(grade, Grade::Witnessed { .. }).then_some(checkpoint)
}

/// The receipt of a record under a signed head, and the hash of the leaf that it is of: of the commitment that follows from
/// statement and salt, not of what stands in the log.
fn proof(
    store: &Store,
    checkpoint: &SignedCheckpoint,
    record: LoggedRecord,
) -> Result<(LoggedRecord, Receipt, TreeHash), LogError> {
    let reader = store.log().reader();
    let proof = prove_inclusion(&reader, record.index, checkpoint.head().size)?;
    let receipt = Receipt::new(record.index, proof, checkpoint);
    let receipt = receipt.with_extra(record.salt.bytes().to_vec());
    let commitment = record.recommitted();
    let entry = match record.about {
        About::Erasure => Entry::Erase(commitment),
        About::Manifest | About::Sharing | About::Withdrawal | About::Event => {
            Entry::Record(commitment)
        }
    };
    Ok((record, receipt, entry.leaf_hash()))
}

/// The newest signed head, once it has the entry with this index.
async fn signed_above(ctx: &Context, index: u64) -> Result<Arc<Signed>, Failure> {
    let mut newest = ctx.log.newest();
    let has_it = |signed: &Option<Arc<Signed>>| {
        signed.as_ref().is_some_and(|signed| signed.head.size > index)
    };
    let signed = match timeout(HEAD_WAIT, newest.wait_for(has_it)).await {
        Ok(Ok(signed)) => signed.clone(),
        Ok(Err(_)) | Err(_) => None,
    };
    signed.ok_or_else(|| match ctx.store.log().stopped() {
        Some(reason) => LogError::Stopped(reason).into(),
        None => restoring::failure(ctx).unwrap_or_else(|| {
            Failure::new("the record has no signed head yet", "give the command again in a moment")
        }),
    })
}

fn unlogged(document: DocumentId) -> Failure {
    Failure::new(
        format!("the log holds no record of document {document}"),
        "budstikke document list shows the documents of this organisation; those of others stand in their logs",
    )
}

/// An export on its way out.
#[derive(Debug)]
pub struct Export {
    /// The tiles that whoever asks lacks.
    pub tiles: Vec<Tile>,
    /// The head that they belong to, and its signed note.
    pub signed: Arc<Signed>,
}

/// Begins an export for somebody who has the log up to `from`, or nothing of it.
///
/// # Errors
/// When nothing is signed, or the log does not go on from there.
pub async fn export(ctx: &Context, from: Option<TreeHead>) -> Result<Export, Failure> {
    let signed = ctx.log.newest().borrow().clone();
    let signed = signed.ok_or_else(|| match ctx.store.log().stopped() {
        Some(reason) => LogError::Stopped(reason).into(),
        None => restoring::failure(ctx)
            .unwrap_or_else(|| Failure::new("the log is empty", "publish a document first")),
    })?;
    let size = signed.head.size;
    let Some(from) = from.filter(|from| from.size > 0) else {
        return Ok(Export { tiles: tiles_of(size).collect(), signed });
    };
    let store = ctx.store.clone();
    let is_known = from.size <= size
        && blocking(move || root_of(&store.log().reader(), from.size)).await? == from.root;
    if !is_known {
        return Err(Failure::new(
            "the folder holds the export of another log, or of another history of this one",
            "KEEP the folder: if it was exported from this node, the node was rewritten or put back; export into a new one",
        ));
    }
    Ok(Export { tiles: tiles_between(from.size, size).collect(), signed })
}

/// The bytes of a tile, read and checked off the async threads.
///
/// # Errors
/// When it is damaged.
pub async fn tiles(ctx: &Context, tiles: Vec<Tile>) -> Result<Vec<(Tile, Vec<u8>)>, Failure> {
    let store = ctx.store.clone();
    blocking(move || {
        let reader = store.log().reader();
        tiles.into_iter().map(|tile| Ok((tile, reader.tile(tile)?))).collect()
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LogError> + Send + 'static,
) -> Result<T, Failure> {
    let done = spawn_blocking(work).await;
    Ok(done.map_err(|error| Failure::of(&error, "the node is stopping; start it and try again"))??)
}

fn about(about: About) -> &'static str {
    match about {
        About::Manifest => "manifest",
        About::Sharing => "sharing",
        About::Withdrawal => "withdrawal",
        About::Erasure => "erasure",
        About::Event => "event",
    }
}

fn time(milliseconds: u64) -> Option<Timestamp> {
    let seconds = i64::try_from(milliseconds.div_euclid(1000)).ok()?;
    Timestamp::from_unix_seconds(seconds).ok()
}
