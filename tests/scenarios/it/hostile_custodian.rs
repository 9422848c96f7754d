//! A custodian answers with what was not asked for, not signed, or never ends: nothing of it is kept, and the fault is named.

mod bytes;
mod lists;
mod manifests;
mod receipts;
mod rosters;
mod stalls;

use std::fs;
use std::path::PathBuf;

use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::DocumentId;
use budstikke_protocol::limits::SUBTREE_BYTES;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS};
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::custodian::{Custodian, Step, manifest, signed};
use budstikke_scenarios::program::Ended;
use budstikke_scenarios::site::Site;

use crate::program;

const CONTENT: &str = "sent bytes that are not those of the signed document";
const TWO_CONTENTS: &str = "signed a manifest whose SHA-256 and BLAKE3 are of different contents";
const MALFORMED: &str = "sent something that is not a manifest";
const OTHER: &str = "sent another document than was asked for";
const SIGNATURE: &str = "sent a manifest that is not signed with its key";
const PATIENT: &str = "sent a manifest with a patient identifier that this federation does not use";

/// A municipality whose node runs, and a member with keys of its own that answers it as it likes.
struct Stage {
    cluster: Cluster,
    adversary: Adversary,
    custodian: Custodian,
}

impl Stage {
    async fn new() -> Self {
        let mut cluster = Cluster::made(program(), 2);
        cluster.join_all();
        let mut command = cluster.sites[0].run_command();
        command.env("BUDSTIKKE_LOG", "warn,budstikke=debug");
        cluster.sites[0].start_as(command).unwrap();
        let adversary = Adversary::of(&cluster.sites[1]);
        let custodian = Custodian::default();
        adversary.listen(custodian.serve()).await;
        Self { cluster, adversary, custodian }
    }

    /// The municipality, whose node asks.
    fn municipality(&self) -> &Site {
        &self.cluster.sites[0]
    }

    /// A manifest of the adversary's own about `bytes`.
    fn manifest(&self, document: DocumentId, bytes: &[u8]) -> Manifest {
        manifest(self.adversary.organisation, document, bytes)
    }

    /// The same, signed in order.
    fn signed(&self, document: DocumentId, bytes: &[u8]) -> String {
        signed(self.manifest(document, bytes), &self.adversary.keys.sign)
    }

    /// A document about which the custodian plays what `script` makes of its id.
    fn document(&self, script: impl FnOnce(DocumentId) -> Vec<Vec<Step>>) -> DocumentId {
        let document = self.custodian.new_id();
        self.custodian.plays(document, script(document));
        document
    }

    fn copy(&self, document: DocumentId) -> PathBuf {
        self.cluster.path(&format!("copy-{document}.pdf"))
    }

    /// Has the municipality fetch a document.
    fn get(&self, document: DocumentId) -> Ended {
        let (id, copy) = (document.to_string(), self.copy(document));
        let output = copy.to_str().unwrap();
        self.municipality().run(&["document", "get", &id, "--from", ORGANISATIONS[1], "-o", output])
    }

    /// The fetch fails with `fault`, and nothing of the document is to be seen.
    fn check_refused(&self, what: &str, document: DocumentId, fault: &str) {
        let said = self.get(document).failure();
        assert!(said.contains(fault), "{what}: {said}\n{}", self.municipality().log());
        assert!(!self.copy(document).exists(), "{what}: a file was written");
        let id = document.to_string();
        self.municipality().run(&["document", "show", &id, "--from", ORGANISATIONS[1]]).failure();
    }

    /// The fetch succeeds, and the copy is `bytes`.
    fn check_kept(&self, document: DocumentId, bytes: &[u8]) {
        self.get(document).ok();
        assert!(fs::read(self.copy(document)).unwrap() == bytes, "other bytes arrived");
    }

    /// Exactly these documents are to be seen, the node lives, and it has not panicked.
    fn check_kept_only(&self, kept: &[DocumentId]) {
        let listed = self.municipality().json(&["document", "list"]);
        let mut seen: Vec<&str> = listed["documents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["document"].as_str().unwrap())
            .collect();
        let mut kept: Vec<String> = kept.iter().map(ToString::to_string).collect();
        seen.sort_unstable();
        kept.sort_unstable();
        assert_eq!(seen, kept);
        let log = self.municipality().log();
        assert!(!log.contains("panicked"), "{log}");
    }

    /// How many files there are with bytes of documents.
    fn files(&self) -> usize {
        let documents = self.municipality().home.join("documents");
        let folders = fs::read_dir(documents).into_iter().flatten();
        folders.map(|folder| fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
    }
}

/// Bytes of a document of so many, of which no two subtrees are alike.
fn some_bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from((at + at / SUBTREE_BYTES) % 251).unwrap()).collect()
}

/// A document of three subtrees, the last of them short.
fn large() -> Vec<u8> {
    some_bytes(2 * SUBTREE_BYTES + 1000)
}
