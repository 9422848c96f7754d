//! Who cosigns the checkpoints of a log, and how many of them must.
//!
//! Every member can compute it from the roster. The version of the roster is not hashed, so that a change of members moves
//! as few witnesses as possible.

use std::cmp::Reverse;

use budstikke_keys::note::{KeyKind, VerifierKey};
use sha2::{Digest as _, Sha256};

use super::origin::{Origin, witness_name};
use crate::federation::roster::{FederationName, Member, Roster};
use crate::ids::OrganisationNumber;

/// The most witnesses of a log: with seven, two may be malicious and harmless, and a cosigned checkpoint stays near 1 kB.
pub const WITNESSES_MAX: usize = 7;

/// The witnesses of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnesses {
    members: Vec<(OrganisationNumber, VerifierKey)>,
}

impl Witnesses {
    /// The witnesses that `roster` gives to the log `origin`: of the active members other than its own, those highest by
    /// rendezvous hash.
    pub fn of(roster: &Roster, origin: &Origin) -> Self {
        let others = roster.active().filter(|member| member.organisation != origin.organisation());
        let mut ranked: Vec<_> =
            others.map(|member| (rank(origin, member.organisation), member)).collect();
        ranked.sort_by_key(|(rank, member)| Reverse((*rank, member.organisation)));
        ranked.truncate(WITNESSES_MAX);
        let named =
            |member: &Member| (member.organisation, witness_key(&roster.federation, member));
        Self { members: ranked.into_iter().map(|(_, member)| named(member)).collect() }
    }

    /// Each with the key that cosigns, the highest first.
    pub fn members(&self) -> &[(OrganisationNumber, VerifierKey)] {
        &self.members
    }

    /// How many of them must have cosigned; 0 when there is none.
    pub fn quorum(&self) -> usize {
        quorum(self.members.len())
    }
}

/// How many of `witnesses` must have cosigned: any two quorums share an honest witness as long as at most
/// ⌊(w − 1) / 3⌋ are malicious.
pub fn quorum(witnesses: usize) -> usize {
    witnesses.saturating_sub(witnesses.saturating_sub(1).div_euclid(3))
}

/// The key with which `member` cosigns.
pub fn witness_key(federation: &FederationName, member: &Member) -> VerifierKey {
    VerifierKey::new(
        witness_name(federation, member.organisation),
        KeyKind::Cosignature,
        member.keys.witness,
    )
}

/// SHA-256 over `budstikke/witness/v1`, the origin and the organisation number, the two behind their length in two bytes.
fn rank(origin: &Origin, organisation: OrganisationNumber) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"budstikke/witness/v1");
    for part in [origin.to_string(), organisation.to_string()] {
        hash.update(u16::try_from(part.len()).unwrap_or(u16::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
