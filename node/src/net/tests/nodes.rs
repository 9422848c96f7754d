//! Nodes for tests: keys by number, any free port, services that answer with what they were asked.

use std::future::Future;
use std::time::Duration;

use budstikke_keys::public::PublicKey;
use budstikke_keys::secret::SecretKey;
use budstikke_protocol::wire::hello::{Hello, RosterHead};
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::reach::ReachAnswer;
use budstikke_protocol::wire::referral::ReferralAnswer;
use budstikke_protocol::wire::refusal::Refusal;
use budstikke_protocol::wire::roster::RosterAnswer;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::net::{Incoming, Members, Net, QueueLengths, start_with};

pub(super) const ANY_PORT: &str = "/ip4/127.0.0.1/tcp/0";

/// Far more than anything here takes, and less than libp2p's own limits.
const PATIENCE: Duration = Duration::from_secs(8);

pub(super) struct Node {
    pub(super) net: Net,
    pub(super) incoming: Receiver<Incoming>,
    pub(super) task: JoinHandle<()>,
    pub(super) stop: CancellationToken,
    pub(super) key: PublicKey,
    pub(super) address: String,
}

pub(super) fn secret(number: u8) -> SecretKey {
    SecretKey::from_seed(Zeroizing::new([number; 32]))
}

pub(super) async fn in_time<T>(act: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, act).await.expect("takes too long")
}

impl Node {
    pub(super) async fn start(number: u8) -> Self {
        Self::start_at(number, ANY_PORT, 64).await
    }

    pub(super) async fn start_at(number: u8, address: &str, queue: usize) -> Self {
        let (key, stop) = (secret(number), CancellationToken::new());
        let listen = [address.to_owned()];
        let lengths = QueueLengths { orders: queue, incoming: queue };
        let started = start_with(&key, &listen, Members::default(), stop.clone(), lengths);
        let (net, incoming, task) = started.await.unwrap();
        let address = net.listeners().await.remove(0);
        Self { net, incoming, task, stop, key: key.public(), address }
    }

    /// Lets this node know `others`, and nobody else.
    pub(super) async fn knows(&self, others: &[&Self]) {
        let members = others.iter().map(|other| (other.key, vec![other.address.clone()]));
        self.net.set_members(members.collect()).await;
    }

    pub(super) async fn next(&mut self) -> Incoming {
        in_time(self.incoming.recv()).await.expect("the network has ended")
    }

    /// Answers from now on whatever comes.
    pub(super) fn serve(self) -> Net {
        let Self { net, mut incoming, .. } = self;
        tokio::spawn(async move {
            while let Some(incoming) = incoming.recv().await {
                answer(incoming).await;
            }
        });
        net
    }
}

/// Two nodes that know each other.
pub(super) async fn pair() -> (Node, Node) {
    let (one, two) = (Node::start(1).await, Node::start(2).await);
    one.knows(&[&two]).await;
    two.knows(&[&one]).await;
    (one, two)
}

pub(super) fn hello(time: i64) -> Hello {
    Hello { roster: RosterHead { version: 7, digest: [7; 32] }, time, heads: Vec::new() }
}

pub(super) async fn answer(incoming: Incoming) {
    match incoming {
        Incoming::Connected { .. } | Incoming::Disconnected { .. } => {}
        Incoming::Hello { hello, answer, .. } => answer.send(hello).await,
        Incoming::Roster { question, answer, .. } => {
            answer.send(RosterAnswer::Roster(format!("roster {}", question.version))).await;
        }
        Incoming::Index { question, answer, .. } => {
            let IndexQuestion::List(question) = question else { panic!() };
            let retry_after = question.parse().unwrap();
            answer.send(IndexAnswer::Refused(Refusal::Rate { retry_after })).await;
        }
        Incoming::Reach { answer, .. } => answer.send(ReachAnswer::Tried(Vec::new())).await,
        Incoming::Referral { delivery, answer, .. } => {
            let retry_after = u32::try_from(delivery.parcels.len()).unwrap();
            answer.send(ReferralAnswer::Full { retry_after }).await;
        }
        Incoming::Document { mut stream, .. } => {
            tokio::spawn(async move {
                while let Ok(Some(frame)) = stream.read_frame(FRAME_MAX).await {
                    stream.write_frame(&frame).await.unwrap();
                    stream.flush().await.unwrap();
                }
                stream.close().await;
            });
        }
    }
}

/// The longest frame that [`answer`] sends back.
pub(super) const FRAME_MAX: usize = 1024 * 1024;
