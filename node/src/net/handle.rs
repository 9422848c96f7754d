//! The handle that the services hold.

use std::sync::Arc;
use std::time::Duration;

use budstikke_keys::public::PublicKey;
use budstikke_protocol::wire::hello::Hello;
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::reach::{Outcome, ReachAnswer, ReachQuestion};
use budstikke_protocol::wire::referral::{ReferralAnswer, ReferralDelivery};
use budstikke_protocol::wire::roster::{RosterAnswer, RosterQuestion};
use libp2p::PeerId;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use super::address;
use super::command::{Ask, Command, NetError, PeerState, Reply};
use super::dial_back::Dialler;
use super::identity;
use super::limits;
use super::members::Members;
use super::stream::DocumentStream;

/// The network: a cheap clone, all of them the same swarm.
///
/// Whatever concerns one peer connects to it first when there is no connection. When the connection closes before the
/// answer (idle connections are closed by either side at any time), it is tried once more on a fresh one, unless it is a
/// question that counts once.
#[derive(Debug, Clone)]
pub struct Net {
    orders: mpsc::Sender<Command>,
    turns: Arc<Semaphore>,
    dialler: Dialler,
}

impl Net {
    /// The handle whose orders the swarm task takes from the other end of `orders`.
    pub(crate) fn new(orders: mpsc::Sender<Command>, dialler: Dialler) -> Self {
        Self { orders, turns: Arc::new(Semaphore::new(limits::QUESTIONS_IN_FLIGHT)), dialler }
    }

    /// Lets `members` connect, and nobody else: when this returns, the connections of all others have been cut, and the
    /// document streams on them end.
    pub async fn set_members(&self, members: Members) {
        if self.order(limits::GRACE, |reply| Command::SetMembers(members, reply)).await.is_err() {
            tracing::debug!("members not set: the network has been stopped");
        }
    }

    /// Says hello to `peer` and returns its hello.
    ///
    /// # Errors
    /// [`NetError`], after a second try when the connection closed.
    pub async fn hello(&self, peer: PublicKey, hello: Hello) -> Result<Hello, NetError> {
        self.ask(peer, hello, Command::Hello).await
    }

    /// Asks `peer` for a roster.
    ///
    /// # Errors
    /// [`NetError`], after a second try when the connection closed.
    pub async fn roster(
        &self,
        peer: PublicKey,
        question: RosterQuestion,
    ) -> Result<RosterAnswer, NetError> {
        self.ask(peer, question, Command::Roster).await
    }

    /// Asks `peer` about its index, once: a signed question counts once, so a second try needs another.
    ///
    /// # Errors
    /// [`NetError`]; after [`NetError::Closed`] another question may be asked.
    pub async fn index(
        &self,
        peer: PublicKey,
        question: IndexQuestion,
    ) -> Result<IndexAnswer, NetError> {
        let (_turn, peer) = (self.turn().await?, peer_id(&peer)?);
        self.ask_once(peer, question, Command::Index).await
    }

    /// Asks `peer` to dial us back.
    ///
    /// # Errors
    /// [`NetError`], after a second try when the connection closed.
    pub async fn reach(&self, peer: PublicKey) -> Result<ReachAnswer, NetError> {
        self.ask(peer, ReachQuestion {}, Command::Reach).await
    }

    /// Delivers events of referrals to `peer`. What arrives twice counts once.
    ///
    /// # Errors
    /// [`NetError`], after a second try when the connection closed.
    pub async fn referral(
        &self,
        peer: PublicKey,
        delivery: ReferralDelivery,
    ) -> Result<ReferralAnswer, NetError> {
        self.ask(peer, delivery, Command::Referral).await
    }

    /// Dials `peer` at an address, connected or not, and says who proves its identity there. The new connection ends at once.
    pub async fn dial_back(&self, peer: PublicKey, address: &str) -> Outcome {
        let Ok(address) = address::parse(address) else { return Outcome::Unreached };
        match self.dialler.who(address).await {
            None => Outcome::Unreached,
            Some(found) if identity::peer_id(&peer) == Some(found) => Outcome::Reached,
            Some(_) => Outcome::SomebodyElse,
        }
    }

    /// Opens a document stream to `peer`, on which we speak first. A peer that refuses it ends it before its first frame.
    ///
    /// # Errors
    /// [`NetError`], after a second try when the connection closed.
    pub async fn document_stream(&self, peer: PublicKey) -> Result<DocumentStream, NetError> {
        let (_turn, peer) = (self.turn().await?, peer_id(&peer)?);
        match self.open_once(peer).await {
            Err(NetError::Closed) => self.open_once(peer).await,
            opened => opened,
        }
    }

    /// The round trip to `peer`: the first measured on a new connection, the last (a quarter of a minute old at most) on
    /// one that was there.
    ///
    /// # Errors
    /// [`NetError`].
    pub async fn ping(&self, peer: PublicKey) -> Result<Duration, NetError> {
        let peer = peer_id(&peer)?;
        self.connect(peer).await?;
        self.order(limits::QUESTION_TIMEOUT, |reply| Command::Ping(peer, reply)).await
    }

    /// The state of each member; nothing when the network has been stopped.
    pub async fn peers(&self) -> Vec<PeerState> {
        self.order(limits::GRACE, Command::Peers).await.unwrap_or_default()
    }

    /// The addresses that the node listens on; none when the network has been stopped.
    pub async fn listeners(&self) -> Vec<String> {
        self.order(limits::GRACE, Command::Listeners).await.unwrap_or_default()
    }

    async fn ask<Q: Clone, A>(
        &self,
        peer: PublicKey,
        question: Q,
        order: fn(Ask<Q, A>) -> Command,
    ) -> Result<A, NetError> {
        let (_turn, peer) = (self.turn().await?, peer_id(&peer)?);
        match self.ask_once(peer, question.clone(), order).await {
            Err(NetError::Closed) => self.ask_once(peer, question, order).await,
            answer => answer,
        }
    }

    async fn ask_once<Q, A>(
        &self,
        peer: PeerId,
        question: Q,
        order: fn(Ask<Q, A>) -> Command,
    ) -> Result<A, NetError> {
        self.connect(peer).await?;
        let limit = limits::QUESTION_TIMEOUT.saturating_add(limits::GRACE);
        self.order(limit, |reply| order(Ask { peer, question, reply })).await
    }

    async fn open_once(&self, peer: PeerId) -> Result<DocumentStream, NetError> {
        self.connect(peer).await?;
        let (opened, stream) = oneshot::channel();
        self.place(limits::CONNECT_TIMEOUT, Command::Document(peer, opened), stream).await
    }

    async fn connect(&self, peer: PeerId) -> Result<(), NetError> {
        let limit = limits::CONNECT_TIMEOUT.saturating_add(limits::GRACE);
        self.order(limit, |reply| Command::Connect(peer, reply)).await
    }

    /// Places an order and waits for its result.
    async fn order<T>(
        &self,
        limit: Duration,
        order: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, NetError> {
        let (reply, result) = oneshot::channel();
        self.place(limit, order(reply), result).await?
    }

    /// Places `order` and waits for what comes out at `result`, which is dropped when the connection closes.
    async fn place<T>(
        &self,
        limit: Duration,
        order: Command,
        result: oneshot::Receiver<T>,
    ) -> Result<T, NetError> {
        let placed = async {
            self.orders.send(order).await.ok().ok_or(NetError::Stopped)?;
            result.await.ok().ok_or(NetError::Closed)
        };
        timeout(limit, placed).await.unwrap_or(Err(NetError::NoAnswer))
    }

    /// Waits until fewer than the most questions are under way, each of which has its own time limit.
    async fn turn(&self) -> Result<tokio::sync::SemaphorePermit<'_>, NetError> {
        self.turns.acquire().await.ok().ok_or(NetError::Stopped)
    }
}

fn peer_id(peer: &PublicKey) -> Result<PeerId, NetError> {
    identity::peer_id(peer).ok_or(NetError::NotAMember)
}
