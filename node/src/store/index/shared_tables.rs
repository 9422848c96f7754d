//! The table of documents that are shared by name: by who may read them.

use budstikke_protocol::ids::OrganisationNumber;

use super::tables::{Table, organisation, parse_document, parse_organisation};
use crate::store::bytes::take;
use crate::store::names::DocumentName;

/// The key of a document that is shared with `asker` by name.
pub(crate) fn shared(asker: OrganisationNumber, name: DocumentName) -> Vec<u8> {
    Table::Shared.key(&[
        &organisation(asker),
        &name.document.to_bytes(),
        &organisation(name.custodian),
    ])
}

/// The document that a key of the table `shared` ends with.
pub(crate) fn name_in_shared_key(key: &[u8]) -> Option<DocumentName> {
    let mut name = key.last_chunk::<25>()?.as_slice();
    let document = parse_document(take(&mut name)?)?;
    Some(DocumentName { custodian: parse_organisation(take(&mut name)?)?, document })
}
