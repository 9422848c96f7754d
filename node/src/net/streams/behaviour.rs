//! The document protocol on all connections: passes orders down and streams up, and keeps nothing.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler, THandler,
    THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};

use super::super::stream::DocumentStream;
use super::handler::{Handler, Opened};

/// A peer has opened a stream.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) peer: PeerId,
    pub(crate) stream: DocumentStream,
}

/// Opens streams and reports those of others.
///
/// Both queues are emptied by the next poll: the swarm takes an order before it is given another event, and what arrives
/// is bounded by the places on each connection.
#[derive(Default)]
pub(crate) struct Behaviour {
    wanted: VecDeque<(PeerId, Opened)>,
    arrived: VecDeque<Arrived>,
}

impl Behaviour {
    /// Opens a stream to `peer` on any of its connections; `opened` is dropped when it has none or it closes.
    pub(crate) fn open(&mut self, peer: PeerId, opened: Opened) {
        self.wanted.push_back((peer, opened));
    }
}

impl NetworkBehaviour for Behaviour {
    type ConnectionHandler = Handler;
    type ToSwarm = Arrived;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(Handler::default())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(Handler::default())
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        _: ConnectionId,
        stream: THandlerOutEvent<Self>,
    ) {
        self.arrived.push_back(Arrived { peer, stream });
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Arrived, THandlerInEvent<Self>>> {
        if let Some((peer_id, event)) = self.wanted.pop_front() {
            return Poll::Ready(ToSwarm::NotifyHandler {
                peer_id,
                handler: NotifyHandler::Any,
                event,
            });
        }
        match self.arrived.pop_front() {
            Some(arrived) => Poll::Ready(ToSwarm::GenerateEvent(arrived)),
            None => Poll::Pending,
        }
    }
}
