//! Dialling a member back: who answers at an address, found out without a connection that anything else could use.
//!
//! Through the swarm, the dial would end in a connection like any other, on which both sides may begin questions and streams;
//! and it would be none while there is one already. So there is a second transport that ends where the handshake has proven
//! who is there: the name of the multiplexer, which comes next, is never sent, and the other side drops what is left.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use libp2p::core::Endpoint;
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{Boxed, DialOpts, PortUse};
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId, Transport as _, dns, noise, tcp, yamux};

use super::limits;

/// Dials addresses; a clone is another handle on the same.
#[derive(Clone)]
pub(crate) struct Dialler(Arc<Mutex<Boxed<(PeerId, StreamMuxerBox)>>>);

impl Dialler {
    /// The dialler of the node with the identity `keypair`.
    ///
    /// # Errors
    /// As [`super::swarm::build`].
    pub(crate) fn new(keypair: &Keypair) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true));
        let secured = dns::tokio::Transport::system(tcp)?
            // Lazy: what is negotiated after the handshake leaves with the first bytes, which never come.
            .upgrade(Version::V1Lazy)
            .authenticate(noise::Config::new(keypair)?)
            .multiplex(yamux::Config::default())
            .timeout(limits::CONNECT_TIMEOUT);
        Ok(Self(Arc::new(Mutex::new(secured.boxed()))))
    }

    /// Who proves its identity at `address`; nobody, when nobody does in time.
    pub(crate) async fn who(&self, address: Multiaddr) -> Option<PeerId> {
        let options = DialOpts { role: Endpoint::Dialer, port_use: PortUse::New };
        let dial = self.0.lock().unwrap_or_else(PoisonError::into_inner).dial(address, options);
        match dial.ok()?.await {
            Ok((peer, _)) => Some(peer),
            Err(error) => {
                tracing::debug!(%error, "nobody was reached by dialling back");
                None
            }
        }
    }
}

impl fmt::Debug for Dialler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dialler(..)")
    }
}
