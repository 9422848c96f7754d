//! Who cosigns, and how many; the orders were computed by an implementation of their own.

use super::*;
use crate::federation::roster::Status;
use crate::log::tests::{ORGANISATIONS, federation, organisation, origin, roster};

fn assigned(roster: &Roster, origin: &Origin) -> Vec<String> {
    let witnesses = Witnesses::of(roster, origin);
    witnesses.members().iter().map(|(organisation, _)| organisation.to_string()).collect()
}

#[test]
fn quorums_are_as_in_the_table() {
    let table = [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (6, 5), (7, 5)];
    for (witnesses, expected) in table {
        assert_eq!(quorum(witnesses), expected, "{witnesses} witnesses");
    }
}

#[test]
fn two_quorums_share_an_honest_witness() {
    for witnesses in 1..=WITNESSES_MAX {
        let shared = 2 * quorum(witnesses) - witnesses;
        let malicious = (witnesses - 1) / 3;
        assert!(shared > malicious, "{witnesses} witnesses");
        // One more malicious witness and no quorum would be left to the honest ones, or two quorums could lie.
        assert!(quorum(witnesses) + malicious <= witnesses, "{witnesses} witnesses");
    }
}

#[test]
fn the_seven_highest_cosign() {
    let expected =
        ["310000051", "310000027", "310000086", "310000108", "310000035", "310000094", "310000078"];
    assert_eq!(assigned(&roster(9), &origin()), expected);
    let access = Origin::access(federation(), organisation(0));
    let expected =
        ["310000043", "310000108", "310000086", "310000035", "310000027", "310000078", "310000094"];
    assert_eq!(assigned(&roster(9), &access), expected);
}

#[test]
fn a_small_federation_has_fewer() {
    for members in 1..=ORGANISATIONS.len() {
        let witnesses = Witnesses::of(&roster(members), &origin());
        assert_eq!(witnesses.members().len(), (members - 1).min(7), "{members} members");
        assert_eq!(witnesses.quorum(), quorum(witnesses.members().len()), "{members} members");
    }
}

#[test]
fn a_log_never_witnesses_itself_and_only_active_members_do() {
    let mut roster = roster(9);
    assert!(!assigned(&roster, &origin()).contains(&ORGANISATIONS[0].to_owned()));
    roster.members[1].status = Status::Suspended;
    roster.members[2].status = Status::Revoked;
    let expected = ["310000051", "310000086", "310000108", "310000094", "310000078", "310000043"];
    assert_eq!(assigned(&roster, &origin()), expected);
}

#[test]
fn a_member_that_leaves_moves_one_witness() {
    let before = assigned(&roster(9), &origin());
    for leaver in 1..9 {
        let mut roster = roster(9);
        let number = roster.members.remove(leaver).organisation.to_string();
        let after = assigned(&roster, &origin());
        let stayed: Vec<_> = before.iter().filter(|witness| **witness != number).cloned().collect();
        assert_eq!(after[..stayed.len()], stayed, "{number} leaves");
    }
}

#[test]
fn the_order_and_the_version_of_the_roster_do_not_count() {
    let mut other = roster(9);
    other.members.reverse();
    other.version = 9;
    assert_eq!(assigned(&other, &origin()), assigned(&roster(9), &origin()));
}

#[test]
fn a_witness_cosigns_with_its_witness_key() {
    let roster = roster(2);
    let witnesses = Witnesses::of(&roster, &origin());
    let [(organisation, key)] = witnesses.members() else { panic!("one witness") };
    assert_eq!(*organisation, roster.members[1].organisation);
    assert_eq!(key.name().as_str(), "samhandling.test/310000027/witness");
    assert_eq!((key.kind(), *key.key()), (KeyKind::Cosignature, roster.members[1].keys.witness));
}
