//! The names that every other room uses: who, which document, which bytes.

mod as_text;
mod digests;
mod document_id;
mod environment;
mod numbers;
mod oid;

#[cfg(test)]
mod tests;

pub(crate) use as_text::serde_as_text;
pub use digests::{ContentRoot, Fingerprint, ManifestDigest, Nonce, TextFormError};
pub use document_id::{DocumentId, DocumentIdError};
pub use environment::{Environment, EnvironmentError};
pub use numbers::{HprNumber, HprNumberError, OrganisationNumber, OrganisationNumberError};
pub use oid::{Oid, OidError};
