//! The bounds of one node's networking; those that two nodes must agree on stand in the protocol.

use std::time::Duration;

use libp2p::connection_limits::ConnectionLimits;

/// From the first packet to the end of both handshakes.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// From asking to the whole answer. The largest answer, a roster of 2 MiB, takes two seconds at 10 Mbit/s.
pub(crate) const QUESTION_TIMEOUT: Duration = Duration::from_secs(20);

/// How much longer than libp2p we wait, so that its error, which says more, comes first.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// How long a connection without a stream is kept.
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_mins(2);

/// How often each connection is measured.
pub(crate) const PING_INTERVAL: Duration = Duration::from_secs(15);

/// When a ping counts as lost. The second in a row cuts the connection: within a minute of a peer's going dark, the next
/// question goes over a new connection instead of waiting for TCP to give up on the old one.
pub(crate) const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// Our questions under way, to all peers together; further ones wait. A roster of 2 MiB each makes 64 MiB at most.
pub(crate) const QUESTIONS_IN_FLIGHT: usize = 32;

/// Questions of one protocol on one connection, both directions together: a peer like us has at most
/// [`QUESTIONS_IN_FLIGHT`], and so do we.
pub(crate) const QUESTIONS_PER_CONNECTION: usize = 64;

/// Orders to the swarm task that wait.
pub(crate) const ORDERS_WAITING: usize = 64;

/// What has come in and waits for the services.
pub(crate) const INCOMING_WAITING: usize = 64;

/// The share of the machine's memory above which no connection is accepted.
pub(crate) const MEMORY_SHARE: f64 = 0.8;

/// Pending: strangers can take these places until [`CONNECT_TIMEOUT`]. For each peer: two when both sides dial at once,
/// and as many again while old ones close. All: twice the members of the largest federation.
pub(crate) fn connections() -> ConnectionLimits {
    ConnectionLimits::default()
        .with_max_pending_incoming(Some(64))
        .with_max_pending_outgoing(Some(64))
        .with_max_established_per_peer(Some(4))
        .with_max_established(Some(2048))
}
