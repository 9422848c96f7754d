//! `ticket`: what follows from the seed of a search, for the access log and for each node that is asked.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::voprf::Blinding;
use budstikke_protocol::index::ticket::{TicketSeed, input};
use budstikke_protocol::patient::Identifier;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{hex, sha256, unhex};
use crate::vector::{Cases, Format, Written};

/// Tickets.
pub struct Tickets;

/// A search: of whom, with which seed, by which access record, and who is asked.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The patient's identifier.
    pub patient: Identifier,
    /// The seed, 32 bytes in hexadecimal.
    pub seed: String,
    /// SHA-256 of the access record.
    pub record: Sha256Digest,
    /// The origin of the log of the node that is asked.
    pub origin: String,
}

/// What follows, all of it in hexadecimal.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The input of the VOPRF, as text.
    pub input: String,
    /// The ticket in the access log.
    pub ticket: String,
    /// The 64 bytes that are reduced to the scalar of `Blind`.
    pub blinding: String,
    /// The element that is sent: the scalar times the input hashed to the group.
    pub element: String,
    /// The tag that is sent with it.
    pub tag: String,
}

impl Format for Tickets {
    const NAME: &'static str = "ticket";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(Input { patient, seed, record, origin }: Input) -> Result<Accepted, String> {
        let (seed, origin) = (TicketSeed::from_bytes(Zeroizing::new(unhex(&seed))), origin.parse());
        let (input, origin) = (input(&patient), origin.unwrap());
        let randomness = seed.blinding(&origin);
        let blinding = Blinding::new(input.clone(), randomness.clone()).unwrap();
        Ok(Accepted {
            input: String::from_utf8(input.to_vec()).unwrap(),
            ticket: hex(seed.ticket(&input, &record).as_bytes()),
            blinding: hex(randomness.as_slice()),
            element: hex(blinding.blinded().to_bytes()),
            tag: hex(seed.tag(&origin).as_bytes()),
        })
    }
}

impl Written for Tickets {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let good = Input {
            patient: identifier("2.16.578.1.12.4.1.4.1", "13116900216"),
            seed: hex([0x5a; 32]),
            record: Sha256Digest::of(b"an access record"),
            origin: "helse.example/974760673".to_owned(),
        };
        let another_node = Input { origin: "helse.example/983974910".to_owned(), ..good.clone() };
        let another_seed = Input { seed: hex([0x5b; 32]), ..good.clone() };
        let another_patient =
            Input { patient: identifier("2.16.578.1.12.4.1.4.2", "53116900216"), ..good.clone() };
        let another_record =
            Input { record: Sha256Digest::of(b"another access record"), ..good.clone() };
        for (name, shows, input) in [
            ("good", "a search for a birth number", good),
            ("another-node", "the same search at another node", another_node),
            ("another-seed", "another search for the same", another_seed),
            ("another-patient", "another patient, by D-number", another_patient),
            ("another-record", "another access record changes the ticket alone", another_record),
        ] {
            let accepted = Accepted { ..by_hand(&input) };
            cases.accepted(name, shows, input, accepted);
        }
        cases
    }
}

/// Ticket and tag from their formulas; the blinding is held against another implementation in `tests/third_party/tickets.py`, and blinding
/// to the element against the vectors of RFC 9497.
fn by_hand(case: &Input) -> Accepted {
    let seed: [u8; 32] = unhex(&case.seed);
    let input = format!("urn:oid:{}|{}", case.patient.system(), case.patient.reveal());
    let length = u16::try_from(case.origin.len()).unwrap().to_be_bytes();
    let hashed = sha256(&[input.as_bytes()]);
    let ticket = sha256(&[&[19], b"budstikke/ticket/v1", &seed, &hashed, case.record.as_bytes()]);
    let tag = sha256(&[&[16], b"budstikke/tag/v1", &seed, &length, case.origin.as_bytes()]);
    let found = Tickets::judge(case.clone()).unwrap();
    Accepted { input, ticket: hex(ticket), tag: hex(tag), ..found }
}

fn identifier(system: &str, value: &str) -> Identifier {
    Identifier::parse(system.parse().unwrap(), value).unwrap()
}
