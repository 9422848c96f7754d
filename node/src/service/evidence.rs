//! Exporting evidence of a document that is here.

use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::Action;
use budstikke_protocol::log::receipt::Grade;

use super::caller::Which;
use super::context::Context;
use super::library;
use super::receipts;
use crate::clock;
use crate::evidence::write::{after, before};
use crate::failure::Failure;
use crate::store::DocumentReader;

/// An evidence file on its way out: what goes before the document, the document, and what goes after.
#[derive(Debug)]
pub struct Export {
    /// All other members.
    pub before: Vec<u8>,
    /// The document.
    pub reader: DocumentReader,
    /// The end of the archive.
    pub after: Vec<u8>,
    /// What the receipt in it is worth; or why there is none.
    pub receipt: Result<Grade, Failure>,
}

/// Opens the document `which` for export, after the look has been recorded.
///
/// # Errors
/// When the document is not here, or the record cannot be written.
pub async fn export(ctx: &Context, caller: &Caller, which: Which) -> Result<Export, Failure> {
    let (entry, reader) = library::read(ctx, caller, which, Action::Export).await?;
    let rosters = ctx.federation.to_chain().await;
    let federation = ctx.federation.view().fingerprint;
    // Evidence without a receipt is worth less, and evidence all the same: a custodian that is away keeps nobody from it.
    let receipt = receipts::of(ctx, caller, &entry).await;
    let text = receipt.as_ref().ok().map(|receipt| receipt.text.as_str());
    let before = before(&entry.manifest, federation, &rosters, text, clock::now())
        .map_err(|error| Failure::of(&error, "this is a fault of the program"))?;
    let after = after(entry.manifest.claimed().size);
    Ok(Export { before, reader, after, receipt: receipt.map(|receipt| receipt.grade) })
}
