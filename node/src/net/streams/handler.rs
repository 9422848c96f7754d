//! The document protocol on one connection.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};

use budstikke_protocol::wire::document::PROTOCOL;
use libp2p::StreamProtocol;
use libp2p::core::upgrade::ReadyUpgrade;
use libp2p::swarm::handler::{
    ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound,
};
use libp2p::swarm::{ConnectionHandler, ConnectionHandlerEvent, SubstreamProtocol};
use tokio::sync::{Semaphore, oneshot};

use super::super::stream::DocumentStream;

/// Streams that a peer may have open to us on one connection, from its opening to our dropping it. One carries any number
/// of documents one after the other, so this is how many it can fetch at the same time.
const STREAMS_PER_CONNECTION: usize = 16;

/// Where an opened stream goes; dropped when it cannot be opened.
pub(crate) type Opened = oneshot::Sender<DocumentStream>;

/// The streams that are on their way in or out.
pub(crate) struct Handler {
    wanted: VecDeque<Opened>,
    arrived: VecDeque<DocumentStream>,
    places: Arc<Semaphore>,
}

impl Default for Handler {
    fn default() -> Self {
        Self {
            wanted: VecDeque::new(),
            arrived: VecDeque::new(),
            places: Arc::new(Semaphore::new(STREAMS_PER_CONNECTION)),
        }
    }
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Opened;
    type ToBehaviour = DocumentStream;
    type InboundProtocol = ReadyUpgrade<StreamProtocol>;
    type OutboundProtocol = ReadyUpgrade<StreamProtocol>;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Opened;

    fn listen_protocol(&self) -> SubstreamProtocol<ReadyUpgrade<StreamProtocol>> {
        SubstreamProtocol::new(ReadyUpgrade::new(StreamProtocol::new(PROTOCOL)), ())
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<ReadyUpgrade<StreamProtocol>, Opened, DocumentStream>> {
        if let Some(opened) = self.wanted.pop_front() {
            let protocol =
                SubstreamProtocol::new(ReadyUpgrade::new(StreamProtocol::new(PROTOCOL)), opened);
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        match self.arrived.pop_front() {
            Some(stream) => Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(stream)),
            None => Poll::Pending,
        }
    }

    fn on_behaviour_event(&mut self, opened: Opened) {
        self.wanted.push_back(opened);
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<
            '_,
            ReadyUpgrade<StreamProtocol>,
            ReadyUpgrade<StreamProtocol>,
            (),
            Opened,
        >,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: stream,
                info: (),
            }) => {
                if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
                    self.arrived.push_back(DocumentStream::theirs(stream, place));
                } else {
                    tracing::debug!("document stream refused: the peer has too many open");
                }
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: stream,
                info: opened,
            }) => {
                let given = opened.send(DocumentStream::ours(stream));
                tracing::trace!(in_time = given.is_ok(), "document stream opened");
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { error, info: _ }) => {
                tracing::debug!(%error, "document stream not opened");
            }
            _ => {}
        }
    }
}
