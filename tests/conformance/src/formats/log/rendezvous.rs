//! `rendezvous`: who cosigns a log, and how many of them must.

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::log::witnesses::Witnesses;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::sample::ORIGIN;
use crate::cast::{HOSPITAL, organisation};
use crate::sample::{Change as _, member, roster};
use crate::vector::{Cases, Format, Written};

/// Assignments of witnesses.
pub struct Rendezvous;

/// A log, and the members of its federation.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The log.
    pub origin: String,
    /// Members that are active, the log's own among them.
    pub active: Vec<OrganisationNumber>,
    /// Members that are not.
    pub suspended: Vec<OrganisationNumber>,
}

/// Its witnesses.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The highest first.
    pub witnesses: Vec<OrganisationNumber>,
    /// How many of them must have cosigned.
    pub quorum: usize,
}

impl Format for Rendezvous {
    const NAME: &'static str = "rendezvous";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(Input { origin, active, suspended }: Input) -> Result<Accepted, String> {
        let named = |number: OrganisationNumber, status: &str| {
            member(&number.to_string(), &number.to_string(), "A member")
                .with("/kind", "municipality")
                .with("/status", status)
        };
        let active = active.into_iter().map(|number| named(number, "active"));
        let suspended = suspended.into_iter().map(|number| named(number, "suspended"));
        let members: Vec<Value> = active.chain(suspended).collect();
        let roster: Roster = serde_json::from_value(roster().with("/members", members)).unwrap();
        let found = Witnesses::of(&roster, &origin.parse().unwrap());
        let witnesses = found.members().iter().map(|(organisation, _)| *organisation).collect();
        Ok(Accepted { witnesses, quorum: found.quorum() })
    }
}

/// The first `count` organisation numbers of those that are made up.
fn organisations(count: usize) -> Vec<OrganisationNumber> {
    (310_000_000..).filter_map(|number: u32| number.to_string().parse().ok()).take(count).collect()
}

/// The quorums of 0 to 7 witnesses.
const QUORUMS: [usize; 8] = [0, 1, 2, 3, 3, 4, 5, 5];

/// By the formula: sorted by rank, as a number, from the highest.
fn by_formula(origin: &str, mut others: Vec<OrganisationNumber>) -> Accepted {
    let rank = |number: &OrganisationNumber| {
        let number = number.to_string();
        let length = u16::try_from(origin.len()).unwrap().to_be_bytes();
        let parts: [&[u8]; 5] =
            [b"budstikke/witness/v1", &length, origin.as_bytes(), &[0, 9], number.as_bytes()];
        *Sha256Digest::of(&parts.concat()).as_bytes()
    };
    others.sort_by_key(rank);
    others.reverse();
    others.truncate(7);
    Accepted { quorum: QUORUMS[others.len()], witnesses: others }
}

impl Written for Rendezvous {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let own = organisation(HOSPITAL);
        let mut add = |name: &str, shows: &str, origin: &str, active: Vec<_>, suspended: Vec<_>| {
            let others = active.iter().copied().filter(|number| *number != own).collect();
            let result = by_formula(origin, others);
            let origin = origin.to_owned();
            cases.accepted(name, shows, Input { origin, active, suspended }, result);
        };
        let all = organisations(12);
        assert!(all[..2].contains(&own));
        for count in 0..=7 {
            let active = [&[own][..], &all[2..2 + count]].concat();
            let shows = "every other member is a witness";
            add(&format!("members-{:02}", count + 1), shows, ORIGIN, active, Vec::new());
        }
        add("members-12", "the seven highest of eleven", ORIGIN, all.clone(), Vec::new());
        let (lost, rest) = (all[5], [&all[..5], &all[6..]].concat());
        add("members-11", "a member less", ORIGIN, rest.clone(), Vec::new());
        add("suspended", "a member that is not active is no witness", ORIGIN, rest, vec![lost]);
        let access = format!("{ORIGIN}/access");
        add(
            "access",
            "another log of the same organisation has others",
            &access,
            all.clone(),
            Vec::new(),
        );
        let successor = format!("{ORIGIN}/2");
        add("successor", "so has one that continues it", &successor, all.clone(), Vec::new());
        add(
            "own-suspended",
            "the log's own member is none, active or not",
            ORIGIN,
            all[2..].to_vec(),
            vec![own],
        );
        cases
    }
}
