//! What a policy says, and whether a checkpoint fulfils it.

use budstikke_keys::note::{KeyKind, NotTrusted, VerifierKey};
use budstikke_keys::time::Timestamp;

use crate::federation::roster::Roster;
use crate::log::checkpoint::{Cosignature, SignedCheckpoint};
use crate::log::origin::Origin;
use crate::log::witnesses::Witnesses;

/// Which logs are believed, and which witnesses must have cosigned. Made by parsing its text or of a roster, so that every
/// place in it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) logs: Vec<PolicyLog>,
    pub(super) witnesses: Vec<PolicyWitness>,
    pub(super) groups: Vec<Group>,
    pub(super) quorum: Option<PolicyMember>,
}

/// A log that is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLog {
    /// Its key; the name is the origin.
    pub key: VerifierKey,
    /// Where it is reached.
    pub url: Option<String>,
}

/// A witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyWitness {
    /// What the policy calls it.
    pub name: String,
    /// The key with which it cosigns.
    pub key: VerifierKey,
    /// Where it is reached.
    pub url: Option<String>,
}

/// Several members, of which some must have witnessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What the policy calls it.
    pub name: String,
    /// How many of the members, 1 to all.
    pub threshold: usize,
    /// The members.
    pub members: Vec<PolicyMember>,
}

/// A witness or a group, by its place among those of its sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyMember {
    /// A witness.
    Witness(usize),
    /// A group.
    Group(usize),
}

impl Policy {
    /// The policy that `roster` sets for the log `origin`: its key, if it is a member, and its witnesses with their quorum.
    pub fn of(roster: &Roster, origin: &Origin) -> Self {
        let key = |key| VerifierKey::new(origin.key_name(), KeyKind::Signature, key);
        let member = roster.member(origin.organisation());
        let logs = member.map(|member| PolicyLog { key: key(member.keys.log), url: None });
        let assigned = Witnesses::of(roster, origin);
        let witnesses: Vec<_> = assigned
            .members()
            .iter()
            .map(|(organisation, key)| PolicyWitness {
                name: organisation.to_string(),
                key: key.clone(),
                url: None,
            })
            .collect();
        let members: Vec<_> = (0..witnesses.len()).map(PolicyMember::Witness).collect();
        let quorum = (!members.is_empty()).then_some(PolicyMember::Group(0));
        let group = Group { name: "witnesses".to_owned(), threshold: assigned.quorum(), members };
        let groups = if quorum.is_some() { vec![group] } else { Vec::new() };
        Self { logs: logs.into_iter().collect(), witnesses, groups, quorum }
    }

    /// The logs that are believed.
    pub fn logs(&self) -> &[PolicyLog] {
        &self.logs
    }

    /// The witnesses.
    pub fn witnesses(&self) -> &[PolicyWitness] {
        &self.witnesses
    }

    /// The groups, each behind its members.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// Who must have witnessed; nobody when the policy says `none`.
    pub fn quorum(&self) -> Option<PolicyMember> {
        self.quorum
    }

    /// Since when `checkpoint` is witnessed by a quorum; never when there is none, also when none is asked for: what nobody
    /// saw is not witnessed.
    ///
    /// That is the time of the cosignature that completes the quorum, counted from the earliest on: before it a few might
    /// have lied about the time, for it the quorum vouches.
    ///
    /// # Errors
    /// [`NotTrusted`] when a line names a witness of the policy and does not verify; then nothing of the note counts.
    pub fn witnessed(
        &self,
        checkpoint: &SignedCheckpoint,
    ) -> Result<Option<Timestamp>, NotTrusted> {
        let keys: Vec<_> = self.witnesses.iter().map(|witness| witness.key.clone()).collect();
        let mut cosignatures = checkpoint.cosignatures(&keys)?;
        cosignatures.sort_by_key(|cosignature| cosignature.time);
        let enough =
            |count: &usize| cosignatures.get(..*count).is_some_and(|some| self.is_met(some));
        let last = (1..=cosignatures.len())
            .find(enough)
            .and_then(|count| cosignatures.get(count.checked_sub(1)?));
        Ok(last.map(|cosignature| cosignature.time))
    }

    /// Whether these cosignatures are by a quorum. Without a quorum none is.
    pub fn is_met(&self, cosignatures: &[Cosignature]) -> bool {
        let has_signed =
            |key: &VerifierKey| cosignatures.iter().any(|cosignature| cosignature.witness == *key);
        let witnesses: Vec<bool> =
            self.witnesses.iter().map(|witness| has_signed(&witness.key)).collect();
        let mut groups: Vec<bool> = Vec::new();
        let is_met = |member: &PolicyMember, groups: &[bool]| match member {
            PolicyMember::Witness(place) => witnesses.get(*place).copied().unwrap_or(false),
            PolicyMember::Group(place) => groups.get(*place).copied().unwrap_or(false),
        };
        for group in &self.groups {
            let count = group.members.iter().filter(|member| is_met(member, &groups)).count();
            groups.push(count >= group.threshold);
        }
        self.quorum.is_some_and(|member| is_met(&member, &groups))
    }
}
