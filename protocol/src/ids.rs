//! The names that every other room uses: who, which document, which bytes.

mod as_text;
mod digests;
mod environment;
mod numbers;
mod oid;
mod uuids;

#[cfg(test)]
mod tests;

pub(crate) use as_text::serde_as_text;
pub use digests::{ContentRoot, EventDigest, Fingerprint, ManifestDigest, Nonce, TextFormError};
pub use environment::{Environment, EnvironmentError};
pub use numbers::{HprNumber, HprNumberError, OrganisationNumber, OrganisationNumberError};
pub use oid::{Oid, OidError};
pub use uuids::{DocumentId, FindId, IdError, ReferralId};
