//! Many entries in one commit: a document, and statements about who may read it, one after another. The store has no smaller
//! record, and no commit that holds more of them.

use budstikke::clock;
use budstikke::store::Change;
use budstikke_keys::jws::Verified;
use budstikke_protocol::document::content::ContentHasher;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::SharingChange;

use crate::publisher::{Publisher, Signer};

/// Entries of a batch: its records, and the STATE of the head that comes with it.
pub(crate) const ENTRIES: usize = 1000;

/// The bytes of the document.
const DOCUMENT: [u8; 100] = [0x2e; 100];

/// What one commit brings: a document, and so many statements about it that it makes a thousand entries with its head.
#[derive(Debug)]
pub(crate) struct Batch {
    manifest: Verified<Manifest>,
    statements: Vec<Verified<SharingChange>>,
}

impl Batch {
    /// Signs it.
    pub(crate) fn sign(signer: &Signer) -> Self {
        let mut hasher = ContentHasher::default();
        hasher.update(&DOCUMENT).unwrap();
        let manifest = signer.sign(&hasher.finish().unwrap());
        let sequences = 1..=ENTRIES as u64 - 2;
        let statements = sequences.map(|sequence| signer.share(&manifest, sequence)).collect();
        Self { manifest, statements }
    }

    /// Commits it, and a head of the log behind it.
    pub(crate) async fn commit(&self, publisher: &Publisher) {
        let written = publisher.write(&DOCUMENT).await;
        let mut commit = publisher.commit(&self.manifest, written);
        for statement in &self.statements {
            commit = commit.with(Change::SharingChanged(statement));
        }
        let log = publisher.store.log();
        let (committed, headed) = tokio::join!(
            publisher.store.commit(commit),
            log.checkpoint(clock::unix_milliseconds())
        );
        committed.unwrap();
        headed.unwrap();
    }
}

/// Waits until the store has given out a head of everything that was committed.
pub(crate) async fn read_back(publisher: &Publisher) {
    let log = publisher.store.log();
    log.checkpoint(clock::unix_milliseconds()).await.unwrap();
    let committed = log.committed().unwrap();
    let mut head = log.head();
    head.wait_for(|head| head.is_some_and(|head| head.size == committed)).await.unwrap();
}
