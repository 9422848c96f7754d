//! Whose key it is, and whether it still counted when the signature was made.
//!
//! A key that is current or was replaced in good order counts. One whose owner was revoked, or that was lost to somebody else,
//! counts for what witnesses saw before that, and for nothing else: whoever holds such a key can write any date.

use budstikke_keys::public::PublicKey;
use budstikke_keys::time::Timestamp;

use super::check::{Check, Failure};
use super::signed::Signed;
use crate::federation::roster::{KeyState, KeyUse, Member, Status};
use crate::ids::OrganisationNumber;
use crate::log::history::History;

/// Why a key counts no more, and from when on.
#[derive(Clone, Copy)]
enum End {
    /// Its owner was put out by the roster of this time.
    Revoked(Timestamp),
    /// It was lost to somebody else.
    Distrusted(Timestamp),
}

/// The line of the checklist for a statement that existed at `witnessed` at the latest.
pub(crate) fn line(signed: &Signed, history: &History<'_>, witnessed: Option<Timestamp>) -> Check {
    let (kid, roster) = (signed.kid, history.newest());
    let Some((member, key, state)) = roster.signing_key(kid) else {
        let found = format!("{kid} is no member's signing key");
        return Check::failed("key", Failure::UnknownKey, found);
    };
    let owner = format!("{} {}", member.organisation, member.name);
    if member.organisation != signed.organisation {
        let found =
            format!("the key belongs to {owner}, the signer is said to be {}", signed.organisation);
        return Check::failed("key", Failure::SignerNotCustodian, found);
    }
    let suspended = if member.status == Status::Suspended { ", now suspended" } else { "" };
    let found = match state {
        KeyState::Current => format!("current signing key of {owner}{suspended}"),
        KeyState::Retired { retired } => {
            format!("signing key of {owner} until {retired}{suspended}")
        }
        KeyState::Distrusted { .. } | KeyState::Revoked => {
            let ends = ends(history, member, key, state);
            if let Some(end) = ends.iter().find(|end| !end.is_after(witnessed)) {
                return end.failed(&owner, witnessed);
            }
            let why: Vec<_> = ends.iter().map(End::told).collect();
            let why = why.join(", ");
            format!("signing key of {owner}, {why}: it was signed before that{suspended}")
        }
    };
    Check::passed("key", found)
}

/// What ended the trust in a key, at least one thing; the one that the newest roster names comes first.
fn ends(history: &History<'_>, member: &Member, key: PublicKey, state: KeyState) -> Vec<End> {
    let revoked = revoked(history, member.organisation, key);
    if let KeyState::Distrusted { from } = state {
        return [End::Distrusted(from)].into_iter().chain(revoked.map(End::Revoked)).collect();
    }
    let mut retired =
        member.retired_keys.iter().filter(|retired| is_it(retired.key_use, retired.key, key));
    let distrusted = retired.find_map(|retired| retired.distrusted_from);
    let first = End::Revoked(revoked.unwrap_or(history.newest().issued));
    [first].into_iter().chain(distrusted.map(End::Distrusted)).collect()
}

/// When the owner was revoked while it had this key: it may have come back since, with others.
fn revoked(
    history: &History<'_>,
    organisation: OrganisationNumber,
    key: PublicKey,
) -> Option<Timestamp> {
    let mut rosters = history.rosters();
    let first = rosters.find(|roster| {
        let owner = roster.member(organisation).filter(|owner| owner.status == Status::Revoked);
        owner.is_some_and(|owner| {
            let mut retired = owner.retired_keys.iter();
            owner.keys.sign == key
                || retired.any(|retired| is_it(retired.key_use, retired.key, key))
        })
    });
    first.map(|roster| roster.issued)
}

fn is_it(key_use: KeyUse, retired: PublicKey, key: PublicKey) -> bool {
    key_use == KeyUse::Sign && retired == key
}

impl End {
    fn time(&self) -> Timestamp {
        match self {
            Self::Revoked(time) | Self::Distrusted(time) => *time,
        }
    }

    fn is_after(&self, witnessed: Option<Timestamp>) -> bool {
        witnessed.is_some_and(|witnessed| witnessed < self.time())
    }

    fn told(&self) -> String {
        match self {
            Self::Revoked(at) => format!("revoked {at}"),
            Self::Distrusted(from) => format!("distrusted from {from}"),
        }
    }

    fn failed(&self, owner: &str, witnessed: Option<Timestamp>) -> Check {
        let (failure, what) = match self {
            Self::Revoked(at) => (Failure::RevokedKey, format!("{owner} was revoked {at}")),
            Self::Distrusted(from) => {
                (Failure::DistrustedKey, format!("{owner} lost this key; distrusted from {from}"))
            }
        };
        let why = match witnessed {
            Some(witnessed) => format!("witnessed since {witnessed}, which is not before that"),
            None => "nothing shows that it was signed before that".to_owned(),
        };
        Check::failed("key", failure, format!("{what}; {why}"))
    }
}
