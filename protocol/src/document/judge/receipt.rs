//! What the receipt of a statement shows.

use std::error::Error;

use budstikke_keys::time::Timestamp;
use thiserror::Error;
use zeroize::Zeroizing;

use super::check::{Check, Failure};
use super::signed::Signed;
use crate::log::commitment::{Commitment, Salt};
use crate::log::entry::Entry;
use crate::log::history::History;
use crate::log::origin::Origin;
use crate::log::receipt::{Grade, Proven, Receipt, ReceiptError};

/// Why bytes are no receipt for a statement.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotProven {
    /// There are not 32 bytes in `extra`, which is where the salt stands.
    #[error("the receipt holds no salt")]
    NoSalt,
    /// It is no receipt, or not of the commitment to this statement in the log of its signer.
    #[error("the receipt proves nothing of this statement")]
    Refused(#[from] ReceiptError),
}

/// Checks that `receipt` shows a statement in the log of the organisation that signed it, and how far that is witnessed.
///
/// # Errors
/// [`NotProven`].
pub fn proven(receipt: &[u8], signed: &Signed, history: &History<'_>) -> Result<Proven, NotProven> {
    let receipt = Receipt::parse(receipt)?;
    let salt = receipt.extra().and_then(|extra| <[u8; 32]>::try_from(extra).ok());
    let salt = Salt::from_bytes(Zeroizing::new(salt.ok_or(NotProven::NoSalt)?));
    let leaf = Entry::Record(Commitment::to(signed.digest, &salt)).leaf_hash();
    let federation = history.newest().federation.clone();
    let origin = Origin::records(federation, signed.organisation);
    Ok(history.prove(&receipt, &leaf, &origin)?)
}

/// The line of the checklist, and when the statement existed at the latest.
pub(crate) fn line(
    receipt: &[u8],
    signed: &Signed,
    history: &History<'_>,
) -> (Check, Option<Timestamp>) {
    let proven = match proven(receipt, signed, history) {
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
