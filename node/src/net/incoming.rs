//! What comes in from the network for the services.

use std::fmt;

use budstikke_keys::public::PublicKey;
use budstikke_protocol::wire::hello::Hello;
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::reach::ReachAnswer;
use budstikke_protocol::wire::referral::{ReferralAnswer, ReferralDelivery};
use budstikke_protocol::wire::roster::{RosterAnswer, RosterQuestion};
use libp2p::request_response::ResponseChannel;
use tokio::sync::mpsc;

use super::command::{Answered, Command};
use super::stream::DocumentStream;

/// Something that a peer did.
///
/// Whoever receives these must not wait for the network (not [`Answer::send`], which never waits for long, but a question
/// of its own) before it receives the next: when the queue is full, the network is held back until there is room. Document
/// streams alone are refused instead, so that nobody can hold the network back by opening them.
pub enum Incoming {
    /// The first connection to a member is there. The dialler says hello; a dialler may see this although the other side
    /// refuses it, and sees [`Incoming::Disconnected`] next.
    Connected {
        /// The member.
        peer: PublicKey,
        /// Which side we are.
        role: Role,
    },
    /// The last connection to a member is gone.
    Disconnected {
        /// The member, or who was one.
        peer: PublicKey,
    },
    /// A member says hello.
    Hello {
        /// The member.
        peer: PublicKey,
        /// What it says.
        hello: Hello,
        /// Where our hello goes.
        answer: Answer<Hello>,
    },
    /// A member asks for a roster.
    Roster {
        /// The member.
        peer: PublicKey,
        /// Which roster.
        question: RosterQuestion,
        /// Where the roster goes.
        answer: Answer<RosterAnswer>,
    },
    /// A member asks about the index.
    Index {
        /// The member.
        peer: PublicKey,
        /// What it asks.
        question: IndexQuestion,
        /// Where the answer goes.
        answer: Answer<IndexAnswer>,
    },
    /// A member asks to be dialled back.
    Reach {
        /// The member.
        peer: PublicKey,
        /// Where the answer goes.
        answer: Answer<ReachAnswer>,
    },
    /// A member delivers events of referrals.
    Referral {
        /// The member.
        peer: PublicKey,
        /// What it delivers.
        delivery: ReferralDelivery,
        /// Where the answer goes.
        answer: Answer<ReferralAnswer>,
    },
    /// A member has opened a document stream and speaks first.
    Document {
        /// The member.
        peer: PublicKey,
        /// The stream.
        stream: DocumentStream,
    },
}

/// The sides of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// We have dialled.
    Dialler,
    /// We have been dialled.
    Listener,
}

impl fmt::Debug for Incoming {
    /// Writes what happened and who did it. The questions stay out: they name patients.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, peer) = match self {
            Self::Connected { peer, .. } => ("Connected", peer),
            Self::Disconnected { peer } => ("Disconnected", peer),
            Self::Hello { peer, .. } => ("Hello", peer),
            Self::Roster { peer, .. } => ("Roster", peer),
            Self::Index { peer, .. } => ("Index", peer),
            Self::Reach { peer, .. } => ("Reach", peer),
            Self::Referral { peer, .. } => ("Referral", peer),
            Self::Document { peer, .. } => ("Document", peer),
        };
        f.debug_struct(name).field("peer", peer).finish_non_exhaustive()
    }
}

/// Where the answer to one question goes. When it is dropped instead, the peer sees its stream end without an answer.
pub struct Answer<A> {
    channel: ResponseChannel<A>,
    orders: mpsc::Sender<Command>,
    order: fn(Answered<A>) -> Command,
}

impl<A> Answer<A> {
    /// The answer that leaves through `orders` as `order`.
    pub(crate) fn new(
        channel: ResponseChannel<A>,
        orders: mpsc::Sender<Command>,
        order: fn(Answered<A>) -> Command,
    ) -> Self {
        Self { channel, orders, order }
    }

    /// Sends `answer`. Nothing tells whether it arrives: the peer may have given up or gone.
    pub async fn send(self, answer: A) {
        let Self { channel, orders, order } = self;
        if orders.send(order(Answered { channel, answer })).await.is_err() {
            tracing::debug!("answer dropped: the network has been stopped");
        }
    }
}

impl<A> fmt::Debug for Answer<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer(..)")
    }
}
