//! Exporting evidence of a document that is here.

use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::Action;

use super::caller::Which;
use super::context::Context;
use super::library;
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
}

/// Opens the document `which` for export, after the look has been recorded.
///
/// # Errors
/// When the document is not here, or the record cannot be written.
pub async fn export(ctx: &Context, caller: &Caller, which: Which) -> Result<Export, Failure> {
    let (entry, reader) = library::read(ctx, caller, which, Action::Export).await?;
    let rosters = ctx.federation.to_chain().await;
    let federation = ctx.federation.view().fingerprint;
    let before = before(&entry.manifest, federation, &rosters, clock::now())
        .map_err(|error| Failure::of(&error, "this is a fault of the program"))?;
    Ok(Export { before, reader, after: after(entry.manifest.claimed().size) })
}
