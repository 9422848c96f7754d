//! A document as machines get it.

use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::Sharing;
use serde_json::{Value, json};

/// What a manifest says, and who may read the document now.
pub(super) fn described(manifest: &Manifest, sharing: &Sharing) -> Value {
    json!({
        "document": manifest.document,
        "organisation": manifest.organisation,
        "patient": manifest.patient.reveal(),
        "type": manifest.document_type,
        "title": manifest.title,
        "created": manifest.created,
        "content_type": manifest.content_type,
        "size": manifest.size,
        "confidentiality": manifest.confidentiality,
        "sharing": sharing,
    })
}
