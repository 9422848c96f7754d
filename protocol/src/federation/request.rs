//! The member request: what an organisation hands to the stewards, signed with every key that it announces.

use budstikke_keys::jws::{SignedByMany, Statement};
use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::roster::{Kind, MemberKeys};
use crate::ids::OrganisationNumber;
use crate::limits::ADDRESSES_MAX;
use crate::text::Text;

/// The payload of a member request, version 1 of its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRequest {
    /// The organisation's number.
    pub organisation: OrganisationNumber,
    /// Its name.
    pub name: Text<128>,
    /// Its kind.
    pub kind: Kind,
    /// Its county or health region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Text<64>>,
    /// The keys it wants to be known by.
    pub keys: MemberKeys,
    /// Where its node listens.
    pub addresses: Vec<Text<256>>,
    /// When it was made, as it claims.
    pub created: Timestamp,
}

impl Statement for MemberRequest {
    const TYP: &'static str = "budstikke-member-request-v1";

    fn check(&self) -> Result<(), &'static str> {
        if self.addresses.len() > ADDRESSES_MAX {
            Err("it has more addresses than a member can have")
        } else {
            Ok(())
        }
    }
}

/// The request is not signed with every key in it, so it does not prove that one party holds them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the request is not signed with each of its four keys")]
pub struct NotPossessed;

/// Checks that `signed` carries a valid signature of each of its four keys, which must differ.
///
/// # Errors
/// [`NotPossessed`] when one is missing, wrong, or used twice.
pub fn prove_possession(
    signed: &SignedByMany<MemberRequest>,
) -> Result<&MemberRequest, NotPossessed> {
    let request = signed.statement();
    let keys = request.keys.each().map(|(_, key)| key);
    if signed.valid_signers(&keys).len() == keys.len() { Ok(request) } else { Err(NotPossessed) }
}
