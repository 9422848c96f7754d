//! What follows from a seed, and that nothing of it tells two nodes that they were asked the same.

use super::*;

fn seed(byte: u8) -> TicketSeed {
    TicketSeed::from_bytes(Zeroizing::new([byte; 32]))
}

fn origin(organisation: &str) -> Origin {
    format!("samhandling.test/{organisation}").parse().unwrap()
}

#[test]
fn what_two_nodes_are_sent_has_nothing_in_common() {
    let (one, other) = (origin("974760673"), origin("993467049"));
    assert_ne!(seed(1).tag(&one), seed(1).tag(&other));
    assert_ne!(seed(1).blinding(&one), seed(1).blinding(&other));
    assert_ne!(seed(1).tag(&one), seed(2).tag(&one));
    assert_ne!(seed(1).blinding(&one), seed(2).blinding(&one));
}

#[test]
fn a_ticket_commits_to_seed_patient_and_record() {
    let record = Sha256Digest::of(b"an access record");
    let ticket = seed(1).ticket(b"patient", &record);
    assert_eq!(ticket, seed(1).ticket(b"patient", &record));
    assert_ne!(ticket, seed(2).ticket(b"patient", &record));
    assert_ne!(ticket, seed(1).ticket(b"another", &record));
    assert_ne!(ticket, seed(1).ticket(b"patient", &Sha256Digest::of(b"another record")));
}

#[test]
fn the_input_names_the_system_as_fhir_does() {
    let birth_number = Identifier::parse(crate::ids::Oid::BIRTH_NUMBER, "13116900216").unwrap();
    assert_eq!(input(&birth_number).as_slice(), b"urn:oid:2.16.578.1.12.4.1.4.1|13116900216");
}
