//! The one task that drives the swarm. It decides nothing: orders go down to libp2p, events come up.
//!
//! Orders are always taken; the network is polled only when the services have taken what came in last. So a busy node
//! holds back the network, within bounds, and the two queues cannot wait for each other.

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use budstikke_keys::public::PublicKey;
use budstikke_protocol::wire::hello::Hello;
use budstikke_protocol::wire::index::IndexAnswer;
use budstikke_protocol::wire::reach::ReachAnswer;
use budstikke_protocol::wire::referral::ReferralAnswer;
use budstikke_protocol::wire::roster::RosterAnswer;
use futures::StreamExt as _;
use libp2p::core::ConnectedPoint;
use libp2p::core::transport::TransportError;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm, ping};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::address;
use super::behaviour::{Behaviour, BehaviourEvent};
use super::command::{Answered, Ask, Command, NetError, PeerState, Reply, finish};
use super::exchange::{Asked, Exchange, answer};
use super::gate::Gate;
use super::identity;
use super::incoming::{Answer, Incoming, Role};
use super::members::Members;
use super::streams::behaviour::Arrived;
use super::unreached::Unreached;

/// The swarm, and who waits for what of it.
pub(crate) struct Task {
    swarm: Swarm<Behaviour>,
    gate: Gate,
    members: BTreeMap<PeerId, Vec<Multiaddr>>,
    queues: Queues,
    /// What came in and has not been taken. While the loop runs, at most the outcome of one event.
    untaken: VecDeque<Incoming>,
    links: BTreeMap<PeerId, BTreeMap<ConnectionId, Link>>,
    dials: BTreeMap<PeerId, Vec<Reply<()>>>,
    pings: BTreeMap<PeerId, Vec<Reply<Duration>>>,
    hello: Exchange<Hello>,
    roster: Exchange<RosterAnswer>,
    index: Exchange<IndexAnswer>,
    reach: Exchange<ReachAnswer>,
    referral: Exchange<ReferralAnswer>,
}

/// The ends of the queues that the task needs.
pub(crate) struct Queues {
    /// Orders, from the handles and from ourselves.
    pub(crate) orders: mpsc::Receiver<Command>,
    /// The other end of the same, for the answers that are handed out.
    pub(crate) order: mpsc::Sender<Command>,
    /// What came in.
    pub(crate) incoming: mpsc::Sender<Incoming>,
}

/// One connection.
struct Link {
    address: Multiaddr,
    round_trip: Option<Duration>,
}

impl Task {
    /// The task of `swarm`, whose gate is `gate`; nobody may connect yet.
    pub(crate) fn new(swarm: Swarm<Behaviour>, gate: Gate, queues: Queues) -> Self {
        Self {
            swarm,
            gate,
            members: BTreeMap::new(),
            queues,
            untaken: VecDeque::new(),
            links: BTreeMap::new(),
            dials: BTreeMap::new(),
            pings: BTreeMap::new(),
            hello: Exchange::default(),
            roster: Exchange::default(),
            index: Exchange::default(),
            reach: Exchange::default(),
            referral: Exchange::default(),
        }
    }

    /// Listens on `address`, and returns when it does.
    ///
    /// # Errors
    /// What the machine says against it.
    pub(crate) async fn listen(
        &mut self,
        address: Multiaddr,
    ) -> Result<(), TransportError<io::Error>> {
        let listener = self.swarm.listen_on(address)?;
        loop {
            match self.swarm.select_next_some().await {
                SwarmEvent::NewListenAddr { listener_id, .. } if listener_id == listener => {
                    return Ok(());
                }
                SwarmEvent::ListenerClosed { listener_id, reason, .. }
                    if listener_id == listener =>
                {
                    let error =
                        reason.err().unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into());
                    return Err(TransportError::Other(error));
                }
                event => self.on_event(event),
            }
        }
    }

    /// Runs until `stop`, or until nobody takes what comes in.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(command) = self.queues.orders.recv() => self.on_command(command),
                place = self.queues.incoming.clone().reserve_owned(), if !self.untaken.is_empty() => {
                    let (Ok(place), Some(incoming)) = (place, self.untaken.pop_front()) else { return };
                    place.send(incoming);
                }
                event = self.swarm.select_next_some(), if self.untaken.is_empty() => self.on_event(event),
            }
        }
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Connect(peer, reply) => self.connect(peer, reply),
            Command::Hello(ask) => {
                if let Some(ask) = self.connected(ask) {
                    self.hello.ask(&mut self.swarm.behaviour_mut().hello, ask);
                }
            }
            Command::Roster(ask) => {
                if let Some(ask) = self.connected(ask) {
                    self.roster.ask(&mut self.swarm.behaviour_mut().roster, ask);
                }
            }
            Command::Index(ask) => {
                if let Some(ask) = self.connected(ask) {
                    self.index.ask(&mut self.swarm.behaviour_mut().index, ask);
                }
            }
            Command::Reach(ask) => {
                if let Some(ask) = self.connected(ask) {
                    self.reach.ask(&mut self.swarm.behaviour_mut().reach, ask);
                }
            }
            Command::Referral(ask) => {
                if let Some(ask) = self.connected(ask) {
                    self.referral.ask(&mut self.swarm.behaviour_mut().referral, ask);
                }
            }
            Command::Document(peer, opened) => {
                self.swarm.behaviour_mut().documents.open(peer, opened);
            }
            Command::AnswerHello(answered) => {
                answer(&mut self.swarm.behaviour_mut().hello, answered);
            }
            Command::AnswerRoster(answered) => {
                answer(&mut self.swarm.behaviour_mut().roster, answered);
            }
            Command::AnswerIndex(answered) => {
                answer(&mut self.swarm.behaviour_mut().index, answered);
            }
            Command::AnswerReach(answered) => {
                answer(&mut self.swarm.behaviour_mut().reach, answered);
            }
            Command::AnswerReferral(answered) => {
                answer(&mut self.swarm.behaviour_mut().referral, answered);
            }
            Command::Ping(peer, reply) => self.ping(peer, reply),
            Command::SetMembers(members, reply) => {
                self.set_members(members);
                finish(reply, Ok(()));
            }
            Command::Peers(reply) => finish(reply, Ok(self.peers())),
            Command::Listeners(reply) => {
                finish(reply, Ok(self.swarm.listeners().map(ToString::to_string).collect()));
            }
        }
    }

    fn connect(&mut self, peer: PeerId, reply: Reply<()>) {
        let Some(addresses) = self.members.get(&peer) else {
            return finish(reply, Err(NetError::NotAMember));
        };
        if self.swarm.is_connected(&peer) {
            return finish(reply, Ok(()));
        }
        let waiting = self.dials.entry(peer).or_default();
        waiting.push(reply);
        if waiting.len() == 1 {
            let dial = DialOpts::peer_id(peer).condition(PeerCondition::Disconnected);
            let dial = dial.addresses(addresses.clone()).build();
            if let Err(error) = self.swarm.dial(dial) {
                self.on_dial_failed(peer, error);
            }
        }
    }

    /// Gives `ask` back if its peer is connected; libp2p would else dial by itself, at addresses of its own.
    fn connected<Q, A>(&self, ask: Ask<Q, A>) -> Option<Ask<Q, A>> {
        if self.swarm.is_connected(&ask.peer) {
            return Some(ask);
        }
        finish(ask.reply, Err(NetError::Closed));
        None
    }

    fn ping(&mut self, peer: PeerId, reply: Reply<Duration>) {
        match self.links.get(&peer).map(|links| links.values().find_map(|link| link.round_trip)) {
            None => finish(reply, Err(NetError::Closed)),
            Some(Some(round_trip)) => finish(reply, Ok(round_trip)),
            Some(None) => self.pings.entry(peer).or_default().push(reply),
        }
    }

    /// Lets `members` connect, and cuts everyone else.
    pub(crate) fn set_members(&mut self, members: Members) {
        self.members = members.into_peers();
        self.members.remove(self.swarm.local_peer_id());
        self.gate.open_for(&self.members.keys().copied().collect());
    }

    fn peers(&self) -> Vec<PeerState> {
        let state = |peer: &PeerId| {
            let links = self.links.get(peer);
            let mut links = links.into_iter().flat_map(BTreeMap::values).peekable();
            Some(PeerState {
                peer: identity::public_key(peer)?,
                connected: links.peek().is_some(),
                address: links.peek().map(|link| link.address.to_string()),
                round_trip: links.find_map(|link| link.round_trip),
            })
        };
        self.members.keys().filter_map(state).collect()
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour_event(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_connected(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
                tracing::debug!(peer = %peer_id, ?cause, "connection closed");
                self.on_closed(peer_id, connection_id);
            }
            SwarmEvent::OutgoingConnectionError { peer_id: Some(peer), error, .. } => {
                self.on_dial_failed(peer, error);
            }
            SwarmEvent::IncomingConnectionError { send_back_addr, error, .. } => {
                let error: &dyn Error = &error;
                tracing::debug!(address = %send_back_addr, error, "connection refused");
            }
            SwarmEvent::NewListenAddr { address, .. } => tracing::info!(%address, "listening"),
            SwarmEvent::ListenerError { error, .. } => tracing::warn!(%error, "listener failed"),
            SwarmEvent::ListenerClosed { addresses, .. } => {
                tracing::error!(?addresses, "listener closed");
            }
            _ => {}
        }
    }

    fn on_behaviour_event(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Hello(event) => {
                if let Some(asked) = self.hello.on_event(event) {
                    let (peer, hello, answer) = self.incoming(asked, Command::AnswerHello);
                    self.tell(peer, |peer| Incoming::Hello { peer, hello, answer });
                }
            }
            BehaviourEvent::Roster(event) => {
                if let Some(asked) = self.roster.on_event(event) {
                    let (peer, question, answer) = self.incoming(asked, Command::AnswerRoster);
                    self.tell(peer, |peer| Incoming::Roster { peer, question, answer });
                }
            }
            BehaviourEvent::Index(event) => {
                if let Some(asked) = self.index.on_event(event) {
                    let (peer, question, answer) = self.incoming(asked, Command::AnswerIndex);
                    self.tell(peer, |peer| Incoming::Index { peer, question, answer });
                }
            }
            BehaviourEvent::Reach(event) => {
                if let Some(asked) = self.reach.on_event(event) {
                    let (peer, _, answer) = self.incoming(asked, Command::AnswerReach);
                    self.tell(peer, |peer| Incoming::Reach { peer, answer });
                }
            }
            BehaviourEvent::Referral(event) => {
                if let Some(asked) = self.referral.on_event(event) {
                    let (peer, delivery, answer) = self.incoming(asked, Command::AnswerReferral);
                    self.tell(peer, |peer| Incoming::Referral { peer, delivery, answer });
                }
            }
            BehaviourEvent::Documents(Arrived { peer, stream }) => {
                if self.queues.incoming.capacity() == 0 {
                    tracing::debug!(%peer, "document stream refused: too many wait");
                } else {
                    self.tell(peer, |peer| Incoming::Document { peer, stream });
                }
            }
            BehaviourEvent::Ping(event) => self.on_ping(event),
            BehaviourEvent::Identify(event) => tracing::trace!(?event, "identify"),
        }
    }

    fn incoming<Q, A>(
        &self,
        asked: Asked<Q, A>,
        order: fn(Answered<A>) -> Command,
    ) -> (PeerId, Q, Answer<A>) {
        (asked.peer, asked.question, Answer::new(asked.channel, self.queues.order.clone(), order))
    }

    /// Queues something for the services under the peer's public key.
    fn tell(&mut self, peer: PeerId, incoming: impl FnOnce(PublicKey) -> Incoming) {
        // The gate admits none but the peer ids of Ed25519 keys, so there always is one.
        self.untaken.extend(identity::public_key(&peer).map(incoming));
    }

    fn on_connected(&mut self, peer: PeerId, id: ConnectionId, endpoint: &ConnectedPoint) {
        let links = self.links.entry(peer).or_default();
        let is_first = links.is_empty();
        links.insert(
            id,
            Link {
                address: address::without_peer(endpoint.get_remote_address()),
                round_trip: None,
            },
        );
        for reply in self.dials.remove(&peer).unwrap_or_default() {
            finish(reply, Ok(()));
        }
        if is_first {
            let role = if endpoint.is_dialer() { Role::Dialler } else { Role::Listener };
            self.tell(peer, |peer| Incoming::Connected { peer, role });
        }
    }

    fn on_closed(&mut self, peer: PeerId, id: ConnectionId) {
        let Some(links) = self.links.get_mut(&peer) else { return };
        links.remove(&id);
        if links.is_empty() {
            self.links.remove(&peer);
            // Whoever waits for a ping learns from the dropped reply that the connection is gone.
            self.pings.remove(&peer);
            self.tell(peer, |peer| Incoming::Disconnected { peer });
        }
    }

    fn on_dial_failed(&mut self, peer: PeerId, error: DialError) {
        tracing::debug!(%peer, %error, "peer not reached");
        let cause: Arc<dyn Error + Send + Sync> = Arc::new(Unreached::from(error));
        for reply in self.dials.remove(&peer).unwrap_or_default() {
            finish(reply, Err(NetError::Unreachable(Arc::clone(&cause))));
        }
    }

    fn on_ping(&mut self, event: ping::Event) {
        let ping::Event { peer, connection, result } = event;
        match result {
            Ok(round_trip) => {
                if let Some(link) =
                    self.links.get_mut(&peer).and_then(|links| links.get_mut(&connection))
                {
                    link.round_trip = Some(round_trip);
                }
                for reply in self.pings.remove(&peer).unwrap_or_default() {
                    finish(reply, Ok(round_trip));
                }
            }
            // The peer has gone dark. TCP would take a quarter of an hour to say so.
            Err(ping::Failure::Timeout) => {
                tracing::debug!(%peer, "connection cut: the peer has gone dark");
                self.gate.cut(&peer);
            }
            Err(error) => tracing::debug!(%peer, %error, "ping failed"),
        }
    }
}
