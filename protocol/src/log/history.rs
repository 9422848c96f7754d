//! What the rosters of a federation, one after another, make of a checkpoint: whose it is, and since when it is witnessed.
//!
//! Members come and go, so a checkpoint of last year is not judged by the witnesses of today. It is witnessed since the
//! earliest time at which the witnesses of *some* roster vouch for it, and those of a roster vouch for no time before it was
//! issued: else whoever becomes a witness could say what was there before.
//!
//! The newest roster has a say in who can still be believed. Whoever has got hold of a witness key can cosign with any time, so
//! a key that is distrusted, or whose owner was revoked, counts towards the quorum, because a quorum has room for some that lie,
//! but for the time it does not speak: of those in good standing there must be more than may lie.

use std::cmp::Reverse;

use budstikke_keys::note::{KeyKind, NotTrusted, Note, VerifierKey};
use budstikke_keys::public::PublicKey;
use budstikke_keys::time::Timestamp;

use super::checkpoint::{CheckpointError, Cosignature, SignedCheckpoint};
use super::origin::Origin;
use super::receipt::{Grade, Proven, Receipt, ReceiptError};
use super::tree::TreeHash;
use super::witnesses::Witnesses;
use crate::federation::roster::{KeyUse, Roster, Status};
use crate::ids::OrganisationNumber;

/// The rosters of a federation as far as they are known, oldest first.
#[derive(Clone, Debug)]
pub struct History<'a> {
    earlier: Vec<&'a Roster>,
    newest: &'a Roster,
}

impl<'a> History<'a> {
    /// The history that ends with `newest`; `earlier` are those before it, oldest first. All of them were accepted.
    pub fn new(earlier: impl IntoIterator<Item = &'a Roster>, newest: &'a Roster) -> Self {
        Self { earlier: earlier.into_iter().collect(), newest }
    }

    /// The newest roster.
    pub fn newest(&self) -> &'a Roster {
        self.newest
    }

    /// All of them, oldest first.
    pub fn rosters(&self) -> impl Iterator<Item = &'a Roster> {
        self.earlier.iter().copied().chain([self.newest])
    }

    /// Checks that the entry whose leaf has the hash `leaf` is in the log `origin`, and grades the receipt.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub fn prove(
        &self,
        receipt: &Receipt,
        leaf: &TreeHash,
        origin: &Origin,
    ) -> Result<Proven, ReceiptError> {
        let (checkpoint, log) = self.open(receipt.note(), origin)?;
        receipt.verify_in(leaf, &checkpoint)?;
        let grade = self.grade(&checkpoint, &log).map_err(ReceiptError::Cosignatures)?;
        Ok(Proven { index: receipt.index(), checkpoint, grade })
    }

    /// Believes `note` to be a checkpoint of the log `origin` when a key has signed it that is or was that log's.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open(
        &self,
        note: &Note,
        origin: &Origin,
    ) -> Result<(SignedCheckpoint, PublicKey), CheckpointError> {
        let nobody = || CheckpointError::NotTrusted(NotTrusted::NoKnownKey);
        let owner = self.newest.member(origin.organisation()).ok_or_else(nobody)?;
        let retired = owner.retired_keys.iter().filter(|key| key.key_use == KeyUse::Log);
        for key in [owner.keys.log].into_iter().chain(retired.map(|retired| retired.key)) {
            let verifier = VerifierKey::new(origin.key_name(), KeyKind::Signature, key);
            match SignedCheckpoint::open(note.clone(), &verifier) {
                Ok(checkpoint) => return Ok((checkpoint, key)),
                Err(CheckpointError::NotTrusted(NotTrusted::NoKnownKey)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(nobody())
    }

    /// What a checkpoint, opened with the key `log`, is worth.
    ///
    /// # Errors
    /// [`NotTrusted`] when a line names a key with which a member was its witness, and does not verify.
    pub fn grade(
        &self,
        checkpoint: &SignedCheckpoint,
        log: &PublicKey,
    ) -> Result<Grade, NotTrusted> {
        let origin = &checkpoint.checkpoint().origin;
        let mut earliest: Option<Timestamp> = None;
        let mut before: Option<Witnesses> = None;
        for roster in self.rosters() {
            let mut active = roster.active();
            let takes_part = active
                .any(|owner| owner.organisation == origin.organisation() && owner.keys.log == *log);
            if !takes_part {
                before = None;
                continue;
            }
            let witnesses = Witnesses::of(roster, origin);
            // The same witnesses vouch for nothing earlier a second time.
            if before.as_ref() == Some(&witnesses) {
                continue;
            }
            let vouched = self.vouched(checkpoint, &witnesses)?;
            let since = vouched.map(|time| time.max(roster.issued));
            earliest = earliest.into_iter().chain(since).min();
            before = Some(witnesses);
        }
        Ok(earliest.map_or(Grade::Promised, |since| Grade::Witnessed { since }))
    }

    /// Until when witnesses vouch that a checkpoint, opened with the key `log`, was the newest: the latest time at which a quorum of those of
    /// one roster had cosigned, all of them in good standing; nothing when no quorum has.
    ///
    /// # Errors
    /// As [`History::grade`].
    pub fn last_vouched(
        &self,
        checkpoint: &SignedCheckpoint,
        log: &PublicKey,
    ) -> Result<Option<Timestamp>, NotTrusted> {
        let origin = &checkpoint.checkpoint().origin;
        let mut latest: Option<Timestamp> = None;
        let mut before: Option<Witnesses> = None;
        for roster in self.rosters() {
            let mut active = roster.active();
            if !active
                .any(|owner| owner.organisation == origin.organisation() && owner.keys.log == *log)
            {
                before = None;
                continue;
            }
            let witnesses = Witnesses::of(roster, origin);
            if before.as_ref() == Some(&witnesses) {
                continue;
            }
            let last = self.last_of(checkpoint, &witnesses)?;
            latest = latest.max(last.filter(|time| *time >= roster.issued));
            before = Some(witnesses);
        }
        Ok(latest)
    }

    /// The latest time by which a quorum of these witnesses had cosigned.
    fn last_of(
        &self,
        checkpoint: &SignedCheckpoint,
        witnesses: &Witnesses,
    ) -> Result<Option<Timestamp>, NotTrusted> {
        let Some(quorum) = witnesses.quorum().checked_sub(1) else { return Ok(None) };
        let good = witnesses.members().iter();
        let good = good.filter(|(owner, key)| self.is_in_good_standing(*owner, key.key()));
        let keys: Vec<_> = good.map(|(_, key)| key.clone()).collect();
        let lines = checkpoint.cosignatures(&keys)?;
        let last = |key: &VerifierKey| {
            lines.iter().filter(|line| line.witness == *key).map(|line| line.time).max()
        };
        let mut times: Vec<_> = keys.iter().filter_map(last).collect();
        times.sort_by_key(|time| Reverse(*time));
        Ok(times.get(quorum).copied())
    }

    /// Since when enough of these witnesses have cosigned, and enough of those that are in good standing.
    fn vouched(
        &self,
        checkpoint: &SignedCheckpoint,
        witnesses: &Witnesses,
    ) -> Result<Option<Timestamp>, NotTrusted> {
        let keys: Vec<_> = witnesses.members().iter().map(|(_, key)| key.clone()).collect();
        let earliest = earliest_of_each(checkpoint.cosignatures(&keys)?);
        let is_good = |line: &&Cosignature| {
            let mut members = witnesses.members().iter();
            members.any(|(owner, key)| {
                *key == line.witness && self.is_in_good_standing(*owner, key.key())
            })
        };
        let Some(quorum) = witnesses.quorum().checked_sub(1) else { return Ok(None) };
        let may_lie = witnesses.members().len().saturating_sub(witnesses.quorum());
        let complete = earliest.get(quorum).map(|line| line.time);
        let believed = earliest.iter().filter(is_good).nth(may_lie).map(|line| line.time);
        Ok(complete.zip(believed).map(|(complete, believed)| complete.max(believed)))
    }

    /// Whether nobody but its owner is known to have had this witness key, and the owner was not put out.
    fn is_in_good_standing(&self, owner: OrganisationNumber, key: &PublicKey) -> bool {
        let member = self.newest.member(owner).filter(|member| member.status != Status::Revoked);
        member.is_some_and(|member| {
            let mut retired = member.retired_keys.iter();
            let retired = retired.any(|retired| {
                retired.key_use == KeyUse::Witness
                    && retired.key == *key
                    && retired.distrusted_from.is_none()
            });
            retired || member.keys.witness == *key
        })
    }
}

/// Of each witness the cosignature with the earliest time, the earliest first.
fn earliest_of_each(mut lines: Vec<Cosignature>) -> Vec<Cosignature> {
    lines.sort_by_key(|line| line.time);
    let mut earliest: Vec<Cosignature> = Vec::new();
    for line in lines {
        if earliest.iter().all(|known| known.witness != line.witness) {
            earliest.push(line);
        }
    }
    earliest
}
