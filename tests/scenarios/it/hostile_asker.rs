//! Somebody asks who lies, forges, floods or stalls: it gets nothing, and others are served meanwhile.

mod admission;
mod gate;
mod limits;
mod streams;

use budstikke_keys::jws::Statement as _;
use budstikke_protocol::access::question::{Ask, Question};
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::limits::SUBTREE_BYTES;
use budstikke_protocol::wire::codec::{decode, encode};
use budstikke_protocol::wire::document::{self, Head};
use budstikke_protocol::wire::index::{self, IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::refusal::Refusal;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::link::Link;
use budstikke_scenarios::hostile::question::{get_bytes, header, index_bytes, question, signed};
use budstikke_scenarios::hostile::streams::{read_frame, send_frame};
use budstikke_scenarios::site::Site;
use libp2p::core::muxing::SubstreamBox;

use crate::program;

/// A hospital that has shared two documents with two members: an honest one, and the adversary.
struct Stage {
    cluster: Cluster,
    adversary: Adversary,
    /// A document of three subtrees.
    large: DocumentId,
    /// A document of one.
    small: DocumentId,
}

impl Stage {
    fn new() -> Self {
        let mut cluster = Cluster::made(program(), 3);
        cluster.join_all();
        for site in &mut cluster.sites[..2] {
            let mut command = site.run_command();
            command.env("BUDSTIKKE_LOG", "warn,budstikke=debug");
            site.start_as(command).unwrap();
        }
        let large: Vec<u8> =
            (0..3 * SUBTREE_BYTES).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let large = cluster.file("large.pdf", &large);
        let small = cluster.file("small.pdf", b"a small document");
        let shared = ["--to", ORGANISATIONS[1], ORGANISATIONS[2]];
        let publish = |file| cluster.sites[0].publish(file, PATIENTS[0], &shared).parse().unwrap();
        let (large, small) = (publish(&large), publish(&small));
        let adversary = Adversary::of(&cluster.sites[2]);
        Self { cluster, adversary, large, small }
    }

    /// The hospital, whose node is attacked.
    fn hospital(&self) -> &Site {
        &self.cluster.sites[0]
    }

    async fn dial(&self) -> Link {
        self.adversary.dial(self.hospital()).await.unwrap()
    }

    /// An honest question of the adversary.
    fn question(&self, ask: Ask) -> Question {
        question(self.adversary.organisation, organisation(0), ask)
    }

    fn sign(&self, question: Question) -> String {
        signed(question, &self.adversary.keys.sign)
    }

    /// A signed question for the list.
    fn list(&self) -> String {
        self.sign(self.question(Ask::List { after: None }))
    }

    /// A signed question for a document.
    fn read(&self, document: DocumentId) -> String {
        self.sign(self.question(Ask::Read { document }))
    }

    /// What the newest access at the hospital came to that it did not make by itself.
    fn outcome(&self) -> String {
        let accesses = self.hospital().json(&["access", "list", "--limit", "10"]);
        let mut rows = accesses["accesses"].as_array().unwrap().iter();
        let newest = rows.find(|access| access["action"] != "announce").unwrap();
        newest["outcome"].as_str().unwrap().to_owned()
    }

    /// The node lives and has not panicked, the honest member is served, and so is an honest question of the adversary.
    async fn check_well(&self) {
        let listed = self.cluster.sites[1].json(&["document", "list", "--from", ORGANISATIONS[0]]);
        assert_eq!(listed["documents"].as_array().unwrap().len(), 2);
        let link = self.dial().await;
        let IndexAnswer::List { manifests, .. } = ask(&link, &self.list()).await else {
            panic!("refused")
        };
        assert_eq!(manifests.len(), 2);
        self.check_quiet();
    }

    fn check_quiet(&self) {
        let log = self.hospital().log();
        assert!(!log.contains("panicked"), "{log}");
    }
}

fn organisation(site: usize) -> OrganisationNumber {
    ORGANISATIONS[site].parse().unwrap()
}

/// Asks for the list with a question of any sort.
async fn ask(link: &Link, question: &str) -> IndexAnswer {
    decode(&link.ask(index::PROTOCOL, &index_bytes(question)).await.unwrap()).unwrap()
}

/// Asks for a receipt with a question of any sort.
async fn ask_receipt(link: &Link, question: &str) -> IndexAnswer {
    let bytes = encode(&IndexQuestion::Receipt(question.to_owned())).unwrap();
    decode(&link.ask(index::PROTOCOL, &bytes).await.unwrap()).unwrap()
}

/// Opens a document stream and asks on it.
async fn get(link: &Link, question: &str, first: u64) -> (Head, SubstreamBox) {
    let mut stream = link.talk(document::PROTOCOL).await.unwrap();
    let head = get_next(&mut stream, question, first).await;
    (head, stream)
}

/// Asks on a document stream.
async fn get_next(stream: &mut SubstreamBox, question: &str, first: u64) -> Head {
    send_frame(stream, &get_bytes(question, first)).await.unwrap();
    decode(&read_frame(stream).await.unwrap()).unwrap()
}

/// The header of an honest question.
fn honest_header(stage: &Stage) -> serde_json::Value {
    header(Question::TYP, &stage.adversary.keys.sign)
}

const NOT_PERMITTED: IndexAnswer = IndexAnswer::Refused(Refusal::NotPermitted);
