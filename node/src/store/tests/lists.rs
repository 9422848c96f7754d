//! The lists: at every head they are what the documents give, whatever came before, and each is proven.

mod epochs;
mod erasures;
mod model;

use budstikke_keys::voprf::{Blinding, finalize};
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::ticket::input;
use zeroize::Zeroizing;

use super::fixture::{Home, PATIENT, bytes, id, origin, publish};
use super::log::checkpoint;
use crate::store::ListsError;
use model::{Model, identifier};

#[tokio::test]
async fn a_published_document_is_in_the_list_of_the_next_head() {
    let home = Home::new();
    let (store, _) = home.open();
    let lists = store.lists();
    let (epoch, key) = lists.epoch().unwrap();
    assert_eq!(epoch, 1);
    assert!(matches!(lists.prove(&Label::from_bytes([1; 32])), Err(ListsError::NotReady)));
    publish(&store, id(1), &bytes(100), &Sharing::Nobody).await;
    let head = checkpoint(&store, 1_000).await;
    let index = head.index;
    assert_eq!((index.epoch, index.voprf_key), (1, *key.as_bytes()));
    assert_eq!((index.map_count, index.live_count, index.presence_bytes), (1, 1, 8));

    let asked = identifier(PATIENT);
    let blinding = Blinding::new(input(&asked), Zeroizing::new([9; 64])).unwrap();
    let blinded = [blinding.blinded().clone()];
    let other = lists.evaluate(2, &blinded, Zeroizing::new([8; 64]));
    assert!(matches!(other, Err(ListsError::Epoch { current: 1 })));
    let (evaluated, proof) = lists.evaluate(1, &blinded, Zeroizing::new([8; 64])).unwrap();
    let output = finalize(&[blinding], &evaluated, &proof, &key).unwrap().remove(0);
    let label = Label::new(&origin(), 1, &output);
    assert_eq!(lists.label_of(&asked).unwrap(), (1, label));

    let part = lists.presence(1, 0, 100).unwrap();
    assert_eq!((part.head, part.from, part.total), (head, 0, 8));
    assert_eq!(part.bytes, label.tag().as_bytes());
    let proven = lists.prove(&label).unwrap().unwrap();
    assert_eq!((proven.head, proven.documents), (head, vec![id(1)]));
    proven.proof.verify(&head.tree(), &label).unwrap();
    assert!(lists.prove(&Label::from_bytes([1; 32])).unwrap().is_none());
}

#[tokio::test]
async fn the_lists_are_those_of_a_model() {
    for seed in 0..6 {
        let home = Home::new();
        let mut model = Model::new(seed);
        let mut store = home.open().0;
        for round in 0..40 {
            if model.does(8) {
                store.close().await.unwrap();
                store = home.open().0;
            }
            for _ in 0..=model.below(3) {
                model.step(&store).await;
            }
            model.check(&store, round + 1).await;
        }
    }
}
