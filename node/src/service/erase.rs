//! Erasing: a document of this organisation, or the copy of another's, goes from this node for good.

use budstikke_keys::jws::{Claimed, Verified, sign};
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::erasure::Erasure;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::{DocumentId, ManifestDigest, OrganisationNumber};
use tracing::{error, info};

use super::caller::Which;
use super::context::Context;
use crate::clock;
use crate::failure::{Failure, chain};
use crate::store::{Change, Commit, Erasable, Kind};

/// A document that was erased.
#[derive(Debug, Clone, Copy)]
pub struct Erased {
    /// Which.
    pub document: DocumentId,
    /// Whose.
    pub custodian: OrganisationNumber,
    /// Whether it was this organisation's own.
    pub kind: Kind,
    /// When.
    pub time: Timestamp,
}

/// Erases a document: nothing of it is left on this node's disk when this returns, but the records of who looked at it.
///
/// # Errors
/// When it is not here, or the disk says no; the failure says so when it is erased, but not yet gone from the disk.
pub async fn erase(ctx: &Context, caller: &Caller, which: Which) -> Result<Erased, Failure> {
    let (document, custodian) = (which.document, which.from.unwrap_or(ctx.here()));
    let Some(Erasable { kind, manifest }) = ctx.store.erasable(custodian, document)? else {
        return Err(nothing(ctx, custodian, document)?);
    };
    let time = clock::now();
    let record = Record::permitted(Action::Erase, caller, time);
    let record = match &manifest {
        Some(manifest) => record.of(manifest.claimed()),
        None => record.about(document),
    };
    let commit = Commit::new(record);
    let commit = match kind {
        Kind::Own => commit.with(Change::Erased(&erasure(ctx, document, manifest, time)?)),
        Kind::Copy => commit.with(Change::CopyErased { custodian, document }),
    };
    ctx.store.commit(commit).await?;
    info!(%document, %custodian, "document erased");
    ctx.store.finish_erasures().await.map_err(|error| {
        error!(error = chain(&error), %document, "an erased document is still on the disk");
        Failure::new(
            format!(
                "document {document} is erased, but not yet gone from the disk: {}",
                chain(&error)
            ),
            "mend that; the node tries again every minute, and budstikke status shows what is left",
        )
    })?;
    Ok(Erased { document, custodian, kind, time })
}

/// What the log keeps of a document of this organisation: that it was erased.
fn erasure(
    ctx: &Context,
    document: DocumentId,
    manifest: Option<Claimed<Manifest>>,
    created: Timestamp,
) -> Result<Verified<Erasure>, Failure> {
    let manifest = manifest.map(|manifest| ManifestDigest::new(manifest.digest()));
    let erasure = Erasure { document, organisation: ctx.here(), manifest, created };
    sign(erasure, &ctx.sign)
        .map_err(|error| Failure::of(&error, "this is a fault of the program; please report it"))
}

/// Why there is nothing to erase.
fn nothing(
    ctx: &Context,
    custodian: OrganisationNumber,
    document: DocumentId,
) -> Result<Failure, Failure> {
    Ok(gone(ctx, custodian, document)?.unwrap_or_else(|| {
        Failure::new(
            format!("no document {document} of {custodian} is here"),
            "check its id; when it is a copy of another organisation's document, say whose: --from ORG",
        )
    }))
}

/// Says that a document is not here because it was erased; nothing when it was not.
///
/// # Errors
/// When the store cannot be read.
pub fn gone(
    ctx: &Context,
    custodian: OrganisationNumber,
    document: DocumentId,
) -> Result<Option<Failure>, Failure> {
    let erased = ctx.store.erased(custodian, document)?;
    Ok(erased.map(|time| {
        Failure::new(
            format!("document {document} was erased here at {time}"),
            "budstikke access list shows by whom",
        )
    }))
}
