//! The access log: searches make it grow, it is the tree that RFC 6962 makes of their tickets, and what stands in the journal opens them.

use std::fs;

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::ids::Oid;
use budstikke_protocol::index::ticket::{TicketSeed, input};
use budstikke_protocol::log::checkpoint::Checkpoint;
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::tree::{Frontier, verify_inclusion};
use budstikke_protocol::patient::Identifier;
use zeroize::Zeroizing;

use super::fixture::{Home, OTHER_PATIENT, PATIENT, origin, record, time};
use super::log::{checkpoint, proves_itself};
use crate::store::{Change, Commit, Store, Ticket};

fn identifier(number: &str) -> Identifier {
    Identifier::parse(Oid::BIRTH_NUMBER, number).unwrap()
}

fn seed(byte: u8) -> TicketSeed {
    TicketSeed::from_bytes(Zeroizing::new([byte; 32]))
}

fn search(seconds: i64) -> Record {
    record(Action::Find, seconds).of_patient(&identifier(PATIENT))
}

async fn seek(store: &Store, seconds: i64, numbers: &[&str]) {
    let sought: Vec<_> = numbers
        .iter()
        .map(|number| (identifier(number), seed(u8::try_from(seconds & 0xff).unwrap())))
        .collect();
    store.commit(Commit::new(search(seconds)).with(Change::Sought(&sought))).await.unwrap();
}

fn tickets(seconds: i64, numbers: &[&str]) -> Vec<Entry> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&search(seconds), &mut bytes).unwrap();
    let record = Sha256Digest::of(&bytes);
    let seed = seed(u8::try_from(seconds & 0xff).unwrap());
    let ticket = |number: &&str| Entry::Ticket(seed.ticket(&input(&identifier(number)), &record));
    numbers.iter().map(ticket).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_access_log_is_the_tree_of_all_tickets_and_each_opens() {
    let home = Home::new();
    let mut expected = Frontier::default();
    for round in 0..3 {
        let (store, report) = home.open();
        assert!(report.is_whole(), "{:?}", report.lines());
        for at in 0..45 {
            let seconds = round * 100 + at;
            let numbers: &[&str] = if at % 3 == 0 { &[PATIENT, OTHER_PATIENT] } else { &[PATIENT] };
            seek(&store, seconds, numbers).await;
            for ticket in tickets(seconds, numbers) {
                expected.append(ticket.leaf_hash()).unwrap();
            }
        }
        assert_eq!(store.access_log().head().unwrap(), expected.head());
        store.close().await.unwrap();
        // The second time the index is built anew from the journal.
        if round == 0 {
            fs::remove_dir_all(home.path("db")).unwrap();
        }
    }
    let (store, _) = home.open();
    let (log, head) = (store.access_log(), expected.head());
    let all = log.tickets(time(0), time(1000)).unwrap();
    assert_eq!(u64::try_from(all.len()).unwrap(), head.size);
    for ticket in &all {
        assert!(ticket.opens());
        let proof = log.prove(ticket.index, head.size).unwrap();
        verify_inclusion(&ticket.leaf, ticket.index, &proof, &head).unwrap();
    }
    let day = log.tickets(time(100), time(145)).unwrap();
    assert_eq!(day.len(), 60);
    assert!(day.iter().all(|ticket| (time(100)..time(145)).contains(&ticket.time)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_whose_search_is_damaged_does_not_open() {
    let home = Home::new();
    let (store, _) = home.open();
    seek(&store, 1, &[PATIENT]).await;
    seek(&store, 2, &[PATIENT]).await;
    store.close().await.unwrap();
    let segment = home.segment();
    let mut bytes = fs::read(&segment).unwrap();
    let (store, _) = home.open();
    let middle = bytes.len() / 2 - 40;
    bytes[middle] ^= 1;
    fs::write(&segment, &bytes).unwrap();
    let found = store.access_log().tickets(time(0), time(10)).unwrap();
    let opened: Vec<_> = found.iter().map(Ticket::opens).collect();
    assert_eq!(opened.iter().filter(|opens| **opens).count(), 1, "{opened:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_head_ties_what_is_new_in_the_access_log_to_the_log() {
    let home = Home::new();
    let (mut heads, mut records) = (Vec::new(), 0);
    for round in 1..=3 {
        let (store, report) = home.open();
        assert!(report.is_whole(), "{:?}", report.lines());
        seek(&store, round, &[PATIENT]).await;
        assert!(store.log().has_unanchored().unwrap());
        let head = checkpoint(&store, u64::try_from(round).unwrap()).await;
        records += 1;
        assert!(!store.log().has_unanchored().unwrap());
        let (access, entry) = store.access_log().anchored().unwrap().unwrap();
        assert_eq!((access, entry), (store.access_log().head().unwrap(), head.size - 2));
        let origin = Origin::access(origin().federation().clone(), origin().organisation());
        let anchor = Entry::Record(Checkpoint { origin, head: access }.anchor());
        let reader = store.log().reader();
        assert_eq!(reader.entry(entry).unwrap(), anchor.to_bytes().as_bytes());
        let Entry::State(state) = Entry::parse(&reader.entry(head.size - 1).unwrap()).unwrap()
        else {
            panic!("the last entry is no STATE")
        };
        assert_eq!(state.record_count, records);
        proves_itself(&store, &head);
        heads.push(head);
        store.close().await.unwrap();
        if round == 2 {
            fs::remove_dir_all(home.path("db")).unwrap();
        }
    }
    let (store, _) = home.open();
    // Nothing has come since: there is no other head.
    store.log().checkpoint(9).await.unwrap();
    assert_eq!(*store.log().head().borrow(), heads.last().copied());
}
