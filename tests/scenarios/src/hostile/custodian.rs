//! A custodian that answers every question with whatever its script says.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use budstikke_keys::jws::{Claimed, sign};
use budstikke_keys::secret::SecretKey;
use budstikke_protocol::access::question::{Ask, Question};
use budstikke_protocol::document::content::{Content, ContentHasher};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::limits::{STATEMENT_BYTES_MAX, SUBTREE_BYTES};
use budstikke_protocol::patient::{Identifier, PersonNumber};
use budstikke_protocol::wire::codec::{decode, encode};
use budstikke_protocol::wire::document::{self, Get, Head};
use futures::future::pending;
use futures::{AsyncReadExt as _, AsyncWriteExt as _, FutureExt as _};
use libp2p::core::muxing::SubstreamBox;
use tokio::time::interval;

use super::link::Serve;
use super::question::now;
use super::streams::{frame, read_all, read_frame};
use crate::cluster::PATIENTS;

/// One thing that the custodian does on a stream.
#[derive(Debug, Clone)]
pub enum Step {
    /// Sends a frame.
    Frame(Vec<u8>),
    /// Sends bytes as they are.
    Raw(Vec<u8>),
    /// Sends bytes, one a second.
    Drip(Vec<u8>),
    /// Sends frames without end.
    Flood(Vec<u8>),
    /// Does nothing until the other side goes.
    Wait,
}

/// What one attempt to fetch a document gets; the last is repeated.
type Script = Vec<Vec<Step>>;

/// Answers to one protocol besides documents: what each question in turn gets; the last is repeated.
type Answers = Vec<Vec<u8>>;

/// A custodian with a script.
#[derive(Debug, Default, Clone)]
pub struct Custodian {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    documents: BTreeMap<DocumentId, Script>,
    answers: BTreeMap<String, Answers>,
    asked: BTreeMap<String, usize>,
    gets: Vec<(DocumentId, u64)>,
    next: u8,
}

impl Custodian {
    /// Plays `script` to whoever fetches the document.
    pub fn plays(&self, document: DocumentId, script: Script) {
        self.state.lock().unwrap().documents.insert(document, script);
    }

    /// Gives these answers to the questions of a protocol, in turn; a protocol without answers stays silent.
    pub fn answers(&self, protocol: &str, answers: Answers) {
        let mut state = self.state.lock().unwrap();
        state.asked.remove(protocol);
        state.answers.insert(protocol.to_owned(), answers);
    }

    /// How many questions of a protocol have come since its answers were set.
    pub fn asked(&self, protocol: &str) -> usize {
        self.state.lock().unwrap().asked.get(protocol).copied().unwrap_or(0)
    }

    /// The first subtree that each attempt to fetch a document asked for.
    pub fn firsts(&self, document: DocumentId) -> Vec<u64> {
        let state = self.state.lock().unwrap();
        state.gets.iter().filter(|(asked, _)| *asked == document).map(|(_, first)| *first).collect()
    }

    /// An id that no document has yet.
    pub fn new_id(&self) -> DocumentId {
        let mut state = self.state.lock().unwrap();
        state.next += 1;
        let milliseconds = u64::try_from(now().unix_seconds()).unwrap() * 1000;
        DocumentId::from_parts(milliseconds, [state.next; 10])
    }

    /// What it does with streams.
    pub fn serve(&self) -> Serve {
        let custodian = self.clone();
        Arc::new(move |protocol, stream| {
            let custodian = custodian.clone();
            async move {
                if protocol == document::PROTOCOL {
                    custodian.document(stream).await
                } else {
                    custodian.answer(&protocol, stream).await
                }
            }
            .boxed()
        })
    }

    async fn document(&self, mut stream: SubstreamBox) -> io::Result<()> {
        let get: Get = decode(&read_frame(&mut stream).await?).unwrap();
        let question = Claimed::<Question>::parse(&get.question, STATEMENT_BYTES_MAX).unwrap();
        let Ask::Read { document } = question.claimed().ask else {
            panic!("no question for a document")
        };
        let steps = {
            let mut state = self.state.lock().unwrap();
            let attempt = state.gets.iter().filter(|(asked, _)| *asked == document).count();
            state.gets.push((document, get.first));
            turn(&state.documents[&document], attempt)
        };
        for step in steps {
            play(&mut stream, step).await?;
        }
        stream.close().await
    }

    async fn answer(&self, protocol: &str, mut stream: SubstreamBox) -> io::Result<()> {
        read_all(&mut stream).await;
        let bytes = {
            let mut state = self.state.lock().unwrap();
            let asked = state.asked.entry(protocol.to_owned()).or_default();
            *asked += 1;
            let turned = *asked - 1;
            state.answers.get(protocol).map(|answers| turn(answers, turned))
        };
        match bytes {
            Some(bytes) => {
                stream.write_all(&bytes).await?;
                stream.close().await
            }
            None => pending().await,
        }
    }
}

fn turn<T: Clone>(turns: &[T], number: usize) -> T {
    turns[number.min(turns.len() - 1)].clone()
}

async fn play(stream: &mut SubstreamBox, step: Step) -> io::Result<()> {
    match step {
        Step::Frame(bytes) => stream.write_all(&frame(&bytes)).await?,
        Step::Raw(bytes) => stream.write_all(&bytes).await?,
        Step::Drip(bytes) => {
            let mut every = interval(Duration::from_secs(1));
            for byte in bytes {
                every.tick().await;
                stream.write_all(&[byte]).await?;
                stream.flush().await?;
            }
        }
        Step::Flood(bytes) => loop {
            stream.write_all(&frame(&bytes)).await?;
        },
        Step::Wait => drop(stream.read(&mut [0]).await),
    }
    stream.flush().await
}

/// A manifest of `bytes` as an honest custodian would write it, shared with everybody.
pub fn manifest(organisation: OrganisationNumber, document: DocumentId, bytes: &[u8]) -> Manifest {
    let patient = PersonNumber::parse(PATIENTS[0], "test".parse().unwrap()).unwrap();
    let content = content(bytes);
    Manifest {
        document,
        patient: Identifier::of(&patient, organisation),
        organisation,
        author: None,
        document_type: "A03-2".parse().unwrap(),
        category: "A03-2"
            .parse::<budstikke_protocol::document::codes::TypeCode>()
            .unwrap()
            .category(),
        title: "Epikrise".parse().unwrap(),
        language: "nb".parse().unwrap(),
        created: now(),
        content_type: "application/pdf".parse().unwrap(),
        size: content.size,
        sha256: content.sha256,
        blake3: content.subtrees.root(),
        confidentiality: "N".parse().unwrap(),
        blocks: Vec::new(),
        relates_to: Vec::new(),
        sharing: Sharing::Federation,
    }
}

/// Signs a manifest, whoever's it is.
pub fn signed(manifest: Manifest, key: &SecretKey) -> String {
    sign(manifest, key).unwrap().compact().to_owned()
}

/// The digests of `bytes`.
pub fn content(bytes: &[u8]) -> Content {
    let mut hasher = ContentHasher::default();
    hasher.update(bytes).unwrap();
    hasher.finish().unwrap()
}

/// The frame with the manifest.
pub fn head(manifest: &str) -> Step {
    Step::Frame(encode(&Head::Document { manifest: manifest.to_owned() }).unwrap())
}

/// The frame with the list of subtree hashes.
pub fn list(bytes: &[u8]) -> Step {
    Step::Frame(content(bytes).subtrees.to_bytes())
}

/// The frames with the subtrees from `first` on.
pub fn subtrees(bytes: &[u8], first: usize) -> Vec<Step> {
    bytes.chunks(SUBTREE_BYTES).skip(first).map(|subtree| Step::Frame(subtree.to_vec())).collect()
}

/// Everything that an honest custodian sends of a document with this manifest.
pub fn whole(manifest: &str, bytes: &[u8]) -> Vec<Step> {
    [vec![head(manifest), list(bytes)], subtrees(bytes, 0)].concat()
}
