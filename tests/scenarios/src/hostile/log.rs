//! A log that shows each of its peers the history that it likes.

use std::io;
use std::sync::Arc;

use budstikke_keys::note::KeyKind;
use budstikke_keys::note::VerifierKey;
use budstikke_protocol::log::checkpoint::{Checkpoint, SignedCheckpoint};
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::tree::{TreeHash, TreeHead};
use budstikke_protocol::log::witness::Request;
use budstikke_protocol::wire::codec::{decode, encode};
use budstikke_protocol::wire::hello::{self, Hello, LogHead, RosterHead};
use budstikke_protocol::wire::index::{self, IndexAnswer, IndexQuestion};
use futures::future::pending;
use futures::{AsyncWriteExt as _, FutureExt as _};
use libp2p::core::muxing::SubstreamBox;

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
    let Checkpoint { origin, head } = told.checkpoint().clone();
    let time = now().unix_seconds();
    let (size, root) = (head.size, *head.root.as_bytes());
    let heads = vec![LogHead { origin, size, root, time }];
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
    let answer = link.ask(index::PROTOCOL, &request(old, proof, head)).await.unwrap();
    decode(&answer).unwrap()
}

/// The same of a witness that may go away; nothing when it has.
pub async fn try_cosign(link: &Link, old: u64, head: &SignedCheckpoint) -> Option<IndexAnswer> {
    decode(&link.ask(index::PROTOCOL, &request(old, vec![], head)).await.ok()?).ok()
}

fn request(old: u64, proof: Vec<TreeHash>, head: &SignedCheckpoint) -> Vec<u8> {
    let request = Request { old, proof, note: head.note().clone() };
    encode(&IndexQuestion::Cosign(request.to_string())).unwrap()
}
