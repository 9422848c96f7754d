//! A log that shows each of its peers the history that it likes.

use std::io;
use std::sync::Arc;

use budstikke_keys::note::{KeyKind, Note, NoteSignature, VerifierKey};
use budstikke_keys::time::Timestamp;
use budstikke_protocol::log::checkpoint::{Checkpoint, SignedCheckpoint};
use budstikke_protocol::log::origin::{Origin, witness_name};
use budstikke_protocol::log::tree::{TreeHash, TreeHead};
use budstikke_protocol::log::witness::Request;
use budstikke_protocol::wire::codec::{decode, encode};
use budstikke_protocol::wire::hello::{self, Hello, LogHead, RosterHead};
use budstikke_protocol::wire::index::{self, IndexAnswer, IndexQuestion};
use futures::future::pending;
use futures::{AsyncWriteExt as _, FutureExt as _};
use libp2p::core::muxing::SubstreamBox;
use serde_bytes::ByteArray;

use super::Adversary;
use super::link::{Link, Serve};
use super::question::now;
use super::streams::read_all;

/// The federation of every cluster.
const FEDERATION: &str = "test.budstikke";

impl Adversary {
    /// The origin of its log.
    pub fn origin(&self) -> Origin {
        Origin::records(FEDERATION.parse().unwrap(), self.organisation)
    }

    /// Signs a head with its log key: `history` stands for what is in the tree.
    pub fn head(&self, size: u64, history: u8) -> SignedCheckpoint {
        let root = TreeHash::from_bytes([history; 32]);
        Checkpoint { origin: self.origin(), head: TreeHead { size, root } }.sign(&self.keys.log)
    }

    /// Signs the head of a tree that there is.
    pub fn head_of(&self, head: TreeHead) -> SignedCheckpoint {
        Checkpoint { origin: self.origin(), head }.sign(&self.keys.log)
    }

    /// Cosigns a head of any log as the witness that it is, and has to look at nothing for it.
    pub fn cosignature(&self, head: &SignedCheckpoint) -> NoteSignature {
        let name = witness_name(&FEDERATION.parse().unwrap(), self.organisation);
        head.cosign(name, &self.keys.witness, now())
    }

    /// The key that its heads verify under.
    pub fn log_key(&self) -> VerifierKey {
        let key = self.keys.log.public();
        VerifierKey::new(self.origin().key_name(), KeyKind::Signature, key)
    }
}

/// Answers whoever asks for its checkpoint with `shown`, and proves nothing.
pub fn showing(shown: &SignedCheckpoint) -> Serve {
    let shown = shown.note().to_string();
    Arc::new(move |protocol, stream| {
        let shown = shown.clone();
        async move {
            if protocol == index::PROTOCOL { answer(stream, shown).await } else { pending().await }
        }
        .boxed()
    })
}

/// Answers whoever asks for its checkpoint with `shown`, and for a proof, whatever of, with `proof`.
pub fn proving(shown: &SignedCheckpoint, proof: &[TreeHash]) -> Serve {
    let (shown, proof) = (shown.note().to_string(), proof.to_vec());
    Arc::new(move |protocol, mut stream| {
        let hashes = proof.iter().map(|hash| ByteArray::new(*hash.as_bytes())).collect();
        let (shown, proof) =
            (IndexAnswer::Checkpoint(shown.clone()), IndexAnswer::Consistency(hashes));
        async move {
            if protocol != index::PROTOCOL {
                return pending().await;
            }
            let answer = match decode(&read_all(&mut stream).await).unwrap() {
                IndexQuestion::Checkpoint(_) => shown,
                IndexQuestion::Consistency { .. } => proof,
                _ => IndexAnswer::Unknown,
            };
            stream.write_all(&encode(&answer).unwrap()).await?;
            stream.close().await
        }
        .boxed()
    })
}

async fn answer(mut stream: SubstreamBox, shown: String) -> io::Result<()> {
    let answer = match decode(&read_all(&mut stream).await).unwrap() {
        IndexQuestion::Checkpoint(_) => IndexAnswer::Checkpoint(shown),
        _ => IndexAnswer::Unknown,
    };
    stream.write_all(&encode(&answer).unwrap()).await?;
    stream.close().await
}

/// Says hello on a link with this head of a log, and gives the answer.
pub async fn hello_with(link: &Link, told: &SignedCheckpoint) -> Hello {
    hello_at(link, told, now()).await
}

/// The same with a head that is said to be the newest at some time.
pub async fn hello_at(link: &Link, told: &SignedCheckpoint, newest: Timestamp) -> Hello {
    let Checkpoint { origin, head } = told.checkpoint().clone();
    let time = now().unix_seconds();
    let (size, root) = (head.size, *head.root.as_bytes());
    let heads = vec![LogHead { origin, size, root, time: newest.unix_seconds() }];
    // A roster that is older than any, so that nobody asks for it.
    let hello = Hello { roster: RosterHead { version: 0, digest: [0; 32] }, time, heads };
    let answer = link.ask(hello::PROTOCOL, &encode(&hello).unwrap()).await.unwrap();
    decode(&answer).unwrap()
}

/// Asks a witness to cosign.
pub async fn cosign(
    link: &Link,
    old: u64,
    proof: Vec<TreeHash>,
    head: &SignedCheckpoint,
) -> IndexAnswer {
    let answer = link.ask(index::PROTOCOL, &request(old, proof, head.note())).await.unwrap();
    decode(&answer).unwrap()
}

/// The same of a witness that may go away; nothing when it has.
pub async fn try_cosign(link: &Link, old: u64, head: &SignedCheckpoint) -> Option<IndexAnswer> {
    decode(&link.ask(index::PROTOCOL, &request(old, vec![], head.note())).await.ok()?).ok()
}

/// The same with a note that may be none of a checkpoint, and that has further lines.
pub async fn cosign_note(link: &Link, old: u64, note: &Note) -> IndexAnswer {
    let answer = link.ask(index::PROTOCOL, &request(old, vec![], note)).await.unwrap();
    decode(&answer).unwrap()
}

fn request(old: u64, proof: Vec<TreeHash>, note: &Note) -> Vec<u8> {
    let request = Request { old, proof, note: note.clone() };
    encode(&IndexQuestion::Cosign(request.to_string())).unwrap()
}
