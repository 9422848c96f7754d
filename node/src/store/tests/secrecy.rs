//! Nothing that a file holds tells of a patient to whoever has the disk but not the key.

use budstikke_protocol::access::record::Action;
use budstikke_protocol::ids::Nonce;

use super::fixture::{
    Home, OTHER_PATIENT, PATIENT, TITLE, asker, id, publish, record, shared_with,
};
use crate::store::{Commit, Store, StoreError};

/// Document content that is easy to find.
const CONTENT: &str = "Pasienten ble innlagt med brystsmerter";

#[tokio::test]
async fn no_file_holds_anything_personal_in_clear() {
    let home = Home::new();
    let (store, _) = home.open();
    let small =
        publish(&store, id(1), CONTENT.repeat(100).as_bytes(), &shared_with(&[asker()])).await;
    publish(&store, id(2), CONTENT.repeat(100_000).as_bytes(), &shared_with(&[asker()])).await;
    let question = format!("a question about {OTHER_PATIENT}");
    let look = record(Action::Read, 1)
        .of(small.statement())
        .asked_by(&question, Nonce::from_bytes([1; 16]));
    store.commit(Commit::new(look)).await.unwrap();
    store.close().await.unwrap();
    let files = home.files(".");
    assert!(files.len() >= 3 && files.keys().any(|path| path.starts_with(home.path("./db"))));
    let payload = small.compact().split('.').nth(1).unwrap();
    for (path, bytes) in files {
        for secret in [PATIENT, OTHER_PATIENT, TITLE, CONTENT, payload, "7654321"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", path.display());
        }
    }
}

#[tokio::test]
async fn another_key_opens_nothing_and_changes_nothing() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), &CONTENT.repeat(100_000).into_bytes(), &shared_with(&[asker()])).await;
    drop(store);
    let before = (home.files("journal"), home.files("documents"));
    let refused: Result<(Store, _), _> = home.try_open(2);
    assert!(matches!(refused, Err(StoreError::Open(_))), "{:?}", refused.err());
    assert_eq!(before, (home.files("journal"), home.files("documents")));
    assert!(home.open().1.is_whole());
}
