//! Who is to be told of what, and what others have told: it follows from the journal, whatever becomes of the index.

use std::fs;

use budstikke_keys::jws::Verified;
use budstikke_protocol::access::record::Action;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::patient::Identifier;

use super::fixture::{
    Home, PATIENT, asker, bytes, erase, here, id, list_permit, manifest, publish, record,
    shared_with, sharing, withdrawal, write,
};
use crate::store::{Change, Commit, Store};

fn other() -> OrganisationNumber {
    "983974910".parse().unwrap()
}

/// For whom which documents wait.
fn waiting(store: &Store) -> Vec<(OrganisationNumber, Vec<DocumentId>)> {
    let announcements = store.announcements();
    let of = |to| (to, announcements.waiting(to, 10).unwrap());
    announcements.receivers().unwrap().into_iter().map(of).collect()
}

async fn commit(store: &Store, change: Change<'_>) {
    store.commit(Commit::new(record(Action::Announce, 1)).with(change)).await.unwrap();
}

async fn share(store: &Store, number: u8, sequence: u64, with: &[OrganisationNumber]) {
    let with = if with.is_empty() { Sharing::Nobody } else { shared_with(with) };
    commit(store, Change::SharingChanged(&sharing(id(number), sequence, with))).await;
}

async fn tell(store: &Store, to: OrganisationNumber, number: u8) {
    commit(store, Change::Told { to, custodian: here(), document: id(number) }).await;
}

/// A manifest of another organisation that was announced here.
async fn announced(store: &Store, number: u8, receipt: &str) -> Verified<Manifest> {
    let content = write(store, &bytes(100)).await.content;
    let manifest = manifest(asker(), id(number), &content, &shared_with(&[here()]));
    let change = Change::Announced { manifest: &manifest, sharing: None, receipt };
    let record = record(Action::Announce, 1).of(manifest.statement());
    store.commit(Commit::new(record).with(change)).await.unwrap();
    manifest
}

/// The announced documents of the patient, each with its receipt.
fn known(store: &Store) -> Vec<(DocumentId, String)> {
    let patient = Identifier::parse("2.16.578.1.12.4.1.4.1".parse().unwrap(), PATIENT).unwrap();
    let found = store.announcements().of(&list_permit(here()), &[patient]).unwrap();
    found.into_iter().map(|it| (it.manifest.claimed().document, it.receipt)).collect()
}

/// The same after a restart, and after the index was built anew from the journal.
async fn check_lasts<T: PartialEq + std::fmt::Debug>(
    home: &Home,
    store: Store,
    look: impl Fn(&Store) -> T,
) -> Store {
    let before = look(&store);
    store.close().await.unwrap();
    let (store, _) = home.open();
    assert_eq!(look(&store), before, "after a restart");
    store.close().await.unwrap();
    fs::remove_dir_all(home.path("db")).unwrap();
    let (store, _) = home.open();
    assert_eq!(look(&store), before, "from the journal alone");
    store
}

#[tokio::test]
async fn whoever_is_named_waits_until_it_was_told_or_is_named_no_more() {
    let home = Home::new();
    let (store, _) = home.open();
    publish(&store, id(1), &bytes(100), &shared_with(&[asker(), other()])).await;
    publish(&store, id(2), &bytes(100), &Sharing::Federation).await;
    publish(&store, id(3), &bytes(100), &Sharing::Nobody).await;
    publish(&store, id(4), &bytes(100), &shared_with(&[asker()])).await;
    assert_eq!(waiting(&store), [(asker(), vec![id(1), id(4)]), (other(), vec![id(1)])]);

    tell(&store, asker(), 1).await;
    assert_eq!(waiting(&store), [(asker(), vec![id(4)]), (other(), vec![id(1)])]);
    // Named anew, and named still: the one was told, the other was not.
    share(&store, 1, 1, &[asker(), other(), here()]).await;
    let expected = [(here(), vec![id(1)]), (asker(), vec![id(4)]), (other(), vec![id(1)])];
    let mut found = waiting(&store);
    found.sort();
    let mut expected = expected.to_vec();
    expected.sort();
    assert_eq!(found, expected);
    // Named no more, and then again.
    share(&store, 1, 2, &[other()]).await;
    share(&store, 1, 3, &[asker(), other()]).await;
    assert_eq!(waiting(&store), [(asker(), vec![id(1), id(4)]), (other(), vec![id(1)])]);

    let store = check_lasts(&home, store, waiting).await;
    commit(&store, Change::Withdrawn(&withdrawal(id(1)))).await;
    assert_eq!(waiting(&store), [(asker(), vec![id(4)])]);
    erase(&store, id(4)).await.unwrap();
    assert_eq!(waiting(&store), []);
    let store = check_lasts(&home, store, waiting).await;
    store.close().await.unwrap();
}

#[tokio::test]
async fn what_was_announced_is_known_by_patient() {
    let home = Home::new();
    let (store, _) = home.open();
    let manifest = announced(&store, 1, "a receipt").await;
    announced(&store, 2, "another").await;
    let expected = [(id(1), "a receipt".to_owned()), (id(2), "another".to_owned())];
    assert_eq!(known(&store), expected);
    assert!(store.announcements().has(manifest.statement()).unwrap());
    let nobody = Identifier::parse("2.16.578.1.12.4.1.4.1".parse().unwrap(), "x").unwrap();
    let found = store.announcements().of(&list_permit(here()), &[nobody]).unwrap();
    assert!(found.is_empty());
    assert!(store.announcements().of(&list_permit(asker()), &[]).is_err(), "any permit would do");
    // It is no document that is here, and nobody is told of it.
    assert!(store.entry(asker(), id(1)).unwrap().is_none());
    assert_eq!(waiting(&store), []);
    let store = check_lasts(&home, store, known).await;
    store.close().await.unwrap();
}

#[tokio::test]
async fn an_announcement_is_erased_with_the_copy_that_was_fetched() {
    let home = Home::new();
    let (store, _) = home.open();
    let manifest = announced(&store, 1, "the receipt of what is erased").await;
    announced(&store, 2, "another").await;
    let body = write(&store, &bytes(100)).await.body;
    let record = |action| record(action, 2).of(manifest.statement());
    let keep = Change::CopyKept { manifest: &manifest, body };
    store.commit(Commit::new(record(Action::Keep)).with(keep)).await.unwrap();
    let erased = Change::CopyErased { custodian: asker(), document: id(1) };
    store.commit(Commit::new(record(Action::Erase)).with(erased)).await.unwrap();
    assert_eq!(known(&store), [(id(2), "another".to_owned())]);
    store.finish_erasures().await.unwrap();
    let store = check_lasts(&home, store, known).await;
    store.close().await.unwrap();
}
