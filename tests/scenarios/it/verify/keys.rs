//! Evidence whose signature is good, by a key that does not count.

use std::fs;

use budstikke_keys::jws::SignedByMany;
use budstikke_keys::secret::SecretKey;
use budstikke_protocol::federation::roster::{KeyUse, RetiredKey, Roster, Status};
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::limits::ROSTER_BYTES_MAX;
use budstikke_protocol::patient::Identifier;
use budstikke_scenarios::archive::Archive;
use budstikke_scenarios::cluster::ORGANISATIONS;
use zeroize::Zeroizing;

use crate::evidence::{Case, RECEIPT, export};

/// A key that no member has.
fn strange_key(number: u8) -> SecretKey {
    SecretKey::from_seed(Zeroizing::new([number; 32]))
}

fn custodian() -> OrganisationNumber {
    ORGANISATIONS[0].parse().unwrap()
}

#[test]
fn only_the_custodians_own_signing_key_counts() {
    let case = Case::new();
    let check = |bytes: &[u8], expected: &[&str]| {
        assert_eq!(case.reviewer.verify(bytes, &[]).failures(), expected);
    };
    let keys = case.keys(0);
    check(&case.forged(case.manifest(), &keys.sign), &[]);
    check(&case.forged(case.manifest(), &strange_key(1)), &["unknown-key", "unknown-key"]);
    // The custodian's keys for other uses are no signing keys.
    for key in [&keys.node, &keys.log, &keys.witness] {
        check(&case.forged(case.manifest(), key), &["unknown-key", "unknown-key"]);
    }
    check(&case.forged(case.manifest(), &case.keys(1).sign), &["signer-not-custodian"]);

    let mut manifest = case.manifest();
    manifest.patient = Identifier::parse(manifest.patient.system().clone(), "12345678901").unwrap();
    check(&case.forged(manifest, &keys.sign), &["patient-identifier"]);
    let mut manifest = case.manifest();
    manifest.size += 1;
    check(&case.forged(manifest, &keys.sign), &["document-size"]);
}

#[test]
fn revoked_custodian_is_named_with_a_newer_roster_and_in_new_evidence() {
    let case = Case::new();
    let [custodian, copy] = case.cluster.sites.as_slice() else { panic!("there are not two") };
    case.cluster.change_roster(&["suspend", &custodian.organisation]);
    let path = case.cluster.roster();
    let newer = ["--roster", path.to_str().unwrap()];
    assert_eq!(
        case.reviewer.verify(&case.bytes, &newer).failures(),
        [""; 0],
        "a suspended member's signature counts"
    );

    // What was witnessed before counts; without the witnesses' word nothing shows that it was before.
    case.wait_past_witnessed();
    case.cluster.change_roster(&["revoke", &custodian.organisation]);
    assert_eq!(case.reviewer.verify(&case.bytes, &newer).failures(), [""; 0]);
    let unwitnessed = case.archive().without(RECEIPT).to_bytes();
    assert_eq!(case.reviewer.verify(&unwitnessed, &newer).failures(), ["revoked-key"]);
    assert_eq!(
        case.reviewer.verify(&case.bytes, &[]).failures(),
        [""; 0],
        "this evidence does not know of it"
    );

    copy.json(&["roster", "import", path.to_str().unwrap()]);
    // The custodian is not asked any more, so there is no receipt to be had.
    let after = export(&case.cluster, copy, &case.document);
    assert_eq!(case.reviewer.verify(&after, &[]).failures(), ["revoked-key"]);
    // A file of rosters that the evidence knows already changes nothing.
    assert_eq!(case.reviewer.verify(&after, &newer).failures(), ["revoked-key"]);
    // Who takes the newer rosters out of the evidence is found by whoever has them.
    let older = Archive::parse(&after)
        .with("roster.json", case.archive().content("roster.json"))
        .to_bytes();
    assert_eq!(case.reviewer.verify(&older, &newer).failures(), ["revoked-key"]);
}

#[test]
fn retired_key_counts_until_it_is_distrusted() {
    let case = Case::new();
    let retire = |is_distrusted: bool| {
        move |roster: &mut Roster| {
            let (issued, member) = (
                roster.issued,
                roster
                    .members
                    .iter_mut()
                    .find(|member| member.organisation == custodian())
                    .unwrap(),
            );
            let distrusted_from = is_distrusted.then_some(issued);
            member.retired_keys.push(RetiredKey {
                key_use: KeyUse::Sign,
                key: member.keys.sign,
                retired: issued,
                distrusted_from,
            });
            member.keys.sign = strange_key(2).public();
        }
    };
    let check = |roster: &str, expected: &[&str]| {
        assert_eq!(case.reviewer.verify(&case.bytes, &["--roster", roster]).failures(), expected);
    };
    check(&case.roster_with("retired.json", retire(false)), &[]);
    check(&case.roster_with("distrusted.json", retire(true)), &["distrusted-key"]);
    let new_key = case.forged(case.manifest(), &strange_key(2));
    let rotated = case.roster_with("rotated.json", retire(true));
    assert_eq!(case.reviewer.verify(&new_key, &["--roster", &rotated]).failures(), [""; 0]);
}

#[test]
fn newer_roster_that_does_not_follow_is_named() {
    let case = Case::new();
    let check = |roster: &str, expected: &[&str]| {
        assert_eq!(case.reviewer.verify(&case.bytes, &["--roster", roster]).failures(), expected);
    };
    let revoke = |roster: &mut Roster| {
        roster.members.iter_mut().for_each(|member| member.status = Status::Revoked);
    };
    check(&case.roster_with("revoked.json", revoke), &["revoked-key"]);
    check(&case.roster_with("gap.json", |roster| roster.version += 1), &["roster-chain"]);
    check(&case.roster_with("forgotten.json", |roster| roster.members.clear()), &["roster-chain"]);
    check(
        &case.roster_with("other-previous.json", |roster| {
            roster.previous = Some(budstikke_keys::digest::Sha256Digest::of(b""));
        }),
        &["roster-chain"],
    );
}

#[test]
fn another_first_roster_is_named_for_what_it_is() {
    let case = Case::new();
    let first = fs::read_to_string(case.cluster.roster()).unwrap();
    let first = first.lines().next().unwrap().as_bytes();
    let first = SignedByMany::<Roster>::parse(first, ROSTER_BYTES_MAX).unwrap();
    let check = |change: fn(&mut Roster), expected: &str| {
        let mut roster = first.statement().clone();
        change(&mut roster);
        let unsigned = SignedByMany::new(roster).unwrap().to_json();
        let path = case.cluster.file("other.json", unsigned.as_bytes());
        let newer = ["--roster", path.to_str().unwrap()];
        assert_eq!(case.reviewer.verify(&case.bytes, &newer).failures(), [expected]);
    };
    check(|roster| roster.federation = "another.example".parse().unwrap(), "wrong-federation");
    check(|roster| roster.members.clear(), "roster-chain");
}
