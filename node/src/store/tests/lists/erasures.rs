//! What an erasure leaves of a list: nothing, in no file of the home.

use std::fs;

use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::index::label::Label;
use zeroize::Zeroizing;

use super::model::identifier;
use crate::store::Store;
use crate::store::journal::Journal;
use crate::store::journal::frame::Position;
use crate::store::lists::file::{MAGIC, open};
use crate::store::packing::unpack;
use crate::store::tests::fixture::{Home, PATIENT, bytes, erase, here, id, publish};
use crate::store::tests::log::checkpoint;

/// Everything in the files of the home, as it is and opened with the storage key.
fn everything(home: &Home) -> Vec<u8> {
    let storage = SymmetricKey::from_bytes(Zeroizing::new([1; 32]));
    let mut all = Vec::new();
    let journal = Journal::open(&home.path("journal"), &storage).unwrap();
    for segment in journal.numbers().unwrap() {
        let bytes = fs::read(journal.path(segment)).unwrap();
        for (offset, _) in crate::store::journal::survey::Survey::of(&bytes).frames {
            let commit = journal.commit(Position { segment, offset }).unwrap();
            all.extend_from_slice(&unpack(&commit).unwrap());
        }
    }
    for name in ["lists", "lists.new"] {
        let Ok(file) = fs::read(home.path(name)) else { continue };
        let (mut at, mut rest) = (MAGIC.len(), &file[MAGIC.len()..]);
        while let Some((plain, behind)) = open(&storage, at.try_into().unwrap(), rest) {
            all.extend_from_slice(&plain);
            (at, rest) = (file.len().saturating_sub(behind.len()), behind);
        }
        assert!(rest.is_empty(), "all of it opens");
        all.extend(file);
    }
    for folder in ["journal", "documents", "db"] {
        home.files(folder).into_values().for_each(|bytes| all.extend(bytes));
    }
    all
}

fn holds(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

/// The salt of the record of a document, and the label of its patient.
fn traces(store: &Store, number: u8) -> (Vec<u8>, Label) {
    let records = store.log().records(here(), id(number)).unwrap();
    let (_, label) = store.lists().label_of(&identifier(PATIENT)).unwrap();
    (records[0].salt.bytes().to_vec(), label)
}

#[tokio::test]
async fn nothing_of_a_list_is_left_when_its_last_record_is_erased() {
    for head_comes_first in [true, false] {
        let home = Home::new();
        let (store, _) = home.open();
        publish(&store, id(1), &bytes(3000), &Sharing::Nobody).await;
        publish(&store, id(2), &bytes(4000), &Sharing::Nobody).await;
        checkpoint(&store, 1).await;
        let ((first, label), (second, _)) = (traces(&store, 1), traces(&store, 2));
        store.close().await.unwrap();
        let all = everything(&home);
        for part in [&first[..], &second, label.as_bytes()] {
            assert!(holds(&all, part));
        }
        let (store, _) = home.open();
        for (time_ms, number) in [(2, 1), (3, 2)] {
            erase(&store, id(number)).await.unwrap();
            if head_comes_first {
                checkpoint(&store, time_ms).await;
            }
            store.finish_erasures().await.unwrap();
            if number == 2 {
                assert!(!fs::exists(home.path("lists.new")).unwrap());
            }
            if !head_comes_first {
                // What the file held is gone before the next head writes it anew.
                assert!(!fs::exists(home.path("lists")).unwrap());
                checkpoint(&store, time_ms).await;
            }
        }
        store.close().await.unwrap();
        let all = everything(&home);
        for part in [&first[..], &second, label.as_bytes()] {
            assert!(!holds(&all, part), "head first: {head_comes_first}");
        }
        let (store, _) = home.open();
        assert_eq!(store.lists().standing().epoch, Some(1));
        assert!(store.lists().prove(&label).unwrap().is_none());
    }
}
