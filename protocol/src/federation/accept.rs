//! Which roster follows another: the rules of The Update Framework (section 5.3, root metadata), applied to members.

use std::collections::BTreeSet;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::SignedByMany;
use budstikke_keys::public::PublicKey;
use thiserror::Error;

use super::fingerprint::fingerprint;
use super::roster::{KeyUse, Member, RetiredKey, Roster, Status};
use crate::ids::{Fingerprint, OrganisationNumber};

/// A roster whose signatures and descent have been checked; only [`Accepted::first`] and [`Accepted::next`] make one.
#[derive(Debug)]
pub struct Accepted {
    signed: SignedByMany<Roster>,
}

/// Why a roster was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RosterError {
    /// Its first version belongs to another federation than the fingerprint says.
    #[error("the roster belongs to another federation: its fingerprint is {found}")]
    OtherFederation {
        /// The fingerprint of the roster at hand.
        found: Fingerprint,
    },
    /// The first roster must be version 1.
    #[error("trust begins with version 1 of the roster, this is version {version}")]
    NotTheFirst {
        /// Its version.
        version: u64,
    },
    /// Fewer stewards have signed than must.
    #[error("{found} of the needed {needed} stewards have signed version {version} of the roster")]
    TooFewSignatures {
        /// Its version.
        version: u64,
        /// Valid signatures of entitled stewards.
        found: usize,
        /// The threshold.
        needed: usize,
    },
    /// It is older than the one that is known.
    #[error("the roster is version {found}, and version {known} is known already")]
    Older {
        /// Its version.
        found: u64,
        /// The known version.
        known: u64,
    },
    /// Versions between the known one and this one are missing.
    #[error("the roster is version {found}, and version {needed} must come first")]
    Gap {
        /// Its version.
        found: u64,
        /// The version that must come next.
        needed: u64,
    },
    /// Its `previous` is not the roster that is known.
    #[error("version {version} of the roster does not follow from the one that is known")]
    WrongPrevious {
        /// Its version.
        version: u64,
    },
    /// Another roster with the same version was accepted.
    #[error("there are two rosters of version {version}, both signed by enough stewards")]
    Fork {
        /// The version that both have.
        version: u64,
    },
    /// The name or the environment of the federation changed.
    #[error("a roster cannot change the name or the environment of its federation")]
    Renamed,
    /// A member, or a key that it had, is no longer listed.
    #[error(
        "organisation {0} or one of its keys is no longer listed; members are revoked, never left out"
    )]
    Forgotten(OrganisationNumber),
    /// A revoked member came back with a key that it had, or with one of those trusted again.
    #[error(
        "organisation {0} was revoked; it can come back only with new keys, the old ones distrusted"
    )]
    Returned(OrganisationNumber),
}

impl Accepted {
    /// Accepts the first roster of a federation whose fingerprint is known out of band.
    ///
    /// # Errors
    /// When it is not version 1, belongs to another federation, or too few of its own stewards signed it.
    pub fn first(
        signed: SignedByMany<Roster>,
        federation: Fingerprint,
    ) -> Result<Self, RosterError> {
        let roster = signed.statement();
        if roster.version != 1 {
            return Err(RosterError::NotTheFirst { version: roster.version });
        }
        let found = fingerprint(roster);
        if found != federation {
            return Err(RosterError::OtherFederation { found });
        }
        signed_enough(&signed, roster.threshold, &roster.steward_keys())?;
        Ok(Self { signed })
    }

    /// Accepts the roster that follows this one.
    ///
    /// # Errors
    /// Each rule has its own [`RosterError`]. A roster of the same version with other payload bytes cannot be judged from
    /// here, because its signers are named by the roster before: ask that one, see [`Accepted::is_fork`].
    pub fn next(&self, signed: SignedByMany<Roster>) -> Result<Self, RosterError> {
        let (now, then) = (self.roster(), signed.statement());
        let needed = now.version.saturating_add(1);
        if then.version < needed {
            return Err(RosterError::Older { found: then.version, known: now.version });
        }
        if then.version > needed {
            return Err(RosterError::Gap { found: then.version, needed });
        }
        signed_enough(&signed, now.threshold, &now.steward_keys())?;
        signed_enough(&signed, then.threshold, &then.steward_keys())?;
        if then.previous != Some(self.digest()) {
            return Err(RosterError::WrongPrevious { version: then.version });
        }
        if then.federation != now.federation || then.environment != now.environment {
            return Err(RosterError::Renamed);
        }
        for before in &now.members {
            remembered(before, then.member(before.organisation))?;
        }
        Ok(Self { signed })
    }

    /// Accepts a roster at its place: the one that follows `before`, or the first of a federation.
    ///
    /// # Errors
    /// Those of [`Accepted::first`] and [`Accepted::next`].
    pub fn after(
        before: Option<&Self>,
        signed: SignedByMany<Roster>,
        federation: Fingerprint,
    ) -> Result<Self, RosterError> {
        match before {
            Some(before) => before.next(signed),
            None => Self::first(signed, federation),
        }
    }

    /// Tells whether `other` is another roster that could stand where this one stands: same version, other payload,
    /// signed by enough of the stewards of `before` (of its own stewards, for the first version).
    pub fn is_fork(&self, before: Option<&Self>, other: &SignedByMany<Roster>) -> bool {
        let roster = other.statement();
        if roster.version != self.roster().version || other.payload_digest() == self.digest() {
            return false;
        }
        let enough = |by: &Roster| signed_enough(other, by.threshold, &by.steward_keys()).is_ok();
        match before {
            Some(before) => enough(before.roster()),
            None => fingerprint(roster) == fingerprint(self.roster()) && enough(roster),
        }
    }

    /// The roster.
    pub fn roster(&self) -> &Roster {
        self.signed.statement()
    }

    /// SHA-256 of its payload bytes: what the next one names as `previous`.
    pub fn digest(&self) -> Sha256Digest {
        self.signed.payload_digest()
    }

    /// The roster with its signatures.
    pub fn signed(&self) -> &SignedByMany<Roster> {
        &self.signed
    }
}

fn signed_enough(
    signed: &SignedByMany<Roster>,
    threshold: u8,
    stewards: &[PublicKey],
) -> Result<(), RosterError> {
    let needed = usize::from(threshold);
    let found = signed.valid_signers(stewards).len();
    if found >= needed {
        return Ok(());
    }
    Err(RosterError::TooFewSignatures { version: signed.statement().version, found, needed })
}

/// A member that was listed stays listed, with every key it had, and comes back from revocation only with new ones:
/// what made it be revoked was done with the old.
fn remembered(before: &Member, after: Option<&Member>) -> Result<(), RosterError> {
    let organisation = before.organisation;
    let after = after.ok_or(RosterError::Forgotten(organisation))?;
    let retired: BTreeSet<_> = after.retired_keys.iter().map(|r| (r.key_use, r.key)).collect();
    let current: BTreeSet<_> = after.keys.each().into_iter().collect();
    let had = before.keys.each().into_iter();
    if had.clone().any(|key| !retired.contains(&key) && !current.contains(&key)) {
        return Err(RosterError::Forgotten(organisation));
    }
    if before.retired_keys.iter().any(|key| !still_retired(key, after)) {
        return Err(RosterError::Forgotten(organisation));
    }
    let returned = before.status == Status::Revoked && after.status != Status::Revoked;
    let retired_before = before.retired_keys.iter().map(|r| (r.key_use, r.key));
    if returned && had.chain(retired_before).any(|key| !is_distrusted(key, after)) {
        return Err(RosterError::Returned(organisation));
    }
    Ok(())
}

fn is_distrusted(key: (KeyUse, PublicKey), member: &Member) -> bool {
    let mut retired = member.retired_keys.iter();
    retired.any(|r| (r.key_use, r.key) == key && r.distrusted_from.is_some())
}

/// Distrust can be added to a retired key and moved to an earlier time, never taken away.
fn still_retired(key: &RetiredKey, after: &Member) -> bool {
    after.retired_keys.iter().any(|now| {
        let distrust_kept = match (key.distrusted_from, now.distrusted_from) {
            (Some(before), Some(after)) => after <= before,
            (Some(_), None) => false,
            (None, _) => true,
        };
        now.key == key.key && now.key_use == key.key_use && distrust_kept
    })
}
