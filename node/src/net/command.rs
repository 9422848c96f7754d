//! What the handle orders from the swarm task, and what can go wrong with it.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use budstikke_keys::public::PublicKey;
use budstikke_protocol::wire::codec::WireError;
use budstikke_protocol::wire::hello::Hello;
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::reach::{ReachAnswer, ReachQuestion};
use budstikke_protocol::wire::referral::{ReferralAnswer, ReferralDelivery};
use budstikke_protocol::wire::roster::{RosterAnswer, RosterQuestion};
use libp2p::PeerId;
use libp2p::request_response::ResponseChannel;
use thiserror::Error as ThisError;
use tokio::sync::oneshot;

use super::address::AddressError;
use super::members::Members;
use super::stream::DocumentStream;
use crate::failure::Failure;

/// Why the network did not do what it was asked.
#[derive(Debug, Clone, ThisError)]
#[non_exhaustive]
pub enum NetError {
    /// The node's identity or the transport cannot be set up.
    #[error("the network cannot be set up")]
    Setup(#[source] Arc<dyn Error + Send + Sync>),
    /// An address to listen on is none.
    #[error("{address} is not an address to listen on")]
    Address {
        /// The address as it was given.
        address: String,
        /// What is wrong with it.
        #[source]
        source: AddressError,
    },
    /// Listening on an address fails.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address as it was given.
        address: String,
        /// What the machine says.
        #[source]
        source: Arc<dyn Error + Send + Sync>,
    },
    /// The peer is not an active member.
    #[error("the peer is not an active member")]
    NotAMember,
    /// The peer cannot be reached at any of its addresses.
    #[error("the peer cannot be reached")]
    Unreachable(#[source] Arc<dyn Error + Send + Sync>),
    /// The connection was closed before the answer, twice; so does a peer that does not count us as a member.
    #[error("the peer closed the connection")]
    Closed,
    /// The peer has not answered in time.
    #[error("the peer has not answered in time")]
    NoAnswer,
    /// The peer ended the stream without an answer.
    #[error("the peer gave no answer to the question")]
    Refused,
    /// The question is too large, or the answer is not one.
    #[error("a message is not as the protocol has it")]
    Message(#[source] WireError),
    /// The network has been stopped.
    #[error("the network has been stopped")]
    Stopped,
}

/// Where the result of an order goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, NetError>>;

/// Tells the result of an order.
pub(crate) fn finish<T>(reply: Reply<T>, result: Result<T, NetError>) {
    if reply.send(result).is_err() {
        tracing::trace!("result dropped: nobody waits for it");
    }
}

/// An order to the swarm task.
pub(crate) enum Command {
    /// Be connected to the peer.
    Connect(PeerId, Reply<()>),
    /// Ask a connected peer.
    Hello(Ask<Hello, Hello>),
    /// Ask a connected peer.
    Roster(Ask<RosterQuestion, RosterAnswer>),
    /// Ask a connected peer.
    Index(Ask<IndexQuestion, IndexAnswer>),
    /// Ask a connected peer.
    Reach(Ask<ReachQuestion, ReachAnswer>),
    /// Deliver to a connected peer.
    Referral(Ask<ReferralDelivery, ReferralAnswer>),
    /// Open a document stream to a connected peer.
    Document(PeerId, oneshot::Sender<DocumentStream>),
    /// Answer a hello.
    AnswerHello(Answered<Hello>),
    /// Answer a roster question.
    AnswerRoster(Answered<RosterAnswer>),
    /// Answer an index question.
    AnswerIndex(Answered<IndexAnswer>),
    /// Answer a reach question.
    AnswerReach(Answered<ReachAnswer>),
    /// Answer a delivery of referral events.
    AnswerReferral(Answered<ReferralAnswer>),
    /// Tell the round trip to a connected peer.
    Ping(PeerId, Reply<Duration>),
    /// Let these connect, and only these.
    SetMembers(Members, Reply<()>),
    /// Tell the state of each member.
    Peers(Reply<Vec<PeerState>>),
    /// Tell the addresses that we listen on.
    Listeners(Reply<Vec<String>>),
}

/// A question to a peer.
pub(crate) struct Ask<Q, A> {
    pub(crate) peer: PeerId,
    pub(crate) question: Q,
    pub(crate) reply: Reply<A>,
}

/// The answer to a peer's question.
pub(crate) struct Answered<A> {
    pub(crate) channel: ResponseChannel<A>,
    pub(crate) answer: A,
}

/// What is known of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerState {
    /// Its node key.
    pub peer: PublicKey,
    /// Whether there is a connection.
    pub connected: bool,
    /// The last measured round trip, at most a quarter of a minute old while there is a connection.
    pub round_trip: Option<Duration>,
    /// The address at the other end of the connection.
    pub address: Option<String>,
}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        let hint = match &error {
            NetError::Setup(_) => {
                "check that the machine's DNS configuration, /etc/resolv.conf, can be read"
            }
            NetError::Address { .. } => "write it like /ip4/192.0.2.1/tcp/8470",
            NetError::Listen { .. } => {
                "choose an address of this machine, and a port that nothing else uses"
            }
            NetError::NotAMember => {
                "budstikke peer list shows the members; a roster may have to be imported"
            }
            NetError::Unreachable(_) => {
                "check that it runs, its addresses in the roster, and the firewalls between"
            }
            NetError::Closed => {
                "ask there whether it runs, and whether its roster has this node as an active member"
            }
            NetError::NoAnswer | NetError::Refused => {
                "try again later; if it stays so, ask there for its log"
            }
            NetError::Message(_) => "the two nodes may run versions that do not fit; compare them",
            NetError::Stopped => "the node is going down; try again when it runs",
        };
        Self::of(&error, hint)
    }
}
