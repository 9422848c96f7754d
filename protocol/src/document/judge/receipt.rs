//! What the receipt of a manifest shows.

use std::error::Error;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Claimed;
use budstikke_keys::time::Timestamp;
use thiserror::Error;
use zeroize::Zeroizing;

use super::check::{Check, Failure};
use crate::document::manifest::Manifest;
use crate::log::commitment::{Commitment, Salt};
use crate::log::entry::Entry;
use crate::log::history::History;
use crate::log::origin::Origin;
use crate::log::receipt::{Grade, Proven, Receipt, ReceiptError};

/// Why bytes are no receipt for a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotProven {
    /// There are not 32 bytes in `extra`, which is where the salt stands.
    #[error("the receipt holds no salt")]
    NoSalt,
    /// It is no receipt, or not of the commitment to this manifest in the log of its custodian.
    #[error("the receipt proves nothing of this manifest")]
    Refused(#[from] ReceiptError),
}

/// Checks that `receipt` shows the manifest in the log of its custodian, and how far that is witnessed.
///
/// # Errors
/// [`NotProven`].
pub fn proven(
    receipt: &[u8],
    manifest: &Claimed<Manifest>,
    history: &History<'_>,
) -> Result<Proven, NotProven> {
    let receipt = Receipt::parse(receipt)?;
    let salt = receipt.extra().and_then(|extra| <[u8; 32]>::try_from(extra).ok());
    let salt = Salt::from_bytes(Zeroizing::new(salt.ok_or(NotProven::NoSalt)?));
    let signed = Sha256Digest::of(manifest.compact().as_bytes());
    let leaf = Entry::Record(Commitment::to(signed, &salt)).leaf_hash();
    let federation = history.newest().federation.clone();
    let origin = Origin::records(federation, manifest.claimed().organisation);
    Ok(history.prove(&receipt, &leaf, &origin)?)
}

/// The line of the checklist, and when the manifest existed at the latest.
pub(super) fn line(
    receipt: &[u8],
    manifest: &Claimed<Manifest>,
    history: &History<'_>,
) -> (Check, Option<Timestamp>) {
    let proven = match proven(receipt, manifest, history) {
        Ok(proven) => proven,
        Err(error) => {
            return (Check::failed("receipt", Failure::ReceiptInvalid, told(&error)), None);
        }
    };
    let head = proven.checkpoint.head();
    let place = format!(
        "entry {} of {} of {}",
        proven.index,
        head.size,
        proven.checkpoint.checkpoint().origin
    );
    match proven.grade {
        Grade::Witnessed { since } => {
            (Check::passed("receipt", format!("{place}, witnessed since {since}")), Some(since))
        }
        Grade::Promised => {
            let found = format!("{place}, promised: no quorum of its witnesses vouches for it");
            (Check::passed("receipt", found), None)
        }
    }
}

/// An error and its causes in one line.
fn told(error: &dyn Error) -> String {
    let cause = error.source().map(told);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
