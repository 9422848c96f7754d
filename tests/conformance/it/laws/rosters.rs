//! A chain of rosters is followed from its beginning, each version in its turn, and in no other way.

use budstikke_conformance::cast;
use budstikke_conformance::sample;
use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::SignedByMany;
use budstikke_keys::public::PublicKey;
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::federation::fingerprint::fingerprint;
use budstikke_protocol::federation::roster::{
    KeyUse, Kind, Limits, Member, MemberKeys, RetiredKey, Roster, Status, Steward,
};
use budstikke_protocol::federation::standing::Standing;
use budstikke_protocol::limits::{ROSTER_BYTES_MAX, ROSTER_GRACE};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::strategy::{organisation, time};

/// What stewards may do from one version to the next.
#[derive(Debug, Clone)]
enum Change {
    /// Another organisation joins.
    Join,
    /// A member, whoever that is, gets another status; new keys, too, when it was revoked.
    Status(Index, Status),
    /// A member replaces its keys.
    Rotate(Index),
    /// A retired key turns out to have been lost.
    Distrust(Index),
    /// Another steward takes the place of one.
    Steward(Index),
    /// So many must sign from now on.
    Threshold(u8),
    /// Nothing but a later date.
    Renew,
}

fn change() -> impl Strategy<Value = Change> {
    let status = prop_oneof![Just(Status::Active), Just(Status::Suspended), Just(Status::Revoked)];
    prop_oneof![
        Just(Change::Join),
        (any::<Index>(), status).prop_map(|(who, status)| Change::Status(who, status)),
        any::<Index>().prop_map(Change::Rotate),
        any::<Index>().prop_map(Change::Distrust),
        any::<Index>().prop_map(Change::Steward),
        (1..=3_u8).prop_map(Change::Threshold),
        Just(Change::Renew),
    ]
}

/// A roster and the stewards who sign it, by the names of their keys.
#[derive(Debug, Clone)]
struct Version {
    roster: Roster,
    stewards: Vec<String>,
}

impl Version {
    fn first() -> Self {
        let roster = serde_json::from_value(sample::roster()).unwrap();
        Self { roster, stewards: (1..=3).map(|n| format!("steward {n}")).collect() }
    }

    /// The version after this one, whose payload has the digest `previous`.
    fn next(&self, change: &Change, previous: Sha256Digest) -> Self {
        let mut next = self.clone();
        next.roster.version += 1;
        next.roster.previous = Some(previous);
        let name = format!("version {}", next.roster.version);
        let members = &mut next.roster.members;
        match change {
            Change::Join => members.push(member(&name, u32::try_from(members.len()).unwrap())),
            Change::Status(who, status) => {
                let member = who.index(members.len());
                let member = &mut members[member];
                if member.status == Status::Revoked && *status != Status::Revoked {
                    rotate(member, &name);
                    for key in &mut member.retired_keys {
                        key.distrusted_from.get_or_insert(cast::time(cast::NOW));
                    }
                }
                member.status = *status;
            }
            Change::Rotate(who) => {
                let member = who.index(members.len());
                rotate(&mut members[member], &name);
            }
            Change::Distrust(which) => distrust(members, *which),
            Change::Steward(which) => {
                let which = which.index(next.stewards.len());
                next.stewards[which].clone_from(&name);
                let steward = Steward { name: name.parse().unwrap(), key: cast::public(&name) };
                next.roster.stewards[which] = steward;
            }
            Change::Threshold(threshold) => next.roster.threshold = *threshold,
            Change::Renew => next.roster.expires = cast::time("2030-01-01T00:00:00Z"),
        }
        next
    }

    /// Signed by all its stewards and those of `before`.
    fn signed(&self, before: &[String]) -> SignedByMany<Roster> {
        let mut signed = SignedByMany::new(self.roster.clone()).unwrap();
        for steward in self.stewards.iter().chain(before) {
            signed.add(&cast::key(steward)).unwrap();
        }
        signed
    }
}

fn keys(owner: &str) -> MemberKeys {
    serde_json::from_value(sample::keys(owner)).unwrap()
}

fn member(name: &str, number: u32) -> Member {
    let mut numbers = (0..20).map(|more| (320_000_000 + number * 20 + more).to_string());
    Member {
        organisation: numbers.find_map(|number| number.parse().ok()).unwrap(),
        name: name.parse().unwrap(),
        kind: Kind::Other,
        region: None,
        status: Status::Active,
        keys: keys(name),
        retired_keys: vec![],
        addresses: vec![],
        limits: Limits::default(),
    }
}

fn rotate(member: &mut Member, name: &str) {
    let retire = |(key_use, key): (KeyUse, PublicKey)| RetiredKey {
        key_use,
        key,
        retired: cast::time(cast::NOW),
        distrusted_from: None,
    };
    member.retired_keys.extend(member.keys.each().map(retire));
    member.keys = keys(name);
}

fn distrust(members: &mut [Member], which: Index) {
    let mut retired: Vec<_> = members.iter_mut().flat_map(|m| &mut m.retired_keys).collect();
    if !retired.is_empty() {
        let which = which.index(retired.len());
        retired[which].distrusted_from = Some(cast::time("2026-01-01T00:00:00Z"));
    }
}

/// The lines of a roster file in which one change follows another.
fn lines(changes: &[Change]) -> Vec<String> {
    let mut version = Version::first();
    let mut signed = version.signed(&[]);
    let mut lines = vec![signed.to_json()];
    for change in changes {
        let next = version.next(change, signed.payload_digest());
        signed = next.signed(&version.stewards);
        lines.push(signed.to_json());
        version = next;
    }
    lines
}

/// How many versions the file leads through; nothing when it leads nowhere.
fn followed(lines: &[String]) -> Option<usize> {
    let federation = fingerprint(&Version::first().roster);
    let rosters = Chain::parse(&lines.concat()).ok()?.walk(federation).ok()?;
    assert!((1..).zip(&rosters).all(|(version, roster)| roster.roster().version == version));
    Some(rosters.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_beginning_of_a_lawful_chain_is_accepted(changes in vec(change(), 0..6)) {
        let lines = lines(&changes);
        for length in 1..=lines.len() {
            prop_assert_eq!(followed(&lines[..length]), Some(length));
        }
    }

    #[test]
    fn a_version_that_is_left_out_is_missed(changes in vec(change(), 1..6), at: Index) {
        let mut lines = lines(&changes);
        lines.remove(at.index(lines.len() - 1));
        prop_assert_eq!(followed(&lines), None);
    }

    #[test]
    fn a_version_that_stands_twice_is_refused(changes in vec(change(), 0..6), from: Index, to: Index) {
        let mut lines = lines(&changes);
        let twice = lines[from.index(lines.len())].clone();
        lines.insert(to.index(lines.len() + 1), twice);
        prop_assert_eq!(followed(&lines), None);
    }

    #[test]
    fn versions_that_change_places_are_refused(changes in vec(change(), 1..6), one: Index, other: Index) {
        let mut lines = lines(&changes);
        let (one, other) = (one.index(lines.len()), other.index(lines.len()));
        prop_assume!(one != other);
        lines.swap(one, other);
        prop_assert_eq!(followed(&lines), None);
    }

    #[test]
    fn versions_of_two_histories_do_not_mix(changes in vec(change(), 2..6), at: Index, expires in time()) {
        let mut one = Version::first().roster;
        let other = lines(&changes);
        // The same federation, and another first roster.
        prop_assume!(expires > one.issued && expires != one.expires);
        one.expires = expires;
        let first = Version { roster: one, ..Version::first() }.signed(&[]).to_json();
        prop_assert_eq!(followed(std::slice::from_ref(&first)), Some(1));
        let at = 1 + at.index(other.len() - 1);
        prop_assert_eq!(followed(&[&[first], &other[1..=at]].concat()), None);
    }

    #[test]
    fn too_few_stewards_change_nothing(changes in vec(change(), 0..4), signers in 0_usize..2) {
        let mut lines = lines(&changes);
        let last = lines.last().unwrap().as_bytes();
        let last = SignedByMany::<Roster>::parse(last, ROSTER_BYTES_MAX).unwrap();
        prop_assume!(signers < usize::from(last.statement().threshold));
        let now = Version { roster: last.statement().clone(), stewards: vec![] };
        let next = now.next(&Change::Renew, last.payload_digest());
        let mut signed = SignedByMany::new(next.roster).unwrap();
        let strangers = (1..=3).map(|n| format!("stranger {n}"));
        let known = now.roster.stewards.iter().map(|steward| steward.name.to_string()).take(signers);
        for name in known.chain(strangers) {
            signed.add(&cast::key(&name)).unwrap();
        }
        lines.push(signed.to_json());
        prop_assert_eq!(followed(&lines), None);
    }
}

proptest! {
    #[test]
    fn exchange_stops_two_weeks_after_expiry_and_not_before(expires in time(), now in time(), off in -5_i64..5) {
        let mut roster = Version::first().roster;
        roster.expires = expires;
        let end = expires.plus(ROSTER_GRACE);
        prop_assert_eq!(Standing::of(&roster, now).permits_exchange(), now < end);
        let near = budstikke_keys::time::Timestamp::from_unix_seconds(end.unix_seconds() + off);
        if let Ok(near) = near {
            prop_assert_eq!(Standing::of(&roster, near).permits_exchange(), off < 0);
        }
    }

    #[test]
    fn a_listed_organisation_is_found(other in organisation()) {
        let roster = Version::first().roster;
        for member in &roster.members {
            prop_assert_eq!(roster.member(member.organisation), Some(member));
            let kid = member.keys.sign.thumbprint();
            prop_assert_eq!(roster.signing_key(kid).map(|(owner, key, _)| (owner, key)), Some((member, member.keys.sign)));
            prop_assert!(roster.signing_key(member.keys.log.thumbprint()).is_none());
        }
        let is_listed = roster.members.iter().any(|member| member.organisation == other);
        prop_assert_eq!(roster.member(other).is_some(), is_listed);
    }
}
