//! Attaching documents of this organisation to what is said.

use budstikke_protocol::ids::{DocumentId, ManifestDigest};
use budstikke_protocol::limits::ATTACHED_MAX;
use budstikke_protocol::patient::Identifier;
use budstikke_protocol::referral::event::Attached;

use crate::failure::Failure;
use crate::service::context::Context;
use crate::service::publish::own;

/// The documents, as an event names them.
///
/// # Errors
/// When one is not here, was withdrawn, or is another patient's; or when they are too many.
pub(super) fn attached(
    ctx: &Context,
    patient: &Identifier,
    documents: &[DocumentId],
) -> Result<Vec<Attached>, Failure> {
    if documents.len() > ATTACHED_MAX {
        return Err(Failure::new(
            format!("more than {ATTACHED_MAX} documents are attached"),
            "attach some of them to a second message",
        ));
    }
    documents.iter().map(|document| attach(ctx, patient, *document)).collect()
}

fn attach(ctx: &Context, patient: &Identifier, document: DocumentId) -> Result<Attached, Failure> {
    let entry = own(ctx, document)?;
    if entry.manifest.claimed().patient != *patient {
        return Err(Failure::new(
            format!("document {document} is of another patient"),
            "check the document and the patient's number; nothing was sent",
        ));
    }
    let manifest = ManifestDigest::new(entry.manifest.digest());
    Ok(Attached { custodian: ctx.here(), document, manifest })
}
