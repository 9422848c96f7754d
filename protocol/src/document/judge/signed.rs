//! What the judgement of a signature needs to know of a statement, whatever it says.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::{Claimed, Verified};
use budstikke_keys::public::Thumbprint;

use crate::document::manifest::Manifest;
use crate::ids::OrganisationNumber;

/// Who is said to have signed what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed {
    /// The organisation that the statement names as its signer.
    pub organisation: OrganisationNumber,
    /// The key that is said to have signed.
    pub kid: Thumbprint,
    /// SHA-256 of the statement's compact form.
    pub digest: Sha256Digest,
}

impl From<&Verified<Manifest>> for Signed {
    fn from(manifest: &Verified<Manifest>) -> Self {
        let organisation = manifest.statement().organisation;
        Self { organisation, kid: manifest.signer(), digest: manifest.digest() }
    }
}

impl From<&Claimed<Manifest>> for Signed {
    fn from(manifest: &Claimed<Manifest>) -> Self {
        let organisation = manifest.claimed().organisation;
        Self { organisation, kid: manifest.kid(), digest: manifest.digest() }
    }
}
