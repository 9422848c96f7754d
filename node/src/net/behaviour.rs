//! The protocols of a node, composed for libp2p.

use budstikke_protocol::wire::{hello, index, reach, referral, roster};
use libp2p::identity::PublicKey;
use libp2p::request_response::{self, ProtocolSupport};
use libp2p::swarm::NetworkBehaviour;
use libp2p::{StreamProtocol, connection_limits, identify, memory_connection_limits, ping};

use super::codec::Codec;
use super::limits;
use super::streams;

/// The behaviours of a node. Those that can refuse a connection come first: one that stands before a refusal would keep
/// state for a connection that never was (libp2p issue 4773).
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    connections: connection_limits::Behaviour,
    memory: memory_connection_limits::Behaviour,
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    pub(crate) hello: request_response::Behaviour<Codec<hello::Hello, hello::Hello>>,
    pub(crate) roster:
        request_response::Behaviour<Codec<roster::RosterQuestion, roster::RosterAnswer>>,
    pub(crate) index: request_response::Behaviour<Codec<index::IndexQuestion, index::IndexAnswer>>,
    pub(crate) reach: request_response::Behaviour<Codec<reach::ReachQuestion, reach::ReachAnswer>>,
    pub(crate) referral:
        request_response::Behaviour<Codec<referral::ReferralDelivery, referral::ReferralAnswer>>,
    pub(crate) documents: streams::behaviour::Behaviour,
}

impl Behaviour {
    /// The behaviours of the node with the public key `key`.
    pub(crate) fn new(key: PublicKey) -> Self {
        let identify = identify::Config::new("budstikke/1".to_owned(), key)
            .with_agent_version(concat!("budstikke/", env!("CARGO_PKG_VERSION")).to_owned())
            // Addresses are in the roster; those that a peer tells are not used, so none are told or kept.
            .with_hide_listen_addrs(true)
            .with_cache_size(0);
        let ping = ping::Config::new()
            .with_interval(limits::PING_INTERVAL)
            .with_timeout(limits::PING_TIMEOUT);
        Self {
            connections: connection_limits::Behaviour::new(limits::connections()),
            memory: memory_connection_limits::Behaviour::with_max_percentage(limits::MEMORY_SHARE),
            identify: identify::Behaviour::new(identify),
            ping: ping::Behaviour::new(ping),
            hello: questions(hello::PROTOCOL),
            roster: questions(roster::PROTOCOL),
            index: questions(index::PROTOCOL),
            reach: questions(reach::PROTOCOL),
            referral: questions(referral::PROTOCOL),
            documents: streams::behaviour::Behaviour::default(),
        }
    }
}

fn questions<Q, A>(protocol: &'static str) -> request_response::Behaviour<Codec<Q, A>>
where
    Codec<Q, A>: request_response::Codec<Protocol = StreamProtocol> + Send,
    Q: 'static,
    A: 'static,
{
    let config = request_response::Config::default()
        .with_request_timeout(limits::QUESTION_TIMEOUT)
        .with_max_concurrent_streams(limits::QUESTIONS_PER_CONNECTION);
    request_response::Behaviour::new(
        [(StreamProtocol::new(protocol), ProtocolSupport::Full)],
        config,
    )
}
