//! The receipt of a document, for whoever may read it: asked of its custodian, and answered as the custodian.

use budstikke_keys::jws::Claimed;
use budstikke_protocol::access::question::{Ask, Caller};
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::judge::{Signed, proven};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::log::receipt::{Grade, RECEIPT_BYTES_MAX};
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use tracing::debug;

use super::ask::{PeerFault, blame, question, refused};
use super::context::Context;
use super::index;
use crate::clock;
use crate::failure::Failure;
use crate::net::NetError;
use crate::store::{Commit, Entry};

/// A receipt that proves what it is for.
#[derive(Debug)]
pub struct Fitting {
    /// Its text.
    pub text: String,
    /// What it is worth.
    pub grade: Grade,
}

/// Answers whoever has been permitted to read `entry`.
pub async fn answer(ctx: &Context, entry: &Entry) -> IndexAnswer {
    match index::receipt(ctx, entry.manifest.claimed().document).await {
        Ok((receipt, _)) => IndexAnswer::Receipt(receipt.to_string()),
        Err(failure) => {
            debug!(error = failure.error, "there is no receipt to give");
            IndexAnswer::Unknown
        }
    }
}

/// The receipt for the manifest of `entry`: of this organisation's own log, or asked of the custodian whose document it is.
/// Whatever it comes from, it is checked before anybody is handed it.
///
/// # Errors
/// Why there is none.
pub async fn of(ctx: &Context, caller: &Caller, entry: &Entry) -> Result<Fitting, Failure> {
    let manifest = &entry.manifest;
    let is_own = manifest.claimed().organisation == ctx.here();
    let text = if is_own {
        index::receipt(ctx, manifest.claimed().document).await?.0.to_string()
    } else {
        asked(ctx, caller, manifest).await?
    };
    checked(ctx, text, &Signed::from(manifest)).await
}

/// The receipt, if it proves that the log of whoever signed the statement has it.
///
/// # Errors
/// What it does not prove.
pub async fn checked(ctx: &Context, text: String, signed: &Signed) -> Result<Fitting, Failure> {
    let (earlier, newest) = ctx.federation.all().await;
    let history = index::history(&earlier, &newest);
    match proven(text.as_bytes(), signed, &history) {
        Ok(proven) => Ok(Fitting { text, grade: proven.grade }),
        Err(error) if signed.organisation == ctx.here() => Err(Failure::of(
            &error,
            "perhaps the newest roster has another log key for this organisation: budstikke status",
        )),
        Err(error) => Err(Failure::of(
            &error,
            "nothing of it was kept; tell their operator, it is a fault or an attack",
        )),
    }
}

async fn asked(
    ctx: &Context,
    caller: &Caller,
    manifest: &Claimed<Manifest>,
) -> Result<String, Failure> {
    let (from, document) = (manifest.claimed().organisation, manifest.claimed().document);
    let record = Record::permitted(Action::Ask, caller, clock::now()).with_peer(from);
    ctx.store.commit(Commit::new(record.of(manifest.claimed()))).await?;
    let view = ctx.federation.view();
    let member = view.active(from)?;
    let ask = || question(ctx, caller, from, Ask::Read { document }).map(IndexQuestion::Receipt);
    let answer = match ctx.net.index(member.keys.node, ask()?).await {
        // An idle connection may close under the question; the peer may have seen its nonce, so it is signed anew.
        Err(NetError::Closed) => ctx.net.index(member.keys.node, ask()?).await,
        answer => answer,
    };
    match answer? {
        IndexAnswer::Receipt(text) if text.len() <= RECEIPT_BYTES_MAX => Ok(text),
        IndexAnswer::Unknown => Err(Failure::new(
            format!("{from} {} has no receipt for it", member.name),
            "its record has no signed head yet, or its log is stopped; ask again later",
        )),
        IndexAnswer::Refused(reason) => Err(refused(member, reason)),
        IndexAnswer::Receipt(_)
        | IndexAnswer::List { .. }
        | IndexAnswer::Cosigned(_)
        | IndexAnswer::Declined { .. }
        | IndexAnswer::Checkpoint(_)
        | IndexAnswer::Consistency(_)
        | IndexAnswer::State(_)
        | IndexAnswer::Blind { .. }
        | IndexAnswer::Epoch { .. }
        | IndexAnswer::Records(_)
        | IndexAnswer::Announced
        | IndexAnswer::Kept => Err(blame(member, PeerFault::NoReceipt)),
    }
}
