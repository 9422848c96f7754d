//! A search can be accounted for: what each member has kept of a blind question is opened by the asker's access log, and by nothing else.

use std::collections::BTreeSet;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Claimed;
use budstikke_keys::time::Date;
use budstikke_keys::voprf::Blinding;
use budstikke_protocol::access::blind::{BlindElement, BlindQuestion};
use budstikke_protocol::index::ticket::TicketSeed;
use budstikke_protocol::limits::BLIND_BYTES_MAX;
use budstikke_protocol::log::checkpoint::Checkpoint;
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::tree::{TreeHash, TreeHead, verify_inclusion};
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::inside::Inside;
use budstikke_scenarios::until::{PATIENCE, until};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::program;

fn origin(organisation: &str) -> Origin {
    format!("test.budstikke/{organisation}").parse().unwrap()
}

fn hashes(proof: &Value) -> Vec<TreeHash> {
    proof.as_array().unwrap().iter().map(|hash| hash.as_str().unwrap().parse().unwrap()).collect()
}

fn seed(ticket: &Value) -> TicketSeed {
    let bytes = HEXLOWER.decode(ticket["seed"].as_str().unwrap().as_bytes()).unwrap();
    TicketSeed::from_bytes(Zeroizing::new(bytes.try_into().unwrap()))
}

/// What the ticket says that it commits to, as an auditor computes it.
fn leaf(ticket: &Value) -> TreeHash {
    let record = BASE64.decode(ticket["record"].as_str().unwrap().as_bytes()).unwrap();
    let input = ticket["input"].as_str().unwrap().as_bytes();
    Entry::Ticket(seed(ticket).ticket(input, &Sha256Digest::of(&record))).leaf_hash()
}

/// The element and the tag that the node of `asked` was sent for a ticket.
fn sent(ticket: &Value, asked: &Origin) -> BlindElement {
    let (seed, input) = (seed(ticket), ticket["input"].as_str().unwrap().as_bytes().to_vec());
    let blinding = Blinding::new(Zeroizing::new(input), seed.blinding(asked)).unwrap();
    BlindElement { element: blinding.blinded().to_bytes(), tag: seed.tag(asked) }
}

/// The elements of every blind question that a node has kept.
fn kept(node: &Inside) -> Vec<BlindElement> {
    let accesses = node.context().store.accesses(None, 1000).unwrap();
    let questions = accesses.found.into_iter().filter_map(|record| record.question);
    let blind =
        questions.filter_map(|text| Claimed::<BlindQuestion>::parse(&text, BLIND_BYTES_MAX).ok());
    blind.flat_map(|question| question.claimed().elements.clone()).collect()
}

#[test]
fn what_a_member_has_kept_of_a_search_is_opened_by_the_askers_access_log() {
    let mut cluster = Cluster::made(program(), 3);
    cluster.join_all();
    let mut asked = [1, 2].map(|at| Inside::start(cluster.sites[at].home.clone()));
    cluster.sites[0].start();
    let hospital = &cluster.sites[0];
    let sought = [PATIENTS[0], PATIENTS[1], PATIENTS[0]];
    for patient in sought {
        until("answers of both", PATIENCE, || {
            let found = hospital.json(&["find", patient]);
            (found["complete"] == true).then_some(())
        });
    }
    hospital.json(&["find", PATIENTS[2], "--local"]);
    let day = Date::of(budstikke::clock::now());
    let audit = until("a witnessed anchor", PATIENCE, || {
        let audit = hospital.json(&["access", "audit", "--day", &day.to_string()]);
        let is_anchored =
            audit["tickets"].as_array().unwrap().iter().all(|it| it["proof"].is_array());
        (is_anchored && audit["anchor"]["witnessed"].is_string()).then_some(audit)
    });
    let tickets = audit["tickets"].as_array().unwrap();
    assert_eq!(audit["unopened"], 0);

    // The tickets are in the access log, and that is tied to the log of records.
    let anchor = &audit["anchor"];
    let head = TreeHead {
        size: anchor["size"].as_u64().unwrap(),
        root: anchor["root"].as_str().unwrap().parse().unwrap(),
    };
    for ticket in tickets {
        assert_eq!(leaf(ticket).to_string(), ticket["leaf"], "it opens");
        let at = ticket["index"].as_u64().unwrap();
        verify_inclusion(&leaf(ticket), at, &hashes(&ticket["proof"]), &head).unwrap();
    }
    let access = Checkpoint { origin: origin(ORGANISATIONS[0]).access_log(), head };
    assert_eq!(audit["origin"], access.origin.to_string());
    let text = anchor["checkpoint"].as_str().unwrap();
    let (text, _) = text.split_once("\n\n").unwrap();
    let log: Checkpoint = format!("{text}\n").parse().unwrap();
    let entry = Entry::Record(access.anchor()).leaf_hash();
    let at = anchor["entry"].as_u64().unwrap();
    verify_inclusion(&entry, at, &hashes(&anchor["proof"]), &log.head).unwrap();

    // Whatever a member has kept belongs to one ticket, and nothing of it to what another member was sent.
    let mut seen = BTreeSet::new();
    for (node, organisation) in asked.iter().zip(&ORGANISATIONS[1..]) {
        let origin = origin(organisation);
        let expected: Vec<_> = tickets.iter().map(|ticket| sent(ticket, &origin)).collect();
        let kept = kept(node);
        assert!(kept.len() >= sought.len(), "{organisation} has kept {}", kept.len());
        for element in kept {
            assert_eq!(expected.iter().filter(|sent| **sent == element).count(), 1);
            assert!(seen.insert(element.element) && seen.insert(*element.tag.as_bytes()));
        }
    }
    let patients: BTreeSet<_> = tickets.iter().map(|it| it["patient"].as_str().unwrap()).collect();
    assert_eq!(patients, PATIENTS.into_iter().collect());
    asked.iter_mut().for_each(Inside::stop);
}
